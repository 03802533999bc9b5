"""Every command, its options, and what it says; the work is done in the use cases."""

import asyncio
import json
import os
import sys
import time
from logging.config import dictConfig
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn
from rich.console import Console
from rich.table import Table

from service.cli import demo as demonstration
from service.cli import history, playbooks, running
from service.cli.shows import Trade
from service.main import create_app, logging_config, openapi_document
from service.settings import Settings, SettingsError, read_settings
from service.store import StoreError
from service.store import migrate as migrate_store
from service.usecases import keys as use_keys
from service.usecases import verify as use_verify
from service.usecases.failures import Failure

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Lantern 智能标签服务 · SCRM tagging service")
keys_app = typer.Typer(no_args_is_help=True, help="密钥 · API keys")
app.add_typer(keys_app, name="keys")
app.add_typer(playbooks.app, name="playbook")
out, err = Console(), Console(stderr=True)
GRACE = 20  # seconds for requests in flight when the service is asked to stop

Json = Annotated[bool, typer.Option("--json", help="输出 JSON，便于程序读取 · machine-readable output")]
Database = Annotated[str | None, typer.Option("--database", help="数据库地址 · database URL (LANTERN_DATABASE_URL)")]


def settings_of(**overrides: object) -> Settings:
    """The environment, with what the command line says instead."""
    said = {f"LANTERN_{name.upper()}": str(value) for name, value in overrides.items() if value is not None}
    try:
        return read_settings({**os.environ, **said})
    except SettingsError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say what is wrong and leave with an error."""
    err.print(f"[red]{message}[/red]")
    raise typer.Exit(1)


def clock() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址 · address")] = None,
    port: Annotated[int | None, typer.Option(help="监听端口 · port")] = None,
    workers: Annotated[
        bool | None, typer.Option("--workers/--no-workers", help="后台任务 · run the workers too")
    ] = None,
    database: Database = None,
) -> None:
    """启动服务（自动升级数据库）· Migrate, serve, and run the workers in one process."""
    settings = settings_of(host=host, port=port, workers=workers, database_url=database)
    _migrate(settings)
    application = create_app(settings)
    running.settle()
    uvicorn.run(
        application, host=settings.host, port=settings.port, log_config=logging_config(settings.log_level),
        access_log=False, server_header=False, timeout_graceful_shutdown=GRACE,
    )  # fmt: skip


def _migrate(settings: Settings) -> None:
    try:
        migrate_store(settings.database_url)
    except StoreError as error:
        fail(f"数据库无法升级 · the database cannot be migrated: {error}")


@app.command()
def worker(database: Database = None) -> None:
    """只运行后台任务（到期、重算、校准）· Run only the workers, beside services started with --no-workers."""
    settings = settings_of(database_url=database)
    _migrate(settings)
    dictConfig(logging_config(settings.log_level))
    asyncio.run(running.work(settings, clock))


@app.command()
def migrate(database: Database = None) -> None:
    """升级数据库结构 · Bring the database to the newest schema."""
    _migrate(settings_of(database_url=database))
    out.print("数据库已是最新 · the database is up to date")


@app.command("import")
def import_(
    *,
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="每行一个事件的 JSON（可为 .gz）· JSON lines, .gz allowed"),
    ],
    history_lane: Annotated[
        bool, typer.Option("--history", help="历史数据：让路给实时请求 · behind everything live")
    ] = False,
    url: Annotated[str | None, typer.Option(help="发给正在运行的服务 · send to a running service")] = None,
    key: Annotated[str, typer.Option(envvar="LANTERN_KEY", help="密钥，配合 --url · key, with --url")] = "",
    database: Database = None,
    as_json: Json = False,
) -> None:
    """导入事件文件 · Import events from a file; run it again after a stop, nothing is counted twice."""
    settings = settings_of(database_url=database)
    if url is None:
        _migrate(settings)
    try:
        summary = asyncio.run(
            history.import_file(file, settings, clock, history.Target(url=url, key=key, backfill=history_lane))
        )
    except (Failure, history.HistoryError) as error:
        fail(str(error))
    _tell(summary, as_json=as_json)
    if summary["first_rejected"]:
        raise typer.Exit(2)  # the lines that were kept are kept; the others wait in quarantine


@app.command()
def verify(
    limit: Annotated[int | None, typer.Option(help="最多核对多少用户 · at most so many profiles")] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """逐字节核对：状态 == 事件日志的折叠 · Check that every state equals the fold of its log."""
    settings = settings_of(database_url=database)
    with running.progress("核对 · verifying", quiet=as_json) as step:
        found = asyncio.run(
            running.with_app(settings, clock, lambda a: use_verify.verify(a, limit=limit, progress=step))
        )
    _tell(found, as_json=as_json)
    if found["differences"]:
        raise typer.Exit(2)


def _tell(found: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    table = Table(show_header=False, box=None)
    for name, value in found.items():
        table.add_row(name, json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value))
    out.print(table)


@app.command()
def openapi() -> None:
    """打印接口文档 · Print the OpenAPI document."""
    sys.stdout.write(json.dumps(openapi_document(), ensure_ascii=False, indent=2) + "\n")


@app.command()
def demo(
    playbook: Annotated[Trade, typer.Option(help="哪个行业 · which trade")] = Trade.COFFEE,
    port: Annotated[int, typer.Option(help="监听端口 · port")] = 8000,
    people: Annotated[int | None, typer.Option(min=1, help="模拟多少顾客 · how many customers")] = None,
    seed: Annotated[int, typer.Option(help="随机种子 · seed")] = 7,
    stay: Annotated[bool, typer.Option("--stay/--exit", help="完成后继续服务 · keep serving when done")] = True,
) -> None:
    """启动演示：咖啡连锁、园区物业或高级定制 · Serve a filled example: a coffee chain, a business park, a tailor."""
    try:
        demonstration.run(out, playbook, port=port, people=people, seed=seed, stay=stay)
    except demonstration.DemoError as error:
        fail(str(error))


@keys_app.command("create")
def keys_create(
    *,
    name: Annotated[str, typer.Argument(help="系统名或员工姓名 · the system, or the member of staff")],
    preset: Annotated[str, typer.Option(help="intake, app, operator, admin")] = "app",
    kind: Annotated[str, typer.Option(help="system 系统, staff 员工, user 用户本人的页面")] = "system",
    source: Annotated[str | None, typer.Option(help="绑定的数据来源 · the source it is bound to")] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """新建密钥，只显示一次 · Create a key; it is shown once."""
    settings = settings_of(database_url=database)
    try:
        found = asyncio.run(
            running.with_app(
                settings, clock, lambda a: use_keys.create_key(a, name=name, kind=kind, preset=preset, source=source)
            )
        )
    except Failure as failure:
        fail(f"{failure.zh} · {failure.en}")
    _tell(found, as_json=as_json)


@keys_app.command("list")
def keys_list(database: Database = None, as_json: Json = False) -> None:
    """列出密钥 · List keys."""
    found = asyncio.run(running.with_app(settings_of(database_url=database), clock, use_keys.list_keys))
    if as_json:
        _tell(found, as_json=True)
        return
    items = found["items"]
    for item in items if isinstance(items, list) else []:
        _tell(item, as_json=False)
        out.print()


@keys_app.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="密钥编号，见 keys list · the key_id, see keys list")],
    database: Database = None,
    as_json: Json = False,
) -> None:
    """停用密钥 · Revoke a key."""
    try:
        found = asyncio.run(
            running.with_app(settings_of(database_url=database), clock, lambda a: use_keys.revoke_key(a, key_id))
        )
    except Failure as failure:
        fail(f"{failure.zh} · {failure.en}")
    _tell(found, as_json=as_json)
