"""What is wrong with a playbook whose parts read well: the parts against each other. Problems, never exceptions."""

from itertools import chain, islice

from service.core.persons import WEAK
from service.core.playbook.check_conditions import in_condition, in_reversal, walk
from service.core.playbook.check_journeys import check_journeys
from service.core.playbook.check_people import check_personas, check_tags
from service.core.playbook.check_where import in_label
from service.core.playbook.conditions import Condition, PersonaTest, RfmTest, TagTest
from service.core.playbook.definitions import EventType, Playbook, Service
from service.core.playbook.known import Known, known_of
from service.core.playbook.mistakes import Found, in_length, place_of, problem, unknown
from service.core.playbook.relations import conditions_of_tag
from service.core.playbook.reserved import RESERVED
from service.core.problem import Problem, token

MOST = 500  # problems named at once
OF_PERSONS = frozenset({"unionid", "openid", "external_userid", *WEAK})
REGISTERS = ("trait_", "tag_", "service_", "identity_")  # what events of these types set, nothing takes back


def check(playbook: Playbook) -> tuple[Problem, ...]:
    """Every problem between the parts of a playbook, section by section; at most 500."""
    known = known_of(playbook)
    sections = (_identities, _events, check_tags, check_personas, check_journeys, _services, _policy)
    return tuple(islice(chain.from_iterable(section(known) for section in sections), MOST))


# ---- identities


def _identities(known: Known) -> Found:
    if known.playbook.identities.get("unionid", 1) != 1:
        zh = "一个用户只有一个 unionid，这里只能是 1；有几个开放平台时写成 unionid@平台:…"
        en = "one person has one unionid; with several open platforms send them as unionid@platform:..."
        yield problem("one_unionid", "/identities/unionid/at_most", zh, en)
    for name in known.playbook.accounts:
        if name in OF_PERSONS:
            zh, en = (
                "这种标识是个人的，客户单位请另起一个命名空间",
                "this is of persons; give accounts a namespace of their own",
            )
            yield problem("not_of_accounts", f"/identities{token(name)}/type", zh, en)


# ---- events


def _events(known: Known) -> Found:
    for key, event in known.playbook.events.items():
        yield from _redeclared(event, "/events" + token(key))
        yield from _reverses(known, event)


def _redeclared(event: EventType, pointer: str) -> Found:
    always = RESERVED[event.key].properties if event.key in RESERVED else {}
    for name, kind in event.properties.items():
        if name in always and always[name].kind != kind.kind:
            zh = f"系统保留事件的这个字段只能是 {always[name].kind}；可以加字段、改名字，不能改含义"
            en = f"a reserved event has this property as {always[name].kind}; add properties and names, change none"
            yield problem("reserved_event", f"{pointer}/properties{token(name)}", zh, en)


def _reverses(known: Known, event: EventType) -> Found:
    back = event.reverses
    if back is None:
        return
    own = back.written == "reverses"
    pointer = "/events" + token(event.key) + "/reverses" if own else "/events" + token(back.event) + "/reversed_by"
    yield from in_reversal(known, back, [event.key], pointer)
    target = known.playbook.events.get(back.event)
    if back.event == event.key or (target is not None and target.reverses is not None):
        zh = "会冲掉别的事件的事件，自己不能再被冲掉；请改为上报一条新事件"
        en = "an event that reverses others cannot be reversed; record a new event instead"
        yield problem("reversal_of_reversal", pointer + "/event", zh, en)
    elif back.event.startswith(REGISTERS) and back.event in RESERVED:
        zh = "这种系统保留事件不能被冲掉；请改为再上报一次"
        en = "a reserved event of this kind cannot be reversed; record it anew instead"
        yield problem("not_reversible", pointer + "/event", zh, en)


# ---- services and contacts


def _services(known: Known) -> Found:
    for key, service in known.playbook.services.items():
        yield from _service(known, service, "/services" + token(key))


def _service(known: Known, service: Service, pointer: str) -> Found:
    yield from in_condition(known, service.eligible, pointer + "/eligible")
    yield from in_condition(known, service.applicable, pointer + "/applicable")
    yield from in_condition(known, service.suitable, pointer + "/suitable")
    for name, number in (("value", service.value), ("lever", service.lever)):
        if number < 0:
            yield problem("negative", f"{pointer}/{name}", "不能是负数，请改为 0 或以上", "not below 0, please")
    for index, scenario in enumerate(service.scenarios):
        yield from in_label(known, "scenario", scenario, place_of(pointer + "/scenarios", service.scenarios, index))
    for index, place in enumerate(service.places):
        if place not in known.playbook.places:
            yield unknown("place", place_of(pointer + "/places", service.places, index), place, known.playbook.places)
    yield from _recovers(known, service, pointer + "/recovers")
    if service.terms is not None and service.terms_reason is None and _reads_persona(known.playbook, service):
        zh = "这个服务影响价格或条款，又取决于用户分层：请用 terms_reason 说明依据"
        en = "this service changes price or terms and depends on a persona: say why in terms_reason"
        yield problem("terms_without_reason", pointer + "/terms", zh, en)


def _reads_persona(playbook: Playbook, service: Service) -> bool:
    """Whether the conditions of a service read a persona, by themselves or through tags."""
    waiting: list[Condition | None] = [service.eligible, service.applicable, service.suitable]
    seen: set[str] = set()
    while waiting:
        condition = waiting.pop()
        for _, part in walk(condition, "") if condition is not None else ():
            if isinstance(part, PersonaTest):
                return True
            if isinstance(part, TagTest | RfmTest) and part.tag in playbook.tags and part.tag not in seen:
                seen.add(part.tag)
                waiting += conditions_of_tag(playbook.tags[part.tag])
    return False


def _recovers(known: Known, service: Service, pointer: str) -> Found:
    for index, each in enumerate(service.recovers):
        place = place_of(pointer, service.recovers, index)
        journey = known.playbook.journeys.get(each.journey)
        stages = [stage.key for stage in journey.stages] if journey else []
        if journey is None:
            yield unknown("journey", place + "/journey", each.journey, known.playbook.journeys)
        elif each.stage not in stages:
            yield unknown("stage", place + "/stage", each.stage, stages)


def _policy(known: Known) -> Found:
    policy, pointer = known.playbook.contact_policy, "/contact_policy"
    if policy.at_most == 0:
        zh, en = "0 次等于什么都不推荐，请写 1 或更多", "0 offers nothing at all; write 1 or more"
        yield problem("offers_nothing", pointer + "/at_most", zh, en)
    yield from in_length(policy.within, pointer + "/within")
    yield from in_length(policy.quiet_for, pointer + "/quiet_after/for")
