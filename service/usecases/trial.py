"""Test people: profiles for trying things out. They are flagged by an event, and only they can be reset."""

from collections.abc import Sequence

from service.core.registers import TEST_PROFILE
from service.store import EventRow, ProfileRow, Unit
from service.usecases.app import App
from service.usecases.batch import Group
from service.usecases.definitions import Definitions
from service.usecases.failures import Clash
from service.usecases.group import fold_log
from service.usecases.keeping import forget, keep
from service.usecases.look import found_profile
from service.usecases.record import profile_id

Json = dict[str, object]
CAUSE = "reset"


async def reset(app: App, ref: str) -> Json:
    """Let nothing have happened to a test profile: its events are deleted, but for those that say that it is one."""
    now = app.clock()
    return await app.write(lambda unit, definitions: _reset(unit, definitions, ref, now))


def _reset(unit: Unit, definitions: Definitions, ref: str, now: int) -> Json:
    profile = found_profile(unit, ref).profile
    group = Group(unit=unit, definitions=definitions, now=now, rows=unit.profiles.lock([profile]))
    roots = [each.root for each in unit.identities.of_profiles([profile])[profile]]
    log = unit.events.of_roots(roots)
    _only_of_test_people(group.rows[profile], log)
    unit.events.delete(roots, but=TEST_PROFILE)
    unit.offers.remove_roots(roots)
    forget(unit, [profile])
    folded = fold_log(group, profile)
    keep(unit, definitions, [folded], {profile: len(roots)}, cause=CAUSE)
    deleted = sum(each.type != TEST_PROFILE for each in log)
    return {"profile_id": profile_id(profile), "version": folded.version, "deleted_events": deleted}


def _only_of_test_people(row: ProfileRow, log: Sequence[EventRow]) -> None:
    """Refuse whoever is no test profile, also where a real person was linked with one."""
    if not row.test:
        zh, en = "只有测试用户可以重置；请先把他设为测试用户", "only a test profile can be reset; flag it as one first"
        raise Clash("not_a_test_profile", zh, en)
    flagged = {each.root for each in log if each.type == TEST_PROFILE}
    if any(each.root not in flagged for each in log):
        zh = "这个测试用户关联了没有设为测试的标识，可能是真人；请先解除关联，或把那个标识也设为测试用户"
        en = "an identity that was never flagged is linked with it, perhaps a real person; unlink it, or flag it, too"
        raise Clash("linked_with_a_person", zh, en)
