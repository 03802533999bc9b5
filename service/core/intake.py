"""Admission of events: the one validator in front of both databases. It decides, item by item, what can be kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from service.core.calendar import has_zone, read_instant
from service.core.contact import misnamed
from service.core.event import Event, Value
from service.core.identity import LINKED, UNLINKED, kind_of, namespace_of, read_identity
from service.core.oddities import oddities
from service.core.playbook.definitions import EventType
from service.core.playbook.fits import mistyped, misused
from service.core.problem import Problem, token
from service.core.wire import canonical

EVENT_BYTES = 32 * 1024
WORD = 128
IDENTITIES = 10
STAFF = "manual"
STAFF_ONLY = frozenset({"persona_pinned", "persona_released"})
USER = "user"
NOT_OF_USERS = frozenset(
    {"identity_linked", "identity_unlinked", "test_profile_set", "referral"}
)  # who somebody is, and whom he brought, is not his to say
LABELS = ("channel", "touchpoint", "scenario", "place", "staff")
FIELDS = ("event_id", "identity", "identities", "type", "occurred_at", "source", *LABELS, "properties", "context")


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """An event that can be kept: under its first identity; `payload` is its canonical spelling."""

    event: Event
    identities: tuple[str, ...]
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: the source his key is bound to (None: any), the source that stands in, and his layer of opinion."""

    source: str | None
    default_source: str
    layer: str


Verdict = Admitted | tuple[Problem, ...]


def admit(
    raw: object, sender: Sender, received_at: int, types: Mapping[str, EventType], accounts: Collection[str] = ()
) -> Verdict:
    """Read one event as `wire.parse_json` left it: either it is admitted, or every problem is named.

    `accounts`: the namespaces of accounts, whose events may name who acted.
    """
    problems = list(oddities(raw))
    if problems:
        return tuple(problems)
    if not isinstance(raw, dict):
        return (_problem("not_an_object", "", "事件应为 JSON 对象 {…}", "an event is a JSON object {…}"),)
    found = _Fields(raw)
    found.unknown()
    event_id, kind = found.word("event_id"), found.word("type")
    occurred_at = found.instant("occurred_at")
    source = found.source(sender)
    identities = found.identities()
    labels = {name: found.label(name) for name in LABELS}
    properties = found.object("properties")
    if kind is not None:
        found.meaning(kind, properties, types, sender)
    under = namespace_of(kind_of(identities[0])) if identities else ""
    if under in accounts:
        found.problems += misnamed(properties, accounts)
    if kind in (LINKED, UNLINKED) and not found.problems:
        properties = found.other(properties)
        raw = {**raw, "properties": properties}
    found.object("context")
    if found.problems or event_id is None or kind is None or occurred_at is None:
        return tuple(found.problems)
    payload = _payload(raw, source, occurred_at, identities)
    if len(payload) > EVENT_BYTES:
        return (TOO_LARGE,)
    event = Event(
        event_id=event_id, source=source, type=kind, t=min(occurred_at, received_at), occurred_at=occurred_at,
        layer=sender.layer, under=under, properties=properties, **labels,
    )  # fmt: skip
    return Admitted(event=event, identities=identities, payload=payload)


def _payload(raw: Mapping[str, object], source: str, occurred_at: int, identities: Sequence[str]) -> bytes:
    kept = {
        name: raw[name] for name in (*LABELS, "properties", "context", "type", "event_id") if raw.get(name) is not None
    }
    return canonical({**kept, "source": source, "occurred_at": occurred_at, "identities": list(identities)})


def _problem(code: str, pointer: str, zh: str, en: str) -> Problem:
    return Problem(code=code, pointer=pointer, zh=zh, en=en)


TOO_LARGE = _problem(
    "event_too_large", "", "单个事件最大 32 KiB，请拆小", "an event is at most 32 KiB; send less in one"
)


class _Fields:
    """The members of one event, read with their problems."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.raw = raw
        self.problems: list[Problem] = []

    def wrong(self, code: str, name: str, zh: str, en: str) -> None:
        self.problems.append(_problem(code, token(name), zh, en))

    def unknown(self) -> None:
        for name in self.raw:
            if name not in FIELDS:
                near = get_close_matches(name, FIELDS, 1)
                zh, en = (
                    (f"，是否想写 {near[0]}？", f"; did you mean {near[0]}?")
                    if near
                    else ("，自定义内容请放进 properties", "; put your own data into properties")
                )
                self.wrong("unknown_field", name[:WORD], f"没有这个字段{zh}", f"there is no such field{en}")

    def meaning(
        self, kind: str, properties: Mapping[str, Value], types: Mapping[str, EventType], sender: Sender
    ) -> None:
        """What the event type says of its properties, and of who may send it."""
        self.problems += mistyped(properties, types[kind].properties) if kind in types else ()
        self.problems += [] if self.problems else misused(kind, properties)
        if kind in STAFF_ONLY and sender.layer != STAFF:
            zh, en = "这种事件只能由员工的密钥上报", "only a member of staff can say this: use a staff key"
            self.wrong("staff_only", "type", zh, en)
        if sender.layer == USER and (kind in NOT_OF_USERS or (kind == "stage_lit" and "friend" in properties)):
            zh, en = (
                "这种事件不能用用户（kind: user）的密钥上报",
                "a key of kind user cannot say this: use one of kind system or staff",
            )
            self.wrong("not_of_users", "type", zh, en)

    def word(self, name: str) -> str | None:
        value = self.raw.get(name)
        if isinstance(value, str) and value.strip() and len(value) <= WORD and value.isprintable():
            return value
        if value is None:
            self.wrong("missing_field", name, f"缺少 {name}", f"{name} is missing")
        elif isinstance(value, int):
            self.wrong("not_a_string", name, "请改传字符串（加引号）", "send a string (in quotes)")
        else:
            self.wrong(
                "not_a_word", name, f"应为 1 到 {WORD} 个可见字符", f"1 to {WORD} visible characters are expected"
            )
        return None

    def label(self, name: str) -> str | None:
        return None if self.raw.get(name) is None else self.word(name)

    def source(self, sender: Sender) -> str:
        named = self.label("source")
        if named is not None and sender.source is not None and named != sender.source:
            self.wrong(
                "source_not_allowed", "source", "这个密钥只能以自己的来源上报，请去掉 source 或换用对应的密钥",
                "this key sends only for its own source; leave source out or use that source's key",
            )  # fmt: skip
        return named or sender.source or sender.default_source

    def instant(self, name: str) -> int | None:
        value = self.raw.get(name)
        if value is None:
            self.wrong(
                "missing_field",
                name,
                f"缺少 {name}，例如 2026-01-02T11:04:05+08:00",
                f"{name} is missing, for example 2026-01-02T03:04:05Z",
            )
            return None
        zoned = has_zone(value) if isinstance(value, str) else None
        instant = read_instant(value) if isinstance(value, str) and zoned else None
        if instant is not None and instant >= 0:
            return instant
        if zoned is False:
            fixed = f"{value}+08:00".replace(" ", "T")
            self.wrong(
                "time_without_zone",
                name,
                f"时间缺少时区，北京时间请写 {fixed}",
                f"the time has no zone; for Beijing time write {fixed}",
            )
        elif instant is not None:
            self.wrong("time_too_early", name, "时间早于 1970 年", "the time is before 1970")
        else:
            self.wrong(
                "not_a_time",
                name,
                "应为 RFC 3339 时间字符串，例如 2026-01-02T11:04:05+08:00",
                "an RFC 3339 time is expected, for example 2026-01-02T03:04:05Z",
            )
        return None

    def identities(self) -> tuple[str, ...]:
        one, many = self.raw.get("identity"), self.raw.get("identities")
        if (one is None) == (many is None):
            self.wrong(
                "identity_missing",
                "identity",
                "identity 与 identities 须且只须有一个",
                "exactly one of identity and identities is expected",
            )
            return ()
        values = [one] if many is None else many
        if not isinstance(values, list) or not 1 <= len(values) <= IDENTITIES:
            self.wrong(
                "identities_malformed",
                "identities",
                f"identities 应为 1 到 {IDENTITIES} 个标识的数组",
                f"identities is an array of 1 to {IDENTITIES} identities",
            )
            return ()
        names = [
            self.identity(value, "/identity" if many is None else f"/identities/{index}")
            for index, value in enumerate(values)
        ]
        return tuple(dict.fromkeys(names))

    def identity(self, value: object, pointer: str) -> str:
        """In its one spelling. A bad one spoils the whole event: it waits to be repaired, nothing is lost."""
        found = read_identity(value if isinstance(value, str) else "")
        if isinstance(found, str):
            return found
        self.problems.append(replace(found, pointer=pointer))
        return ""

    def other(self, properties: Mapping[str, Value]) -> Mapping[str, Value]:
        """The properties of a link or cut, with the identity that they name in its one spelling."""
        if properties.get("identity") is None:
            return properties
        return {**properties, "identity": self.identity(properties["identity"], "/properties/identity")}

    def object(self, name: str) -> Mapping[str, Value]:
        value = self.raw.get(name)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.wrong("not_an_object", name, f"{name} 应为 JSON 对象 {{…}}", f"{name} is a JSON object {{…}}")
        return {}
