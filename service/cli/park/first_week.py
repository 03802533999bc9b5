"""A newcomer's first weeks: the gate, the first meal, the way to work, and the people who say hello."""

from datetime import datetime
from random import Random

from service.cli.park.notes import Diary
from service.cli.park.work import go
from service.cli.simulation.chance import at_work, days, happens, minutes, pick
from service.cli.simulation.diary import Wire
from service.cli.simulation.gestures import Moment, cheer, give, light, rate

STARS = {5: 48, 4: 34, 3: 10, 2: 5, 1: 3}
ACCESS, CANTEEN, COMMUTE, BELONG, DESK, WELCOME = (
    Moment(journey="first_week", stage=stage) for stage in ("access", "canteen", "commute", "belong", "desk", "welcome")
)


def start_here(diary: Diary, rng: Random, at: datetime) -> None:
    """The gate does not open for everybody on the first day."""
    diary.live("member_joined", at, {"via": rng.choice(("hr_invite", "lobby_qr"))}, touchpoint="lobby")
    give(diary.live, rng, at + minutes(rng, 2, 9), CANTEEN, "first_meal_half")
    if happens(rng, 0.15):
        if happens(rng, 0.5):  # let in by a colleague, and hungry
            eat(diary, rng, at_work(rng, at + days(rng, 0, 2), 12, 14))
        return
    opened = at + (minutes(rng, 15, 400) if happens(rng, 0.75) else minutes(rng, 1_000, 5_000))
    refused = happens(rng, 0.2)
    if refused:
        diary.live("access_denied", at + minutes(rng, 5, 19), {"gate": "A 闸"}, source="gate", touchpoint="lobby")
    diary.live("access_granted", opened, {"gates": 2}, source="property", touchpoint="lobby")
    if happens(rng, 0.45):
        rate(diary.live, opened + minutes(rng, 5, 300), ACCESS, 2 if refused else pick(rng, STARS))
    if happens(rng, 0.8):
        eat(diary, rng, at_work(rng, opened + days(rng, 0.2, 6), 12, 14))
    for _ in range(rng.randint(1, 9)):
        go(diary, rng, at_work(rng, opened + days(rng, 0.5, 20), 8, 10), rng.choice(("driver", "rider", "desk")))
    settle_in(diary, rng, opened)


def eat(diary: Diary, rng: Random, at: datetime) -> None:
    """The first meal; one in sixteen finds a reason to complain."""
    meal: Wire = {"order_id": diary.next_number("F"), "amount": 11, "meal": "lunch"}
    diary.live("canteen_paid", at, meal, touchpoint="canteen", scenario="dining", channel="canteen")
    if happens(rng, 0.06):
        filed: Wire = {"complaint_id": diary.next_number("C"), "kind": "canteen"}
        diary.live("complaint_filed", at + minutes(rng, 20, 90), dict(filed))
        if happens(rng, 0.75):
            settled: Wire = {"complaint_id": filed["complaint_id"], "hours": 5}
            diary.live("complaint_resolved", at + minutes(rng, 320, 390), settled, source="call_center")
    elif happens(rng, 0.3):
        rate(diary.live, at + minutes(rng, 20, 60), CANTEEN, pick(rng, STARS))


def settle_in(diary: Diary, rng: Random, opened: datetime) -> None:
    """What nobody has to do."""
    if happens(rng, 0.4):
        give(diary.live, rng, opened + days(rng, 1, 4), COMMUTE, "shuttle_trial")
    if happens(rng, 0.35):
        met = opened + days(rng, 4, 20)
        diary.live("activity_attended", met, {"session": "新人下午茶", "people": 1}, touchpoint="plaza")
        if happens(rng, 0.5):
            rate(diary.live, met + minutes(rng, 90, 200), BELONG, pick(rng, STARS))
    if happens(rng, 0.4):
        light(diary.live, opened + days(rng, 0.5, 6), DESK)
    if happens(rng, 0.35) and cheer(diary.live, rng, opened + days(rng, 1, 6), WELCOME):
        give(diary.live, rng, opened + days(rng, 8, 9), WELCOME, "welcome_coffee")
