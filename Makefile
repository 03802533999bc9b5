# One word per action. Needs only make and Python >= 3.11; everything else is installed into .venv from the hash locks.
# Another interpreter: make PYTHON=python3.13 setup

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && exit; done; echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
CODE := $(wildcard service migrations tests benchmarks)
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_NO_PROGRESS := 1

.DEFAULT_GOAL := help
.PHONY: help setup format lint types rooms deps test cover openapi openapi-diff migrate serve demo bench check lock clean
.SUFFIXES:

help:  ## list the targets / 列出所有命令
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(VENV)/.installed  ## create .venv from the lock, install the project / 建立环境

$(VENV)/.locked: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; }
	@rm -f $(VENV)/.installed
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "could not create a virtual environment (on Debian: apt-get install python3-venv)" >&2; rm -rf $(VENV); exit 1; }
	$(PY) -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

format: setup  ## rewrite the code in the house style / 格式化代码
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix-only --quiet $(CODE)

lint: setup  ## style and rules, nothing rewritten / 代码规范检查
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)

types: setup  ## mypy, strict / 类型检查
	$(BIN)/mypy $(CODE)

rooms: setup  ## who may import whom / 分层检查
	$(BIN)/lint-imports --no-logo

deps: setup  ## dependencies declared and used / 依赖检查
	$(BIN)/deptry service

test: setup  ## every test, on SQLite and PostgreSQL / 运行全部测试
	$(BIN)/pytest -n 2 $(ARGS)

cover: setup  ## branch coverage of core and usecases, must be 100 % / 覆盖率
	$(BIN)/pytest -n 2 $(ARGS) --cov

openapi: setup  ## write openapi/openapi.json from the code / 生成接口文档
	@mkdir -p openapi
	$(PY) -m service openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

openapi-diff: setup  ## the committed openapi.json equals the code / 接口文档一致性
	@new="$$(mktemp)" && trap 'rm -f "$$new"' EXIT && $(PY) -m service openapi > "$$new" \
		&& diff -u openapi/openapi.json "$$new" || { echo "openapi/openapi.json differs from the code: make openapi" >&2; exit 1; }
	$(BIN)/openapi-spec-validator openapi/openapi.json

migrate: setup  ## bring the database to the newest schema / 升级数据库
	$(PY) -m service migrate $(ARGS)

serve: setup  ## run the service on port 8000 / 启动服务
	$(PY) -m service serve $(ARGS)

demo: setup  ## run the service with a filled example / 启动演示
	$(PY) -m service demo $(ARGS)

bench: setup  ## measure speed / 性能测试
	$(PY) -m benchmarks $(ARGS)

check: lint types rooms deps openapi-diff  ## everything static that CI runs / 全部静态检查

lock: setup  ## renew the hash locks, UPGRADE=1 for newer versions / 更新依赖锁
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --output-file requirements/run.txt
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --constraint requirements/run.txt pyproject.toml --group dev --output-file requirements/dev.txt
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --constraint requirements/dev.txt --group build --output-file requirements/build.txt
	@! grep -nE '://|index-url|find-links' requirements/*.txt || { echo "a lock names a host" >&2; exit 1; }

clean:  ## remove everything that was made here / 清理
	rm -rf $(VENV) build dist .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
