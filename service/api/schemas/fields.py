"""The words that all shapes are made of: instants, identities, names."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from service.api.complaints import BadValueError
from service.core.calendar import has_zone, read_instant
from service.core.identity import read_identity

IDENTITY = r"^[a-z][a-z0-9_]{0,31}(@[^:@\s]{1,64})?:\S(.{0,198}\S)?$"
NO_TIME = (
    "not_a_time",
    "应为 RFC 3339 时间，例如 2026-01-02T11:04:05+08:00",
    "RFC 3339 is expected: 2026-01-02T03:04:05Z",
)
TOO_EARLY = "time_too_early", "时间早于 1970 年", "the time is before 1970"
NO_ZONE = "time_without_zone", "时间缺少时区，北京时间请在末尾加 +08:00", "the time has no zone; add Z for UTC"
NOT_VISIBLE = "not_a_word", "应为可见字符，首尾不能是空格", "visible characters are expected, no spaces at the ends"


class Asked(BaseModel):
    """What a client sends: nothing unknown, no type bent into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Told(BaseModel):
    """What the service answers: more may be added."""

    model_config = ConfigDict(extra="allow")


def instant(value: object) -> int:
    """An RFC 3339 date-time as microseconds; a plus that a URL turned into a space is forgiven."""
    text = value if isinstance(value, str) else ""
    if text[-6:-5] == " ":
        text = text[:-6] + "+" + text[-5:]
    moment = read_instant(text)
    if moment is not None and moment >= 0:
        return moment
    if moment is not None:
        raise BadValueError(*TOO_EARLY)
    raise BadValueError(*(NO_ZONE if has_zone(text) is False else NO_TIME))


def _identity(value: str) -> str:
    found = read_identity(value)
    if isinstance(found, str):
        return found
    raise BadValueError(found.code, found.zh, found.en)


def visible(value: str) -> str:
    """A text that people can read, without spaces at its ends."""
    if not value.isprintable() or value != value.strip():
        raise BadValueError(*NOT_VISIBLE)
    return value


MOMENT = {"type": "string", "format": "date-time", "examples": ["2026-11-01T09:30:00+08:00"]}
Instant = Annotated[int, PlainValidator(instant), WithJsonSchema(MOMENT)]
Moment = Annotated[str, WithJsonSchema({**MOMENT, "examples": ["2026-11-01T01:30:00Z"]})]
Identity = Annotated[str, AfterValidator(_identity), Field(json_schema_extra={"pattern": IDENTITY})]
Word = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(visible)]
Reference = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(visible)]
BECAUSE = "原因：依据的次数、金额、时间等 · the reason: counts, sums, times behind it"

Status = Literal["accepted", "duplicate", "conflict", "rejected"]
