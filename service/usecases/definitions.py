"""The definitions in force: the published playbook compiled, and the calibrations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from service.core.calibration import Calibration, SchemeCalibration
from service.core.plan import Plan, compile_playbook
from service.core.playbook.definitions import EventType
from service.core.playbook.read import read_playbook
from service.core.playbook.reserved import RESERVED
from service.store import CalibrationRow, Unit
from service.usecases.source import read_source

EMPTY: Mapping[str, object] = {"playbook": "empty", "name": "（尚未发布方案）"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """What every derivation depends on. `fold_id` names what facts depend on: the first calibration reaches back."""

    plan: Plan
    calibrations: tuple[Calibration, ...]

    @property
    def fold_id(self) -> bytes:
        """Facts made under another id are folded again on touch."""
        return self.plan.layout.id + bytes([bool(self.calibrations)])


class Shelf:
    """Keeps the newest definitions compiled; every unit of work asks whether they still are the newest."""

    def __init__(self) -> None:
        self._marker: tuple[int, int] | None = None
        self._current = Definitions(plan=compile_playbook(read_playbook(EMPTY)[0]), calibrations=())

    @property
    def types(self) -> Mapping[str, EventType]:
        """Declared and reserved event types, as last looked at: what the properties of events must look like."""
        return {**RESERVED, **self._current.plan.playbook.events}

    @property
    def latest_known(self) -> Definitions:
        """What was in force when last looked at."""
        return self._current

    def current(self, unit: Unit) -> Definitions:
        """What is in force in this unit of work."""
        marker = unit.playbooks.marker()
        if marker != self._marker:
            self._current = self._load(unit, marker[0])
            self._marker = marker
        return self._current

    def _load(self, unit: Unit, version: int) -> Definitions:
        plan = self._current.plan
        if version != plan.version:
            row = unit.playbooks.get(version)
            tree: object = EMPTY if row is None else read_source(row.body, row.media_type).tree
            plan = compile_playbook(read_playbook(tree)[0], version)
        return Definitions(plan=plan, calibrations=tuple(calibration_of(row) for row in unit.calibrations.all()))


def calibration_of(row: CalibrationRow) -> Calibration:
    """A calibration as it was kept."""
    schemes = {
        key: SchemeCalibration(mean=each["m0"], quantiles=tuple(each["quantiles"]), profiles=each["profiles"])
        for key, each in json.loads(row.body).items()
    }
    return Calibration(number=row.number, effective_from=row.effective_from, schemes=schemes)


@dataclass(slots=True)
class Sweep:
    """How far this process has come through all profiles under the definitions that were in force."""

    target: tuple[bytes, int] | None = None
    after: int = 0
    done: bool = False
