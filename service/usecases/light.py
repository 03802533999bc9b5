"""Lighting a stage: by the user himself, or by friends for him. What is refused changes nothing and says why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from service.core.calendar import write_instant
from service.core.customer import progress_of
from service.core.enrollment import DROPPED, UNLIT, Enrollment
from service.core.event import Value
from service.core.plan import Plan
from service.core.playbook.brands import LitBy
from service.core.progress import show_enrollment
from service.core.routes import STAGE_LIT
from service.store import ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Clash, Failure, Invalid, Unknown
from service.usecases.keys import Actor
from service.usecases.look import found_profile, state_at
from service.usecases.record import profile_id
from service.usecases.say import Saying, say_each
from service.usecases.tokens import OWNER, SHARE, friend_of, open_link

Json = dict[str, object]
PAGE = Actor(key_id="page", name="progress_page", kind="user", scopes=frozenset(), source="progress_page")
FRIENDS = replace(PAGE, kind="system")  # that somebody was helped is the service's to say, not a user's


@dataclass(frozen=True, slots=True, kw_only=True)
class Lighting:
    """Which stage. `key`: of which run, where there are several. `helper`: the friend who helps, by any reference."""

    journey: str
    stage: str
    key: str | None = None
    helper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of whom; `already`: nothing, as it is so."""

    ref: str
    saying: Saying | None
    at: int
    run: tuple[int, str]
    place: int
    friend: str | None = None


async def light(app: App, actor: Actor, ref: str, lighting: Lighting) -> Json:
    """Light a stage of somebody's run, for him or as his friend."""
    now = app.clock()

    def judge(unit: Unit, definitions: Definitions) -> Verdict:
        row = found_profile(unit, ref)
        helper = None if lighting.helper is None else found_profile(unit, lighting.helper)
        return _judge(unit, definitions, (ref, row, helper), lighting, now)

    return await _light(app, actor, await app.read(judge))


async def light_by_token(app: App, token: str, lighting: Lighting, share: str | None = None) -> Json:
    """The same with the token of his own page; with a link that a friend shared he helps that friend."""
    now = app.clock()

    def judge(unit: Unit, definitions: Definitions) -> Verdict:
        own = open_link(unit, token, now, (OWNER,))
        if share is None:
            return _judge(unit, definitions, (profile_id(own.share.root), own.row, None), lighting, now)
        found = open_link(unit, share, now, (SHARE,))
        if found.share.journey != lighting.journey:
            raise _unknown_stage()
        theirs = Lighting(journey=lighting.journey, stage=lighting.stage, key=found.share.key or None)
        return _judge(unit, definitions, (profile_id(found.share.root), found.row, own.row), theirs, now)

    found = await _light(app, PAGE if share is None else FRIENDS, await app.read(judge))
    return {"status": found["status"]} if share is not None else found


def _judge(
    unit: Unit, definitions: Definitions, who: tuple[str, ProfileRow, ProfileRow | None], lighting: Lighting, now: int
) -> Verdict:
    """Whether it may be lit, and by him who asks."""
    ref, row, helper = who
    plan, place, by = _meant(definitions.plan, lighting)
    at = max(now, row.newest)
    members = unit.identities.of_profiles([row.profile] if helper is None else [row.profile, helper.profile])
    state = state_at(unit, definitions, row, members[row.profile], at)
    each = _run([run for run in state.enrollments.values() if plan.routes[run.journey].journey.key == lighting.journey],
                lighting.key)  # fmt: skip
    if each.lit[place] != UNLIT or place in each.claimed:
        return Verdict(ref=ref, saying=None, at=at, run=each.id, place=place)
    friend = None
    if helper is not None and by.friends:
        if helper.profile == row.profile:
            raise Clash("not_oneself", "不能给自己助力，请分享给朋友", "nobody helps himself; share it with a friend")
        known = {friend_of(member.root) for member in members[helper.profile]}
        if known & set(each.helpers.get(place, ())):
            return Verdict(ref=ref, saying=None, at=at, run=each.id, place=place)
        friend = friend_of(helper.profile)
    elif by.friends:
        raise Clash("friends_only", "这个阶段要由好友助力点亮", "this stage is lit by friends")
    elif helper is not None:
        raise Clash("user_only", "这个阶段只能由本人点亮", "this stage is lit by the user himself")
    saying = _saying(ref, lighting, each, friend, row.version)
    return Verdict(ref=ref, saying=saying, at=at, run=each.id, place=place, friend=friend)


def _meant(plan: Plan, lighting: Lighting) -> tuple[Plan, int, LitBy]:
    journey = plan.playbook.journeys.get(lighting.journey)
    if journey is None:
        raise Unknown("unknown_journey", "方案里没有这个旅程", "the playbook has no such journey")
    place = next((i for i, stage in enumerate(journey.stages) if stage.key == lighting.stage), None)
    if place is None:
        raise _unknown_stage()
    by = journey.stages[place].lit_by
    if by is None:
        raise Clash("not_for_users", "这个阶段不能由用户点亮", "this stage is not for users to light")
    return plan, place, by


def _unknown_stage() -> Unknown:
    return Unknown("unknown_stage", "这个旅程没有这个阶段", "the journey has no such stage")


def _run(runs: Sequence[Enrollment], key: str | None) -> Enrollment:
    """The one run that is meant, and open."""
    still = [run for run in runs if not run.closed and run.status != DROPPED and key in {None, run.key}]
    if len(still) > 1:
        raise Invalid(
            "key_needed", "他在这个旅程里有好几段，请写明 key", "he has several runs of this journey; give the key"
        )
    if not still:
        raise Clash("no_open_run", "他没有进行中的这段旅程", "he has no open run of this journey")
    return still[0]


def _saying(ref: str, lighting: Lighting, each: Enrollment, friend: str | None, version: int) -> Saying:
    """The event. Who asks twice at once says the same twice; whatever has changed since is another occasion."""
    occasion = f"{lighting.journey}|{each.key}|{lighting.stage}|{friend}|{version}"
    said: dict[str, Value] = {"journey": lighting.journey, "stage": lighting.stage}
    said |= {"key": each.key} if each.key else {}
    said |= {"friend": friend} if friend else {}
    name = blake2b(occasion.encode(), digest_size=16).hexdigest()
    return Saying(ref=ref, kind=STAGE_LIT, properties=said, event_id=f"light-{name}")


async def _light(app: App, actor: Actor, verdict: Verdict) -> Json:
    status = "already"
    if verdict.saying is not None:
        (told,) = await say_each(app, actor, [verdict.saying])
        if isinstance(told, Failure):
            raise told
        status = "accepted" if told["status"] == "accepted" else status
    return {"status": status, **await app.read(lambda unit, definitions: _after(unit, definitions, verdict))}


def _after(unit: Unit, definitions: Definitions, verdict: Verdict) -> Json:
    """The run as it is now: the stage is lit, or it is one friend nearer to it."""
    row = found_profile(unit, verdict.ref)
    at = max(verdict.at, row.newest)
    state = state_at(unit, definitions, row, unit.identities.of_profiles([row.profile])[row.profile], at)
    each = state.enrollments.get(verdict.run)  # somebody may have ended it in the meantime
    if verdict.saying is not None and each is not None and not _has_effect(each, verdict):
        zh, en = "刚才有了变化，没有点亮，请刷新后再看", "something happened meanwhile, and it was not lit; look again"
        raise Clash("overtaken", zh, en)
    plan = definitions.plan
    told = each and progress_of(plan, {**show_enrollment(plan, each, at), "closed": each.closed}, at)
    return {"profile_id": profile_id(row.profile), "at": write_instant(at), "run": told}


def _has_effect(each: Enrollment, verdict: Verdict) -> bool:
    """Whether the stage is lit, or the friend stands among the helpers."""
    lit = each.lit[verdict.place] != UNLIT or verdict.place in each.claimed
    return lit or verdict.friend in each.helpers.get(verdict.place, ())
