"""The definitions in force: the published playbook compiled, and the calibrations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from service.core.calibration import Calibration, RfmCalibration, SchemeCalibration
from service.core.expectations import StageCalibration
from service.core.persons import Limits, limits_of
from service.core.plan import Plan, compile_playbook
from service.core.playbook.definitions import EventType
from service.core.playbook.read import read_playbook
from service.core.playbook.reserved import RESERVED
from service.store import CalibrationRow, Unit
from service.usecases.source import read_source

EMPTY: Mapping[str, object] = {"playbook": "empty", "name": "（尚未发布方案）"}

NOTHING = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """What every derivation depends on."""

    plan: Plan
    calibrations: tuple[Calibration, ...]

    @property
    def fold_id(self) -> bytes:
        """Under what facts are made: the playbook, and how many calibrations are known."""
        return self.plan.layout.id + len(self.calibrations).to_bytes(4, "big")

    @property
    def limits(self) -> Limits:
        """What one profile may have, by which links are refused."""
        playbook = self.plan.playbook
        return limits_of(tuple(sorted(playbook.identities.items())), playbook.accounts)

    def known_to(self, fold_id: bytes) -> tuple[Calibration, ...]:
        """The calibrations that were known when facts were made."""
        return self.calibrations[: int.from_bytes(fold_id[-4:], "big")]

    def hold(self, fold_id: bytes, newest: int) -> bool:
        """Whether facts up to an instant are what they would be now.

        Not if a calibration that nobody knew of came into force before; the first one reaches back.
        """
        unknown = self.calibrations[len(self.known_to(fold_id)) :]
        reached = not unknown or (unknown[0] is not self.calibrations[0] and unknown[0].effective_from >= newest)
        return reached and fold_id[:-4] == self.plan.layout.id


class Shelf:
    """Keeps the newest definitions compiled; every unit of work asks whether they still are the newest.

    Several threads ask at once, and some of them look at an older snapshot: what is kept changes in one step, and only
    forwards.
    """

    def __init__(self) -> None:
        empty = Definitions(plan=compile_playbook(read_playbook(EMPTY)[0]), calibrations=())
        self._kept: tuple[tuple[int, int], Definitions] = (NOTHING, empty)

    @property
    def types(self) -> Mapping[str, EventType]:
        """Declared and reserved event types, as last looked at: what the properties of events must look like."""
        return {**RESERVED, **self.latest_known.plan.playbook.events}

    @property
    def accounts(self) -> tuple[str, ...]:
        """The namespaces of accounts, as last looked at."""
        return self.latest_known.plan.playbook.accounts

    @property
    def latest_known(self) -> Definitions:
        """What was in force when last looked at."""
        return self._kept[1]

    def current(self, unit: Unit) -> Definitions:
        """What is in force in this unit of work."""
        marker, (known, definitions) = unit.playbooks.marker(), self._kept
        if marker == known:
            return definitions
        found = self._load(unit, marker[0], definitions.plan)
        if marker > self._kept[0]:
            self._kept = (marker, found)
        return found

    @staticmethod
    def _load(unit: Unit, version: int, plan: Plan) -> Definitions:
        if version != plan.version:
            row = unit.playbooks.get(version)
            tree: object = EMPTY if row is None else read_source(row.body, row.media_type).tree
            plan = compile_playbook(read_playbook(tree)[0], version)
        return Definitions(plan=plan, calibrations=tuple(calibration_of(row) for row in unit.calibrations.all()))


def calibration_of(row: CalibrationRow) -> Calibration:
    """A calibration as it was kept."""
    body = json.loads(row.body)
    return Calibration(
        number=row.number,
        effective_from=row.effective_from,
        schemes={
            key: SchemeCalibration(mean=each["m0"], quantiles=tuple(each["quantiles"]), profiles=each["profiles"])
            for key, each in body["schemes"].items()
        },
        rfm={
            key: RfmCalibration(
                ages=tuple(each["ages"]),
                counts=tuple(each["counts"]),
                sums=tuple(each["sums"]),
                profiles=each["profiles"],
            )
            for key, each in body["rfm"].items()
        },
        stages={
            key: StageCalibration(**{**each, "ages": tuple(each["ages"]), "hopes": tuple(each["hopes"])})
            for key, each in body.get("stages", {}).items()
        },
        sources={key: tuple(each) for key, each in body.get("sources", {}).items()},
    )
