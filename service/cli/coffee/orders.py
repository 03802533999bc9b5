"""What happens around a cup: looking, ordering, waiting, picking up, and what goes wrong on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from service.cli.coffee.people import (
    DRINKS,
    MENU,
    STATIONS,
    STORES,
    WITH_MILK,
    Person,
)
from service.cli.simulation import diary
from service.cli.simulation.chance import happens, minutes, pick
from service.cli.simulation.diary import MINI_PROGRAM, Wire

BREAKFAST = range(6, 10)
RUSH = frozenset({8, 12, 13})
SELF_SERVICE = frozenset({"mini_program", "app"})
# How an order ends, of a thousand.
FATES: Mapping[str, int] = {
    "picked_up": 925,
    "forgotten": 25,
    "waited": 15,
    "sold_out": 12,
    "refunded": 15,
    "complained": 8,
}
WORDS: Mapping[int, str] = {
    5: "好喝，出杯也快",
    4: "不错，下次还来",
    3: "一般，等得有点久",
    2: "味道淡了，冰也多",
    1: "等太久，没人理",
}


@dataclass(slots=True, kw_only=True)
class Diary(diary.Diary):
    """One person's month."""

    person: Person
    joined_at: datetime | None = None
    orders: int = 0
    seen: bool = False

    def add(self, kind: str, at: datetime, properties: Wire, *, source: str = MINI_PROGRAM, **context: str) -> None:
        """Write one event down, under the identity that its source knows."""
        if self.covers(at):
            self.write(kind, at, properties, who=self.who(kind, source), source=source, **context)

    def who(self, kind: str, source: str) -> Wire:
        """The identity that the source knows. Links are made where real systems learn of them, and nowhere else."""
        person = self.person
        if kind in {"member_joined", "trait_set"}:
            return {"identities": [person.member, person.openid, person.unionid, person.phone]}
        if kind == "wecom_added":
            return {"identities": [person.wecom, person.unionid]}
        if source == "mini_program":
            if self.seen:
                return {"identity": person.openid}
            self.seen = True
            return {"identities": [person.openid, person.unionid]}
        return {"identity": {"delivery": person.phone, "wecom": person.wecom}.get(source, person.member)}

    def is_member(self, at: datetime) -> bool:
        """Whether the card exists already; without it he can only be known in the mini-program."""
        return self.joined_at is not None and self.joined_at <= at

    def next_order(self, at: datetime) -> str:
        """An order number, the same for the same month whoever else is in it."""
        self.orders += 1
        return f"{at:%y%m%d}{self.person.index:06d}{self.orders:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order on its way: when it is paid, where, what."""

    number: str
    at: datetime
    source: str
    where: Mapping[str, str]
    category: str
    bill: Wire


def place_for(rng: Random, person: Person, scenario: str) -> str:
    """Where the occasion takes him."""
    if scenario == "travel":
        return pick(rng, STATIONS)
    return person.home if happens(rng, 0.8) else pick(rng, STORES[person.city])


def draw_order(diary: Diary, rng: Random, at: datetime) -> Order:
    """What he orders at that hour, on which channel."""
    person, habit = diary.person, diary.person.habit
    channel = pick(rng, habit.channels) if diary.is_member(at) else "mini_program"
    scenario = pick(rng, habit.scenarios)
    where = {"channel": channel, "scenario": scenario, "place": place_for(rng, person, scenario)}
    where["touchpoint"] = "cashier" if channel == "pos" else "checkout"
    category = pick(rng, habit.categories)
    item = rng.choice(MENU[category])
    items = rng.randint(6, 12) if scenario == "meeting" else pick(rng, habit.items)
    bill: Wire = {"amount": item.price * items, "discount": 0, "items": items, "category": category, "drink": item.name}
    bill |= {"new_item": item.new, "gift": scenario == "gift" or happens(rng, 0.01)}
    bill["breakfast"] = at.hour in BREAKFAST and happens(rng, 0.35)
    if category in DRINKS:
        sugar = person.sugar if happens(rng, 0.85) else "less"
        milk = person.milk if category in WITH_MILK else "no_milk"
        bill |= {"iced": happens(rng, person.iced), "sugar": sugar, "milk": milk}
    return Order(number=diary.next_order(at), at=at, source=channel, where=where, category=category, bill=bill)


def order(diary: Diary, rng: Random, at: datetime) -> None:
    """One order from the first look to whatever its end is."""
    made = draw_order(diary, rng, at)
    if made.source in SELF_SERVICE:
        choose(diary, rng, made)
    if happens(rng, diary.person.habit.coupon):
        use_coupon(diary, rng, made)
    if happens(rng, 0.03) and not pay_again(diary, rng, made):
        return
    diary.add("order_paid", at, {"order_id": made.number, **made.bill}, source=made.source, **made.where)
    wait_for(diary, rng, made)


def choose(diary: Diary, rng: Random, made: Order) -> None:
    """The way to the till: those who know what they want take a shorter one."""
    where = {**made.where, "touchpoint": "menu"}
    if happens(rng, 0.45):
        diary.add("menu_viewed", made.at - minutes(rng, 3, 8), {"category": made.category}, source=made.source, **where)
    if happens(rng, 0.4):
        thing: Wire = {"item": made.bill["drink"], "category": made.category, "quantity": made.bill["items"]}
        diary.add("cart_added", made.at - minutes(rng, 1, 3), thing, source=made.source, **where)


def use_coupon(diary: Diary, rng: Random, made: Order) -> None:
    """A coupon claimed some hours before takes a few yuan off, never the whole price."""
    coupon, worth = f"C{made.number}", rng.choice((5, 6, 9.9))
    claimed: Wire = {"coupon_id": coupon, "kind": "weekly", "worth": worth}
    diary.add("coupon_claimed", made.at - minutes(rng, 5, 1_800), claimed, touchpoint="member_center")
    used: Wire = {"coupon_id": coupon, "order_id": made.number, "worth": worth}
    diary.add("coupon_used", made.at, used, source=made.source, **made.where)
    price = made.bill["amount"]
    assert isinstance(price, int)
    made.bill.update(amount=round(price - worth, 2), discount=worth)


def pay_again(diary: Diary, rng: Random, made: Order) -> bool:
    """The payment fails; six of ten try again at once."""
    reason = rng.choice(("余额不足", "银行卡限额", "支付超时"))
    failed: Wire = {"order_id": made.number, "amount": made.bill["amount"], "reason": reason}
    diary.add("payment_failed", made.at - minutes(rng, 0.3, 1), failed, source=made.source, **made.where)
    return happens(rng, 0.6)


def wait_for(diary: Diary, rng: Random, made: Order) -> None:
    """From the payment to the cup, or to what came instead."""
    fate = pick(rng, FATES)
    if fate == "sold_out":
        sell_out(diary, rng, made)
        return
    rush = 9 if made.at.hour in RUSH else 2
    ready = made.at + minutes(rng, 3, 7 + rush) + (minutes(rng, 10, 20) if fate == "waited" else timedelta())
    waited = int((ready - made.at).total_seconds() // 60)
    shop = {**made.where, "touchpoint": "pickup_counter"}
    diary.add("order_ready", ready, {"order_id": made.number, "wait_minutes": waited}, source=made.source, **shop)
    if fate == "forgotten":
        return
    if fate == "complained":
        complain(diary, rng, made, ready + minutes(rng, 20, 45))
        ready += timedelta(minutes=50)
    away = made.source == "delivery"
    taken = ready + (minutes(rng, 20, 45) if away else minutes(rng, 0.5, 9))
    way = "delivery" if away else rng.choice(("counter", "counter", "counter", "table"))
    picked: Wire = {"order_id": made.number, "way": way}
    diary.add("order_picked_up", taken, picked, source=made.source, **{**shop, "staff": f"staff_{rng.randint(1, 6)}"})
    if fate == "refunded":
        refund(diary, made, taken + minutes(rng, 5, 900), "口味不符")
    review(diary, rng, made, taken)


def sell_out(diary: Diary, rng: Random, made: Order) -> None:
    """The beans are gone: the shop cancels, the money comes back a little later."""
    at = made.at + minutes(rng, 1, 6)
    gone: Wire = {"order_id": made.number, "item": made.bill["drink"]}
    diary.add("item_sold_out", at, gone, source=made.source, **made.where)
    cancelled: Wire = {"order_id": made.number, "reason": "缺货"}
    diary.add("order_cancelled", at + minutes(rng, 1, 10), cancelled, source=made.source, **made.where)
    refund(diary, made, at + minutes(rng, 30, 300), "缺货")


def refund(diary: Diary, made: Order, at: datetime, reason: str) -> None:
    """The whole order is paid back."""
    paid_back: Wire = {"order_id": made.number, "amount": made.bill["amount"], "reason": reason}
    diary.add("order_refunded", at, paid_back, source=made.source, **made.where)


def complain(diary: Diary, rng: Random, made: Order, at: datetime) -> None:
    """He calls; the ticket is closed some hours later."""
    ticket, hours = f"T{made.number}", round(rng.uniform(1, 30), 1)
    source, channel = ("call_center", "phone") if diary.is_member(at) else ("mini_program", "mini_program")
    filed: Wire = {"ticket_id": ticket, "order_id": made.number, "kind": "waiting"}
    place = made.where["place"]
    diary.add("complaint_filed", at, filed, source=source, channel=channel, touchpoint="customer_service", place=place)
    solved: Wire = {"ticket_id": ticket, "hours": hours}
    diary.add("complaint_resolved", at + timedelta(hours=hours), solved, source=source, channel=channel, place=place)


def review(diary: Diary, rng: Random, made: Order, taken: datetime) -> None:
    """One in eight says how it was; those who waited long say it in fewer stars."""
    if not happens(rng, 0.125):
        return
    stars = pick(rng, diary.person.habit.stars)
    said: Wire = {"order_id": made.number, "rating": stars}
    if happens(rng, 0.5):
        said["text"] = WORDS[stars]
    at = taken + minutes(rng, 8, 600)
    diary.add("feedback_given", at, said, touchpoint="order_page", place=made.where["place"])
