"""Calibrating: learn score quantiles and mean order values from all profiles as they are now; immutable once made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial

from service.core.calendar import write_instant
from service.core.calibration import Calibration, RfmCalibration, SchemeCalibration, quantiles, quintiles
from service.core.facts import Standing, State
from service.core.fold import pass_silence
from service.core.personas import Scheme, score_of
from service.core.reasons import rfm_of
from service.store import CalibrationRow, ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions, calibration_of
from service.usecases.failures import Clash
from service.usecases.folding import is_current
from service.usecases.keeping import dump
from service.usecases.learn_stages import completing_sources, learn_stages, waits, worth_sources, worth_stages
from service.usecases.look import state_at

Json = dict[str, object]
PAGE = 500
ENOUGH = 100  # profiles, before the first calibration is made unasked: it reaches back for ever
FIFTIETH = 50
MOVED = 2**20 // FIFTIETH  # in units of the score (2^20 is a doubling): about 1.4 %


@dataclass(slots=True)
class Census:
    """What was counted of all profiles: standings by scheme, age, count and sum by RFM tag, waits by stage."""

    standings: dict[str, list[Standing]] = field(default_factory=dict)
    rfm: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    waiting: dict[str, list[int]] = field(default_factory=dict)


async def calibrate(app: App, *, force: bool = True) -> Json:
    """Make a calibration and answer when it is in force. Without `force`, only if a boundary moved enough."""
    now, census = app.clock(), Census()
    after: int | None = 0
    while after is not None:
        after = await app.read(partial(_page, census=census, after=after, at=now))
    return await app.write(lambda unit, definitions: _make(unit, definitions, census, app.clock(), force=force))


def _page(unit: Unit, definitions: Definitions, *, census: Census, after: int, at: int) -> int | None:
    rows = unit.profiles.scan(after, PAGE)
    for row in (each for each in rows if not each.test):
        _count(census, unit, definitions, row, at)
    return rows[-1].profile if len(rows) == PAGE else None


def _count(census: Census, unit: Unit, definitions: Definitions, row: ProfileRow, at: int) -> None:
    """Count a profile in: in the schemes where it is not undetermined for lack of data, and by what it spent."""
    plan, at = definitions.plan, max(at, row.newest)
    if is_current(definitions, row):
        state = State(plan.layout, row.facts, who=row.profile)
        pass_silence(plan, state, at, definitions.calibrations)
    else:
        state = state_at(unit, definitions, row, unit.identities.of_profiles([row.profile]).get(row.profile, ()), at)
    for scheme in plan.schemes:
        standing = state.standings.get(scheme.index)
        if standing is not None and standing.orders > 0 and standing.reason != "not_enough":
            census.standings.setdefault(scheme.persona.key, []).append(standing)
    for tag in plan.playbook.tags.values():
        found = None if tag.rfm is None else rfm_of(plan, tag.rfm, state, at)
        if found is not None:
            census.rfm.setdefault(tag.key, []).append(found)
    for stage, waited in waits(plan, state, at):
        census.waiting.setdefault(stage, []).append(waited)


def _make(unit: Unit, definitions: Definitions, census: Census, now: int, *, force: bool) -> Json:
    found = {
        scheme.persona.key: _learn(scheme, census.standings.get(scheme.persona.key, []))
        for scheme in definitions.plan.schemes
    }
    last = definitions.calibrations[-1] if definitions.calibrations else None
    rfm = {key: _quintiles(each) for key, each in sorted(census.rfm.items())}
    stages, sources = learn_stages(unit, census.waiting, now), completing_sources(unit, now)
    of_stages = worth_stages(last, stages) or worth_sources(last, sources)
    if not force and not (_worth_it(last, found) or _worth_rfm(last, rfm) or of_stages):
        return {"made": False}
    number = last.number + 1 if last else 1
    if last is not None and last.effective_from >= now:
        raise Clash("calibrated_already", "刚刚已经校准过", "there was a calibration at this very instant")
    schemes = {
        key: {"m0": each.mean, "quantiles": each.quantiles, "profiles": each.profiles} for key, each in found.items()
    }
    body = {
        "schemes": schemes,
        "rfm": {key: asdict(each) for key, each in rfm.items()},
        "stages": {key: asdict(each) for key, each in stages.items()},
        "sources": sources,
    }
    row = CalibrationRow(number=number, effective_from=now, body=dump(body))
    unit.calibrations.add(row)
    return {"made": True, **_shown(row)}


def _quintiles(found: Sequence[tuple[int, int, int]]) -> RfmCalibration:
    ages, counts, sums = zip(*found, strict=True)
    return RfmCalibration(ages=quintiles(ages), counts=quintiles(counts), sums=quintiles(sums), profiles=len(found))


def _worth_it(last: Calibration | None, found: Mapping[str, SchemeCalibration]) -> bool:
    """Without a first calibration anything learned is worth it; afterwards a boundary must have moved."""
    if last is None:
        return any(each.profiles >= ENOUGH for each in found.values())
    return any(_moved(last.schemes.get(key), each) for key, each in found.items())


def _worth_rfm(last: Calibration | None, found: Mapping[str, RfmCalibration]) -> bool:
    """The same for quintiles: a bound must have moved by a fiftieth."""
    known = {} if last is None else last.rfm
    return any(each.profiles >= ENOUGH if key not in known else _far(known[key], each) for key, each in found.items())


def _far(old: RfmCalibration, new: RfmCalibration) -> bool:
    pairs = zip((*old.ages, *old.counts, *old.sums), (*new.ages, *new.counts, *new.sums), strict=True)
    return any(abs(was - now) * FIFTIETH > abs(was) for was, now in pairs)


def _learn(scheme: Scheme, standings: list[Standing]) -> SchemeCalibration:
    orders = sum(each.orders for each in standings)
    mean = sum(each.total for each in standings) // orders if orders else 0
    learned = SchemeCalibration(mean=mean, quantiles=(), profiles=len(standings))
    scores = [score_of(scheme, each, learned) for each in standings]
    return SchemeCalibration(mean=mean, quantiles=quantiles(scores), profiles=len(standings))


def _moved(old: SchemeCalibration | None, new: SchemeCalibration) -> bool:
    if old is None or not old.quantiles or not new.quantiles:
        return bool(new.quantiles) and (old is None or not old.quantiles)
    return any(abs(was - now) > MOVED for was, now in zip(old.quantiles[99::100], new.quantiles[99::100], strict=True))


async def last_calibrated(app: App) -> int:
    """When the newest calibration came into force; 0 if there is none."""
    return await app.read(lambda _unit, found: found.calibrations[-1].effective_from if found.calibrations else 0)


async def calibrations(app: App) -> Json:
    """All calibrations, the newest last."""
    return await app.read(lambda unit, _: {"items": [_shown(row) for row in unit.calibrations.all()]})


def _shown(row: CalibrationRow) -> Json:
    made = calibration_of(row)
    return {
        "number": made.number,
        "effective_from": write_instant(made.effective_from),
        **json.loads(row.body),
    }
