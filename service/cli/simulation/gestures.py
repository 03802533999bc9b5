"""What is done at the moments of a journey: a rating with one tap, a benefit, a stage that somebody lights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from service.cli.simulation.chance import days, happens, minutes
from service.cli.simulation.diary import Wire

Say = Callable[[str, datetime, Wire], None]  # writes an event of a kind down, as those do who tell of it
FRIENDS, WANTED = 4, 3  # so many of the people who are asked to help come, at most; and so many are needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A stage of a run; `ref` is the property by which runs of that journey are told apart, where there is one."""

    journey: str
    stage: str
    ref: Mapping[str, object] = field(default_factory=dict)

    @property
    def named(self) -> Wire:
        """What an event says to be about this very moment."""
        return {"journey": self.journey, "stage": self.stage}


def rate(say: Say, at: datetime, moment: Moment, stars: int, text: str = "") -> None:
    """One tap, and now and then a word."""
    said: Wire = {**moment.ref, **moment.named, "rating": stars}
    say("feedback_given", at, {**said, "text": text} if text else said)


def give(say: Say, rng: Random, at: datetime, moment: Moment, benefit: str) -> None:
    """A benefit: most are used, some run out."""
    named: Wire = {"benefit": benefit, **moment.named}
    say("benefit_granted", at, named)
    if happens(rng, 0.6):
        say("benefit_used", at + days(rng, 0.5, 20), dict(named))
    elif happens(rng, 0.6):
        say("benefit_expired", at + days(rng, 30, 31), dict(named))


def light(say: Say, at: datetime, moment: Moment, friend: str = "") -> None:
    """He lights a stage himself, or a friend helps him with one."""
    said = moment.named
    if moment.ref:
        said["key"] = next(iter(moment.ref.values()))
    if friend:
        said["friend"] = friend
    say("stage_lit", at, said)


def cheer(say: Say, rng: Random, at: datetime, moment: Moment) -> bool:
    """Friends are asked to help, and some of them do, called by digests; answers whether they are enough."""
    friends = rng.randint(1, FRIENDS)
    for _ in range(friends):
        light(say, at, moment, f"{rng.getrandbits(64):016x}")
        at += minutes(rng, 5, 600)
    return friends >= WANTED
