"""The environment, read once: every setting with its variable, its default and its meaning."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

T = TypeVar("T")
LEVELS = ("debug", "info", "warning", "error")
SECRET = ("DATABASE_URL", "BOOTSTRAP_KEY")  # not to be printed with the rest
DATABASES = ("sqlite:///", "postgresql://", "postgresql+asyncpg://", "postgres://")


class SettingsError(ValueError):
    """A variable has a value that cannot be meant; the message names the variable, never the value."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How one setting is read from the environment, and what it means."""

    variable: str
    zh: str
    en: str
    read: Callable[[str], object]
    expected: str


def text(value: str) -> str:
    return value


def flag(value: str) -> bool:
    return ("0", "false", "no", "off", "1", "true", "yes", "on").index(value.lower()) >= 4  # noqa: PLR2004 - four say no


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(value: str) -> int:
        if not least <= int(value) <= most:
            raise ValueError
        return int(value)

    return read


def database(value: str) -> str:
    if not value.startswith(DATABASES):
        raise ValueError
    return value


def level(value: str) -> str:
    return LEVELS[LEVELS.index(value.lower())]


def key(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError  # a header could not carry it
    return value


def setting(default: T, variable: str, meaning: tuple[str, str], how: tuple[Callable[[str], object], str]) -> T:
    """A field of Settings that knows where it comes from."""
    known = Setting(f"LANTERN_{variable}", *meaning, *how)
    return field(default=default, repr=variable not in SECRET, metadata={"setting": known})


FLAG = flag, "true or false"
DATABASE = database, "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
KEY = (
    "首次启动时创建的管理员密钥；不填则自动生成并打印一次",
    "the admin key to create at first start; else one is printed",
)
LOSSY = "允许数据库设置成断电可能丢数据", "accept a database that may lose what was acknowledged"
QUEUE = "最多排队等待写入的事件数，超过则返回 503", "events that may wait to be stored; beyond it the answer is 503"
APPROVER = "发布前须由另一位同事批准草稿", "a draft has to be approved by somebody else before it is published"
FONT = (
    "分享卡片 PNG 的字体文件（须含汉字）；不填则在系统字体里找",
    "the font of PNG cards, with Chinese; else one of the system's",
)
PAGE_RATE = (
    "每分钟同一链接最多打开次数；超过则返回 429",
    "requests for one link in a minute; beyond it the answer is 429",
)
BENCH = "开放测速接口 POST /v1/events:parse，只解析、不保存", "open POST /v1/events:parse, which only parses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    database_url: str = setting(
        "sqlite:///lantern.db", "DATABASE_URL", ("数据库地址", "where the data is kept"), DATABASE
    )
    bootstrap_key: str = setting("", "BOOTSTRAP_KEY", KEY, (key, "visible ASCII characters without spaces"))
    host: str = setting("127.0.0.1", "HOST", ("监听地址", "the address to listen on"), (text, "an address"))
    port: int = setting(8000, "PORT", ("监听端口", "the port to listen on"), (whole(1, 65_535), "1 to 65535"))
    workers: bool = setting(True, "WORKERS", ("在本进程内运行后台任务", "run the workers in this process"), FLAG)
    may_lose_data: bool = setting(False, "MAY_LOSE_DATA", LOSSY, FLAG)
    queue_limit: int = setting(20_000, "QUEUE_LIMIT", QUEUE, (whole(500, 1_000_000), "500 to 1000000"))
    second_approver: bool = setting(False, "SECOND_APPROVER", APPROVER, FLAG)
    log_level: str = setting("info", "LOG_LEVEL", ("日志级别", "what is logged"), (level, ", ".join(LEVELS)))
    font: str = setting("", "FONT", FONT, (text, "a font file"))
    page_rate: int = setting(120, "PAGE_RATE", PAGE_RATE, (whole(10, 100_000), "10 to 100000"))
    bench: bool = setting(False, "BENCH", BENCH, FLAG)


def known() -> Iterator[tuple[str, Setting, object]]:
    """Every setting: its field, how it is read, its default."""
    for each in fields(Settings):
        yield each.name, each.metadata["setting"], each.default


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings; what is absent or empty has its default."""
    found: dict[str, object] = {}
    for name, how, _ in known():
        value = environ.get(how.variable, "").strip()
        if not value:
            continue
        try:
            found[name] = how.read(value)
        except ValueError:
            message = f"{how.variable}: 应为 / expected {how.expected}"
            raise SettingsError(message) from None
    return Settings(**found)  # type: ignore[arg-type] # each was read by its own reader


def describe() -> str:
    """The settings as a Markdown table, for the documents."""
    rows = [f"| `{how.variable}` | `{shown(default)}` | {how.zh} | {how.en} |" for _, how, default in known()]
    return "\n".join(["| variable | default | 说明 | meaning |", "|---|---|---|---|", *rows])


def shown(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default) or " "
