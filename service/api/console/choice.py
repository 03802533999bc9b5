"""What of a journey is looked at: how many days, and only one shop, channel or class; one's shop is remembered."""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.responses import Response

from service.api.console.cookies import Cookie
from service.api.console.visit import Visit
from service.core.calendar import DAY
from service.usecases.spans import Asked

DAYS, USUAL = ("7", "28", "90"), "28"
MINE = Cookie("lantern-place", lasting=True)
PLACE = "place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody has chosen; None: all of it."""

    days: str
    place: str | None
    channel: str | None
    persona: str | None

    @property
    def only(self) -> tuple[tuple[str, str], ...]:
        """In which circumstances, as use cases call them."""
        given = ((PLACE, self.place), ("channel", self.channel), ("cls", self.persona))
        return tuple((name, value) for name, value in given if value is not None)

    @property
    def query(self) -> dict[str, str | None]:
        """What an address has to say, for the same choice."""
        return {"days": self.days, PLACE: self.place, "channel": self.channel, "persona": self.persona}

    def of(self, journey: str, now: int) -> Asked:
        """The question about a journey."""
        return Asked(journey=journey, start=now - int(self.days) * DAY, end=now, only=self.only)


def choice_of(visit: Visit) -> Choice:
    """As the address says; of the shop, what was chosen last if the address does not speak of it."""
    days = visit.asked("days") or USUAL
    return Choice(
        days=days if days in DAYS else USUAL,
        place=my_place(visit),
        channel=visit.asked("channel"),
        persona=visit.asked("persona"),
    )


def my_place(visit: Visit) -> str | None:
    """The shop that is asked about, or else the one that was chosen last, if there still is one."""
    if PLACE in visit.query_params:
        return visit.asked(PLACE)
    kept = unquote(MINE.of(visit))
    return kept if kept in visit.lantern.shelf.latest_known.plan.playbook.places else None


def remember(visit: Visit, response: Response) -> Response:
    """Keep the shop that was chosen on a page of journeys, until another is."""
    if PLACE in visit.query_params:
        chosen = visit.asked(PLACE)
        if chosen in visit.lantern.shelf.latest_known.plan.playbook.places:
            MINE.put(visit, response, quote(str(chosen)))
        else:
            MINE.drop(visit, response)
    return response
