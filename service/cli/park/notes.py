"""What a resident's systems write down: under the account, with the contact who acted; or under the person."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from service.cli.park.residents import ROLES, Resident
from service.cli.simulation import diary
from service.cli.simulation.diary import MINI_PROGRAM, Wire
from service.cli.simulation.gestures import Say

BOSS, OFFICE, MONEY, ENGINEER = ROLES
CHANNELS = {"leasing": "visit", "property": "visit", "call_center": "phone", "finance": "bank", "service_desk": "wecom"}


@dataclass(slots=True, kw_only=True)
class Diary(diary.Diary):
    """The half year of one company or one person."""

    resident: Resident

    def note(
        self,
        kind: str,
        at: datetime,
        properties: Wire | None = None,
        *,
        by: str = "",
        source: str = "park",
        **more: str,
    ) -> None:
        """One event of the company. `by` is the role of the contact who acted; systems act by themselves."""
        if not self.covers(at):
            return
        one, told = self.resident, dict(properties or {})
        if by:
            told |= {"contact": one.contact(by), "contact_role": by}
        who: Wire = {"identity": one.account}
        if kind in {"contract_signed", "trait_set"}:  # where the code of the company is known
            who = {"identities": [one.account, one.credit_code]}
        where = {"place": one.site, "scenario": one.scenario}
        where |= {"channel": CHANNELS[source]} if source in CHANNELS else {}
        self.write(kind, at, told, who=who, source=source, **{**where, **more})

    def live(self, kind: str, at: datetime, properties: Wire | None = None, **more: str) -> None:
        """One event of a person, in the mini-program or at a gate."""
        if not self.covers(at):
            return
        one, source = self.resident, more.pop("source", MINI_PROGRAM)
        who: Wire = {"identity": one.openid if source == MINI_PROGRAM else one.member}
        if kind in {"member_joined", "trait_set"}:
            who = {"identities": [one.member, one.openid, one.phone]}
        self.write(kind, at, dict(properties or {}), who=who, source=source, **{"place": one.site, **more})


def said_by(diary: Diary, role: str) -> Say:
    """What a contact taps in the mini-program of the park."""
    return partial(diary.note, by=role, source=MINI_PROGRAM)


def promised_by(diary: Diary) -> Say:
    """What the park grants, and sees used."""
    return partial(diary.note, source="park")
