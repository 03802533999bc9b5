"""Calibrating: learn score quantiles and mean order values from all profiles as they are now; immutable once made."""

import json
from collections.abc import Iterator, Mapping
from functools import partial

from service.core.calendar import write_instant
from service.core.calibration import Calibration, SchemeCalibration, quantiles
from service.core.facts import Standing, State
from service.core.fold import pass_silence
from service.core.personas import Scheme, score_of
from service.store import CalibrationRow, ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions, calibration_of
from service.usecases.failures import Clash
from service.usecases.folding import is_current
from service.usecases.keeping import dump
from service.usecases.look import state_at

Json = dict[str, object]
PAGE = 500
ENOUGH = 100  # profiles, before the first calibration is made unasked: it reaches back for ever
MOVED = 2**20 // 50  # in units of the score (2^20 is a doubling): about 1.4 %


async def calibrate(app: App, *, force: bool = True) -> Json:
    """Make a calibration and answer when it is in force. Without `force`, only if a boundary moved enough."""
    now = app.clock()
    standings: dict[str, list[Standing]] = {}
    after = 0
    while True:
        page = await app.read(partial(_page, after=after, at=now))
        for key, standing in page[0]:
            standings.setdefault(key, []).append(standing)
        if page[1] is None:
            break
        after = page[1]
    return await app.write(lambda unit, definitions: _make(unit, definitions, standings, app.clock(), force=force))


def _page(
    unit: Unit, definitions: Definitions, *, after: int, at: int
) -> tuple[list[tuple[str, Standing]], int | None]:
    rows = unit.profiles.scan(after, PAGE)
    found = [pair for row in rows for pair in _counted(unit, definitions, row, at)]
    return found, rows[-1].profile if len(rows) == PAGE else None


def _counted(unit: Unit, definitions: Definitions, row: ProfileRow, at: int) -> Iterator[tuple[str, Standing]]:
    """The schemes in which a profile counts: those where it is not undetermined for lack of data."""
    at = max(at, row.newest)
    if is_current(definitions, row):
        state = State(definitions.plan.layout, row.facts)
        pass_silence(definitions.plan, state, at, definitions.calibrations)
    else:
        state = state_at(unit, definitions, row, unit.identities.of_profiles([row.profile])[row.profile], at)
    for scheme in definitions.plan.schemes:
        standing = state.standings.get(scheme.index)
        if standing is not None and standing.orders > 0 and standing.reason != "not_enough":
            yield scheme.persona.key, standing


def _make(unit: Unit, definitions: Definitions, standings: dict[str, list[Standing]], now: int, *, force: bool) -> Json:
    found = {
        scheme.persona.key: _learn(scheme, standings.get(scheme.persona.key, [])) for scheme in definitions.plan.schemes
    }
    last = definitions.calibrations[-1] if definitions.calibrations else None
    if not force and not _worth_it(last, found):
        return {"made": False}
    number = last.number + 1 if last else 1
    if last is not None and last.effective_from >= now:
        raise Clash("calibrated_already", "刚刚已经校准过", "there was a calibration at this very instant")
    body = {
        key: {"m0": each.mean, "quantiles": each.quantiles, "profiles": each.profiles} for key, each in found.items()
    }
    row = CalibrationRow(number=number, effective_from=now, body=dump(body))
    unit.calibrations.add(row)
    return {"made": True, **_shown(row)}


def _worth_it(last: Calibration | None, found: Mapping[str, SchemeCalibration]) -> bool:
    """Without a first calibration anything learned is worth it; afterwards a boundary must have moved."""
    if last is None:
        return any(each.profiles >= ENOUGH for each in found.values())
    return any(_moved(last.schemes.get(key), each) for key, each in found.items())


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
        "schemes": json.loads(row.body),
    }
