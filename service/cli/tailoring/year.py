"""A year of the tailor in playbooks/tailoring.yaml, as the events that the house's systems would send.

The same arguments give the same events, byte for byte; no clock is read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from service.cli.simulation.arrivals import END, arriving
from service.cli.simulation.chance import at_work, days, happens
from service.cli.simulation.diary import Wire
from service.cli.simulation.gestures import Moment, rate
from service.cli.tailoring.cast import CAST
from service.cli.tailoring.clients import someone
from service.cli.tailoring.making import commission
from service.cli.tailoring.meeting import befriend, come_to_terms, introduce, know, look
from service.cli.tailoring.notes import BOOK, WORKSHOP, Diary, tapped_by
from service.cli.tailoring.tending import care

YEAR = timedelta(days=365)
SALON = Moment(journey="companionship", stage="salon")


def year(people: int = 800, seed: int = 7, end: datetime = END) -> Iterator[Wire]:
    """The events of so many people in the 365 days up to `end`, in the order in which they arrive.

    The cast is always there, even if `people` is smaller.
    """
    return arriving(lived, max(people, len(CAST)), seed, end)


def lived(index: int, rng: Random, end: datetime) -> Diary:
    """One client's year."""
    one, play = CAST.get(index, (None, None))
    one = one or someone(rng, index)
    diary = Diary(index=index, client=one, start=end - YEAR, end=end)
    if play:
        play(diary)
    else:
        live(diary, rng)
    return diary


def live(diary: Diary, rng: Random) -> None:
    """The year of somebody without a part."""
    one = diary.client
    if one.known:
        back = f"{diary.start.year - rng.randint(0, 12)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        traits = {"family_client": True} if one.kind == "family" and happens(rng, 0.6) else {}
        know(diary, diary.start + timedelta(hours=rng.randint(1, 90)), back, **traits)
    for _ in range(rng.randint(*one.manner.looks)):
        look(diary, rng, at_work(rng, some_day(diary, rng), 19, 23))
    for _ in range(rng.randint(*one.manner.visits)):
        buy(diary, rng, at_work(rng, some_day(diary, rng), 9, 22))
    if one.known:
        for _ in range(rng.randint(*one.manner.cares)):
            care(diary, rng, at_work(rng, some_day(diary, rng)))
    belong(diary, rng)


def some_day(diary: Diary, rng: Random) -> datetime:
    """Any day of the year."""
    return diary.start + (diary.end - diary.start) * rng.random()


def buy(diary: Diary, rng: Random, at: datetime) -> None:
    """From the appointment to the wardrobe, as far as it goes."""
    agreed = come_to_terms(diary, rng, at)
    if agreed is None:
        return
    kind, ready = agreed
    if not diary.client.known:
        wedding = {"wedding_day": f"{ready + days(rng, 60, 140):%Y-%m-%d}"} if kind == "wedding" else {}
        know(diary, ready + timedelta(hours=1), **wedding)
    delivered = commission(diary, rng, kind, ready)
    if delivered is not None and happens(rng, 0.45):
        care(diary, rng, at_work(rng, delivered + days(rng, 60, 130)))


def belong(diary: Diary, rng: Random) -> None:
    """What clients do besides having things made; each thing happens to some of them, on some day."""
    if happens(rng, 0.4):
        befriend(diary, rng, some_day(diary, rng))
    for _ in range(rng.choice((0, 0, 1, 2, 4))):
        diary.note("message_opened", some_day(diary, rng), {"campaign": "秋冬面料"}, source="wecom", channel="wecom")
    if happens(rng, 0.45 if diary.client.kind == "connoisseur" else 0.08):
        attend(diary, rng)
    if happens(rng, 0.12):
        introduce(diary, rng, some_day(diary, rng))
    if happens(rng, 0.08):
        gift: Wire = {"gift_id": diary.next_number("G"), "amount": 1_200}
        diary.note("gift_ordered", some_day(diary, rng), gift, scenario="gift")
    if diary.client.known:
        be_told_of(diary, rng)


def attend(diary: Diary, rng: Random) -> None:
    """Evenings with a mill; half of the guests say how it was."""
    for _ in range(rng.randint(1, 3)):
        evening = at_work(rng, some_day(diary, rng), 18, 21)
        diary.note("trunk_show_attended", evening, {"session": "织厂来访"}, touchpoint="salon", scenario="season")
        if happens(rng, 0.5):
            rate(tapped_by(diary), evening + timedelta(hours=3), SALON, rng.choice((5, 5, 4, 4, 3)))


def be_told_of(diary: Diary, rng: Random) -> None:
    """What the workshop and the book say of those whom they have known for long."""
    if happens(rng, 0.5):
        served: Wire = {"tag": "tailor_of_record", "value": rng.choice(("gu", "pei", "lu"))}
        diary.note("tag_set", some_day(diary, rng), served, source=WORKSHOP)
    for tag, chance in (("house_guest", 0.3 if diary.client.kind == "family" else 0.0), ("butler_contact", 0.1)):
        if happens(rng, chance):
            diary.note("tag_set", some_day(diary, rng), {"tag": tag}, source=BOOK)
