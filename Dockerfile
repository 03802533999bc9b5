# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/build && python -m venv --without-pip /opt/lantern
WORKDIR /src
# Libraries first: this layer changes only with the lock.
COPY requirements/build.txt requirements/run.txt requirements/
RUN /opt/build/bin/pip install --require-hashes --requirement requirements/build.txt \
 && /opt/build/bin/pip --python /opt/lantern/bin/python install --require-hashes --requirement requirements/run.txt
COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/build/bin/pip --python /opt/lantern/bin/python install --no-deps --no-index /dist/*.whl \
 && /opt/lantern/bin/python -m compileall -q /opt/lantern/lib

FROM python:3.13-slim
# For the words on PNG cards.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title="Lantern" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 lantern \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin lantern \
 && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/lantern /opt/lantern
ENV PATH=/opt/lantern/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LANTERN_DATABASE_URL=sqlite:////data/lantern.db
# Nothing outside /data is written: run it with a read-only root file system if you like.
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/health/ready'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
