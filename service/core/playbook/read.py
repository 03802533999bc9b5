"""From a tree of plain values to a playbook, with every problem found on the way."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.core.event import MICRO
from service.core.playbook.conditions import ACCOUNT, PROFILE_TYPES, Condition, Reversal
from service.core.playbook.definitions import (
    ContactPolicy,
    EventType,
    Holiday,
    Place,
    Playbook,
    PropertyType,
    Service,
    StageRef,
)
from service.core.playbook.read_aggregates import read_reversal
from service.core.playbook.read_brands import LINE
from service.core.playbook.read_conditions import read_condition
from service.core.playbook.read_journeys import read_journey
from service.core.playbook.read_moments import read_day
from service.core.playbook.read_people import read_tag, read_tag_group
from service.core.playbook.read_personas import read_persona
from service.core.playbook.tree import Node
from service.core.problem import Problem

PROPERTY_KINDS = ("string", "number", "integer", "boolean", "money")
OUTCOMES = ("shown", "clicked", "accepted", "completed", "dismissed")
DEFAULT_ZONE = "Asia/Shanghai"
SECTIONS = ("identities", "events", "places", "holidays", "tag_groups", "tags", "personas", "journeys", "services")
KEYED = tuple(name for name in SECTIONS if name not in ("events", "places"))  # with keys of the playbook's own
LAYERS = ("user", "manual", "rule", "import")
LONGEST_HOLIDAY = 366
REFUSE, CREATE = "refuse", "create"


def read_playbook(tree: object) -> tuple[Playbook, tuple[Problem, ...]]:
    """Read a whole playbook. Where there are problems, what is wrong has neutral values in the answer."""
    problems: list[Problem] = []
    found = Node(tree, "", problems).fields(
        ("playbook", "name", "timezone", "layers", "contact_policy", "unknown_profiles", *SECTIONS), ("playbook",)
    )
    parts = {name: found.mapping(name) for name in SECTIONS}
    key = found.read("playbook", Node.key, "?")
    for name in KEYED:
        for member, node in parts[name].items():
            Node(member, node.pointer, problems).key()
    events = {name: _event_type(name, node) for name, node in parts["events"].items()}
    playbook = Playbook(
        key=key,
        name=found.read("name", Node.text, key),
        timezone=found.read("timezone", _zone, DEFAULT_ZONE),
        events=_with_reversals(events, parts["events"]),
        places={name: _place(name, node) for name, node in parts["places"].items()},
        holidays={name: _holiday(name, node) for name, node in parts["holidays"].items()},
        layers=found.read("layers", _layers, LAYERS),
        tag_groups={name: read_tag_group(name, node) for name, node in parts["tag_groups"].items()},
        tags={name: read_tag(name, node) for name, node in parts["tags"].items()},
        personas={name: read_persona(name, node) for name, node in parts["personas"].items()},
        journeys={name: read_journey(name, node) for name, node in parts["journeys"].items()},
        services={name: _service(name, node) for name, node in parts["services"].items()},
        contact_policy=found.read("contact_policy", _contact_policy, ContactPolicy()),
        identities={name: _at_most(node) for name, node in parts["identities"].items()},
        accounts=tuple(sorted(name for name, node in parts["identities"].items() if _is_account(node))),
        unknown_profiles=found.read("unknown_profiles", lambda item: item.choice((REFUSE, CREATE)), REFUSE),
    )
    return playbook, tuple(problems)


def _at_most(node: Node) -> int:
    """How many one profile has; an account has one unless more are said."""
    needed = () if _is_account(node) else ("at_most",)
    found = node.fields(("at_most", "type"), needed)
    found.read("type", lambda item: item.choice(PROFILE_TYPES), "")
    return found.read("at_most", lambda item: item.whole(1, 1000), 1)


def _is_account(node: Node) -> bool:
    return isinstance(node.value, Mapping) and node.value.get("type") == ACCOUNT


def _zone(node: Node) -> str:
    name = node.text(64)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        node.wrong(
            "unknown_zone", "没有这个时区，例如 Asia/Shanghai", "there is no such time zone; for example Asia/Shanghai"
        )
        return DEFAULT_ZONE
    return name


def _event_type(key: str, node: Node) -> EventType:
    found = node.fields(("name", "name_en", "properties", "reverses", "reversed_by", "words", "words_en"))
    name, name_en = found.names(key)
    properties = {part: _property_type(inner) for part, inner in found.mapping("properties").items()}
    return EventType(
        key=key, name=name, name_en=name_en, properties=properties,
        reverses=found.maybe("reverses", read_reversal),
        words=found.maybe("words", lambda item: item.text(LINE)),
        words_en=found.maybe("words_en", lambda item: item.text(LINE)),
    )  # fmt: skip


def _with_reversals(events: dict[str, EventType], nodes: Mapping[str, Node]) -> dict[str, EventType]:
    """`reversed_by` on the reversed type says the same as `reverses` on the reversing one."""
    for key, node in nodes.items():
        if not isinstance(node.value, Mapping) or "reversed_by" not in node.value:
            continue
        place = node.at("reversed_by", node.value["reversed_by"])
        said = read_reversal(place)
        back = Reversal(event=key, by=said.by, written="reversed_by")
        if said.event not in events:
            place.at("event", None).wrong(
                "unknown_event", "events 里没有声明这个事件", "this event is not declared under events"
            )
        elif events[said.event].reverses not in (None, back):
            place.wrong(
                "reverses_twice",
                "这个事件已经冲掉另一种事件；一种事件只能冲掉一种，请另建事件",
                "this event already reverses another type; one type reverses one type, so declare another",
            )
        else:
            events[said.event] = replace(events[said.event], reverses=back)
    return events


def _property_type(node: Node) -> PropertyType:
    if isinstance(node.value, str):
        return PropertyType(kind=node.choice(PROPERTY_KINDS))
    found = node.fields(("type", "unit", "name"), ("type",))
    kind = found.read("type", lambda item: item.choice(PROPERTY_KINDS), "string")
    unit = found.read("unit", lambda item: item.choice(("yuan", "fen")), "yuan")
    return PropertyType(kind=kind, fen=(kind, unit) == ("money", "fen"), name=found.maybe("name", Node.text))


def _place(key: str, node: Node) -> Place:
    found = node.fields(("name", "name_en", "city", "scenarios"))
    name, name_en = found.names(key)
    return Place(
        key=key,
        name=name,
        name_en=name_en,
        city=found.maybe("city", Node.text),
        scenarios=found.read("scenarios", Node.words, ()),
    )


def _holiday(key: str, node: Node) -> Holiday:
    found = node.fields(("name", "name_en", "dates"), ("dates",))
    name, name_en = found.names(key)
    spans = found.each("dates", _span)
    dates = {day for first, last in spans for day in range(first, min(last, first + LONGEST_HOLIDAY) + 1)}
    return Holiday(key=key, name=name, name_en=name_en, dates=tuple(sorted(dates)))


def _span(node: Node) -> tuple[int, int]:
    """One date, or from one to another."""
    if not isinstance(node.value, Mapping):
        day = read_day(node)
        return day, day
    found = node.fields(("from", "to"), ("from", "to"))
    first, last = found.read("from", read_day, 1), found.read("to", read_day, 1)
    if not first <= last <= first + LONGEST_HOLIDAY:
        zh = f"to 不早于 from，一段最多 {LONGEST_HOLIDAY} 天"
        en = f"to is not before from, and {LONGEST_HOLIDAY} days after it at most"
        node.wrong("empty_range", zh, en)
    return first, last


def _layers(node: Node) -> tuple[str, ...]:
    layers = node.each(lambda item: item.choice(LAYERS))
    if sorted(layers) != sorted(LAYERS) or layers[0] != "user":
        zh, en = f"四层都写、各一次，用户在最前：{', '.join(LAYERS)}", f"all four once, user first: {', '.join(LAYERS)}"
        node.wrong("not_the_layers", zh, en)
        return LAYERS
    return tuple(layers)


def _service(key: str, node: Node) -> Service:
    found = node.fields(
        ("name", "name_en", "kind", "service_level", "value", "prior", "lever", "eligible", "applicable", "suitable",
         "channels", "scenarios", "places", "recovers", "terms", "terms_reason")
    )  # fmt: skip
    name, name_en = found.names(key)
    eligible, applicable, suitable = (_when(found.get(part)) for part in ("eligible", "applicable", "suitable"))
    return Service(
        key=key, name=name, name_en=name_en,
        kind=found.read("kind", lambda item: item.choice(("core", "related")), "related"),
        service_level=found.read("service_level", lambda item: item.choice(("personalised", "standard")), "standard"),
        value=found.read("value", Node.number, MICRO),
        prior=found.read("prior", _chance, MICRO // 10),
        lever=found.read("lever", Node.number, MICRO),
        eligible=eligible, applicable=applicable, suitable=suitable,
        channels=found.read("channels", Node.words, ()),
        scenarios=found.read("scenarios", Node.words, ()),
        places=found.read("places", Node.words, ()),
        recovers=found.each("recovers", _stage_ref),
        terms=found.maybe("terms", Node.text),
        terms_reason=found.maybe("terms_reason", Node.text),
    )  # fmt: skip


def _when(node: Node | None) -> Condition | None:
    return None if node is None else read_condition(node)


def _chance(node: Node) -> int:
    chance = node.number()
    if not 0 < chance <= MICRO:
        node.wrong("not_a_chance", "概率应大于 0 且不超过 1", "a chance is above 0 and at most 1")
    return chance


def _stage_ref(node: Node) -> StageRef:
    found = node.fields(("journey", "stage"), ("journey", "stage"))
    return StageRef(journey=found.read("journey", Node.key, "?"), stage=found.read("stage", Node.key, "?"))


def _contact_policy(node: Node) -> ContactPolicy:
    found = node.fields(("at_most", "within", "quiet_after"))
    if ("at_most" in found) != ("within" in found):
        node.wrong("policy_incomplete", "at_most 与 within 要一起写", "at_most and within stand together")
    quiet = found.read("quiet_after", lambda item: item.fields(("outcome", "for"), ("outcome", "for")), None)
    return ContactPolicy(
        at_most=found.maybe("at_most", lambda item: item.whole(0, 50)),
        within=found.maybe("within", Node.duration),
        quiet_outcome=quiet.maybe("outcome", lambda item: item.choice(OUTCOMES)) if quiet else None,
        quiet_for=quiet.maybe("for", Node.duration) if quiet else None,
    )
