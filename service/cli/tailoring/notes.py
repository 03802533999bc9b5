"""What the house writes down of a client: in the mini-program, in its book, in the workshop."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from service.cli.simulation import diary
from service.cli.simulation.diary import MINI_PROGRAM, Wire
from service.cli.simulation.gestures import Say
from service.cli.tailoring.clients import Client

HOUSE, WORKSHOP, BOOK = "house", "workshop", "crm"
# He is there and says who he is, or the book knows him.
FACE_TO_FACE = frozenset({"trait_set", "consultation_done", "measured", "gift_ordered", "trunk_show_attended"})


@dataclass(slots=True, kw_only=True)
class Diary(diary.Diary):
    """One client's year."""

    client: Client
    seen: bool = False

    def note(self, kind: str, at: datetime, said: Wire | None = None, *, source: str = HOUSE, **more: str) -> None:
        """One event, under the identity that its source knows."""
        if not self.covers(at):
            return
        place = "sh_workshop" if source == WORKSHOP else self.client.house
        where = {} if source == MINI_PROGRAM else {"place": place}
        self.write(kind, at, dict(said or {}), who=self.who(kind, source), source=source, **{**where, **more})

    def who(self, kind: str, source: str) -> Wire:
        """Links are made where real systems learn of them, and nowhere else."""
        one = self.client
        if kind in FACE_TO_FACE:
            return {"identities": [one.member, one.phone, one.unionid]}
        if source == "wecom":
            return {"identities": [one.wecom, one.unionid]}
        if source == MINI_PROGRAM:
            if self.seen:
                return {"identity": one.openid}
            self.seen = True
            return {"identities": [one.openid, one.unionid, one.phone]}
        return {"identity": one.member}


def tapped_by(diary: Diary) -> Say:
    """What the client taps in the mini-program."""
    return partial(diary.note, source=MINI_PROGRAM, place=diary.client.house)


def promised_by(diary: Diary) -> Say:
    """What the house grants, and sees used."""
    return partial(diary.note, source=BOOK)
