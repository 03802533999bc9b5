"""One month of the coffee chain in playbooks/coffee.yaml, as the events that its systems would send.

The same arguments give the same events, byte for byte; no clock is read. Each person has a generator of his own, so the
first hundred people live the same lives in a month of a hundred as in a month of a million.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from service.cli.coffee.cast import CAST
from service.cli.coffee.cast import highlights as cast_highlights
from service.cli.coffee.orders import Diary, order
from service.cli.coffee.people import someone
from service.cli.simulation.arrivals import END, SHANGHAI, arriving
from service.cli.simulation.chance import happens, minutes
from service.cli.simulation.diary import Wire
from service.cli.simulation.highlights import Highlight

MONTH = timedelta(days=30)
DEVOTED = frozenset({"office_regular", "connoisseur"})
EARLY = 17  # who comes "early" stays away for so many days before the end
REGULAR = 5  # orders in the month that lift a member a level


def month(people: int = 2_000, seed: int = 7, end: datetime = END) -> Iterator[Wire]:
    """The events of `people` customers in the 30 days up to `end`, in the order in which they arrive.

    They arrive late, out of order and some of them twice, as from real senders. The cast (see `highlights`) is always
    there, even if `people` is smaller.
    """
    return arriving(lived, max(people, len(CAST)), seed, end)


def highlights(end: datetime = END) -> dict[str, Highlight]:
    """Whom to look up in `month(end=end)`, and what is there to see; the same for every seed and number of people."""
    return cast_highlights(end.astimezone(SHANGHAI))


def lived(index: int, rng: Random, end: datetime) -> Diary:
    """One person's month."""
    person, play = CAST.get(index, (None, None))
    person = person or someone(rng, index)
    diary = Diary(index=index, person=person, start=end - MONTH, end=end)
    diary.joined_at = diary.start if person.old_member else None
    if play:
        play(diary)
    else:
        live(diary, rng)
    if not diary.events:  # all he meant to do lies after the end; everybody has been seen once, though
        look(diary, rng, end - timedelta(days=1))
    return diary


def live(diary: Diary, rng: Random) -> None:
    """The month of somebody without a part."""
    person, habit = diary.person, diary.person.habit
    bought = moments(diary, rng, rng.randint(*habit.orders))
    if person.old_member:
        tell_traits(diary, rng, diary.start + minutes(rng, 1, 360))
    elif person.joins and bought:
        join(diary, rng, bought[0] - minutes(rng, 9, 40))
    for at in bought:
        order(diary, rng, at)
        linger(diary, rng, at)
    for at in moments(diary, rng, rng.randint(*habit.looks)):
        look(diary, rng, at)
    if diary.joined_at is not None:
        belong(diary, rng, len(bought))


def moments(diary: Diary, rng: Random, number: int) -> list[datetime]:
    """So many moments at his hours, on different days of his kind, in order."""
    habit = diary.person.habit
    days = [day for back in range(30) if suits(habit.days, back, day := diary.end - timedelta(days=back))]
    chosen = rng.sample(days, min(number, len(days)))
    hours = rng.choices(list(habit.hours), weights=list(habit.hours.values()), k=len(chosen))
    return sorted(
        day.replace(hour=hour, minute=rng.randint(0, 59), second=rng.randint(0, 59), microsecond=0)
        for day, hour in zip(chosen, hours, strict=True)
    )


def suits(days: str, back: int, day: datetime) -> bool:
    """Whether somebody with these days comes so many days before the end."""
    weekend = day.isoweekday() in {6, 7}
    return {"workday": not weekend, "weekend": weekend, "early": back >= EARLY}.get(days, True)


def join(diary: Diary, rng: Random, at: datetime) -> None:
    """A new member: most take the welcome coupon at once, some say what they like."""
    person = diary.person
    diary.joined_at = at
    via = rng.choice(("store_qr", "checkout", "share_card"))
    diary.add("member_joined", at, {"via": via}, touchpoint="member_center", place=person.home)
    tell_traits(diary, rng, at + minutes(rng, 1, 5))
    if happens(rng, 0.75):
        gift: Wire = {"coupon_id": f"W{person.index:08d}", "kind": "welcome", "worth": 6}
        diary.add("coupon_claimed", at + minutes(rng, 0.5, 8), gift, touchpoint="member_center")
    if happens(rng, 0.25):
        taste: Wire = {"sugar": person.sugar, "milk": person.milk}
        diary.add("taste_saved", at + minutes(rng, 1, 9), taste, touchpoint="member_center")


def tell_traits(diary: Diary, rng: Random, at: datetime) -> None:
    """What the CRM knows: it is also where card, phone and WeChat of one person come together."""
    person = diary.person
    traits: Wire = {"city": person.city, "birthday_this_month": person.born_in == diary.end.month}
    traits["birthday"] = f"{person.born_in:02d}-{len(person.city) * 7 % 28 + 1:02d}"
    if person.old_member:
        traits["member_since"] = f"{at.year - rng.randint(1, 5)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    if person.kind == "student":
        traits["student_verified"] = True
    diary.add("trait_set", at, traits, source="crm")


def linger(diary: Diary, rng: Random, at: datetime) -> None:
    """What an order brings with it: a seat at a table, a picture sent to a friend."""
    person = diary.person
    seated = person.kind in {"weekend_visitor", "student", "connoisseur"}
    if diary.is_member(at) and seated and happens(rng, 0.3):
        table: Wire = {"table": f"{rng.choice('ABC')}{rng.randint(1, 20)}"}
        diary.add("store_checked_in", at + minutes(rng, 5, 30), table, touchpoint="store_table", place=person.home)
    if not happens(rng, person.habit.social):
        return
    later, tail = at + minutes(rng, 15, 120), f"{person.index:06d}{diary.orders:02d}"
    diary.add("content_shared", later, {"share_id": f"S{tail}", "content": "新品海报"}, touchpoint="share_card")
    if happens(rng, 0.5):
        diary.add("friend_invited", later + minutes(rng, 1, 5), {"invite_id": f"I{tail}"}, touchpoint="share_card")
        if happens(rng, 0.5):
            joined = later + minutes(rng, 10, 4_000)
            diary.add("friend_joined", joined, {"invite_id": f"I{tail}"}, touchpoint="share_card")


def look(diary: Diary, rng: Random, at: datetime) -> None:
    """A visit without an order."""
    scene = rng.choice(("1001", "1007", "1047", "1089"))  # WeChat: list, shared card, mini-program code, pulled down
    category = rng.choice(("latte", "tea", "bakery"))
    diary.add("page_viewed", at, {"page": "home", "wx_scene": scene}, touchpoint="home")
    if happens(rng, 0.7):
        diary.add("menu_viewed", at + minutes(rng, 0.2, 2), {"category": category}, touchpoint="menu")
    if happens(rng, 0.35):
        thing: Wire = {"item": "桂花拿铁", "category": "latte", "price": 30}
        diary.add("item_viewed", at + minutes(rng, 2, 4), thing, touchpoint="menu")
        if happens(rng, 0.5):
            put: Wire = {"item": "桂花拿铁", "category": "latte", "quantity": 1}
            diary.add("cart_added", at + minutes(rng, 4, 6), put, touchpoint="menu")


def belong(diary: Diary, rng: Random, bought: int) -> None:
    """What members do besides buying; each thing happens to some of them, on some day after they joined."""
    person = diary.person
    if happens(rng, 0.3 if person.kind in DEVOTED else 0.04):
        recharge(diary, rng, some_day(diary, rng))
    if bought >= REGULAR:
        level: Wire = rng.choice(({"level": "gold", "level_no": 2}, {"level": "black_gold", "level_no": 3}))
        diary.add("level_upgraded", some_day(diary, rng), dict(level), source="crm")
    if happens(rng, 0.15):
        befriend(diary, rng, some_day(diary, rng))
    if happens(rng, 0.06):
        swap: Wire = {"points": 300, "item": "免费升杯"}
        diary.add("points_redeemed", some_day(diary, rng), swap, touchpoint="member_center")
    if happens(rng, 0.25 if person.kind == "connoisseur" else 0.0):
        session: Wire = {"session": "产地之夜"}
        diary.add("tasting_attended", some_day(diary, rng), session, source="crm", channel="store", place=person.home)
    for _ in range(rng.choice((0, 0, 0, 1, 2, 3))):
        diary.add(
            "message_opened", some_day(diary, rng), {"campaign": rng.choice(("weekly", "new_item"))}, touchpoint="push"
        )
    if happens(rng, 0.005):
        leaving: Wire = {"reason": "不再需要"}
        diary.add("member_left", diary.end - minutes(rng, 10, 2_000), leaving, touchpoint="member_center")


def some_day(diary: Diary, rng: Random) -> datetime:
    """Any moment since he joined."""
    known = diary.joined_at or diary.start
    return known + (diary.end - known) * rng.random()


def recharge(diary: Diary, rng: Random, at: datetime) -> None:
    """Money on the card, in fen as the payment interface counts; one in thirty takes it back."""
    number, amount = f"R{diary.person.index:08d}", rng.choice((10_000, 20_000, 50_000, 100_000))
    charged: Wire = {"recharge_id": number, "amount": amount, "bonus": amount // 10}
    diary.add("card_recharged", at, charged, touchpoint="member_center")
    if happens(rng, 0.03):
        diary.add("recharge_refunded", at + minutes(rng, 60, 3_000), {"recharge_id": number}, source="crm")


def befriend(diary: Diary, rng: Random, at: datetime) -> None:
    """The shop's WeCom account is added; one in ten removes it again."""
    relation: Wire = {"relation_id": f"wr{diary.person.index:08d}"}
    contact = {"source": "wecom", "channel": "wecom", "staff": f"staff_{rng.randint(1, 6)}"}
    diary.add("wecom_added", at, relation, place=diary.person.home, **contact)
    if happens(rng, 0.1):
        diary.add("wecom_removed", at + minutes(rng, 100, 9_000), dict(relation), source="wecom", channel="wecom")
