"""Carrying playbooks between services: pulled from one as a file, pushed to another as its draft."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import httpx
import typer

app = typer.Typer(no_args_is_help=True, help="方案 · playbooks: pull, push")
YAML = "application/yaml"
SECONDS = 120

Url = Annotated[str, typer.Option(help="正在运行的服务 · a running service")]
Key = Annotated[str, typer.Option(envvar="LANTERN_KEY", help="密钥 · key")]


@app.command()
def pull(
    *,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="存到哪个文件 · the file to write")],
    url: Url = "http://127.0.0.1:8000",
    key: Key = "",
    version: Annotated[int | None, typer.Option(help="哪一版；不填为现行 · which; the one in force if absent")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="取草稿 · the draft")] = False,
) -> None:
    """取回方案，注释保留 · Fetch a playbook as it was written, comments included."""
    path = "/v1/playbook/draft" if draft else "/v1/playbook" + ("" if version is None else f"/versions/{version}")
    found = _ask(url, key, "GET", path)
    source = str(found["source"])
    if not source:
        _fail("还没有发布过方案 · nothing is published yet")
    file.write_text(source, encoding="utf-8")
    sys.stdout.write(f"{file}: {found.get('version', 'draft')} · {found['etag']}\n")


@app.command()
def push(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="方案文件 · the playbook's file")],
    url: Url = "http://127.0.0.1:8000",
    key: Key = "",
    publish: Annotated[bool, typer.Option("--publish", help="没有问题就发布 · publish it if all is well")] = False,
    note: Annotated[str, typer.Option(help="发布说明 · why")] = "",
    confirm: Annotated[int | None, typer.Option(help="预览显示的人数 · the number that the preview showed")] = None,
) -> None:
    """存为草稿，列出问题；可直接发布 · Save a file as the draft, list its problems; publish it if asked to."""
    media = "application/json" if file.suffix == ".json" else YAML
    saved = _ask(url, key, "PUT", "/v1/playbook/draft", content=file.read_bytes(), headers={"content-type": media})
    problems = cast("list[dict[str, object]]", saved["problems"])
    for each in problems:
        place = f"{each.get('line', '')}:{each.get('column', '')} {each['pointer']}"
        sys.stdout.write(f"{place} {each['title']} · {each['title_en']}\n")
    for gone in cast("list[str]", saved["removed"]):
        sys.stdout.write(f"删除 · removed {gone}\n")
    if problems:
        raise typer.Exit(2)
    sys.stdout.write(f"草稿已保存 · the draft is saved: {saved['etag']}\n")
    if publish:
        body = {"note": note, **({} if confirm is None else {"confirm": confirm})}
        headers = {"if-match": f'"{saved["etag"]}"'}
        made = _ask(url, key, "POST", "/v1/playbook/draft:publish", content=json.dumps(body).encode(), headers=headers)
        sys.stdout.write(f"已发布第 {made['version']} 版 · version {made['version']} is published\n")


def _ask(url: str, key: str, method: str, path: str, **more: Any) -> dict[str, object]:  # noqa: ANN401 - what httpx takes
    """The service's answer; its own words where it refuses."""
    headers = {"authorization": f"Bearer {key}", **more.pop("headers", {})}
    try:
        answer = httpx.request(method, url.rstrip("/") + path, headers=headers, timeout=SECONDS, **more)
    except httpx.HTTPError as error:
        _fail(f"连不上 {url} · cannot reach {url}: {type(error).__name__}")
    try:
        found = answer.json()
    except ValueError:
        found = {}
    if not answer.is_success or not isinstance(found, dict):
        _fail(f"{answer.status_code} {found.get('title', '')} · {found.get('title_en', '')}")
    return found


def _fail(message: str) -> NoReturn:
    sys.stderr.write(message + "\n")
    raise typer.Exit(1)
