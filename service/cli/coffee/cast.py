"""Five people who are in every month, whatever the seed: the ones that tutorials and printed commands speak of."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from service.cli.coffee.orders import Diary
from service.cli.coffee.people import HABITS, Person
from service.cli.simulation.diary import Wire, morning
from service.cli.simulation.highlights import Highlight, Sight, highlight


def actor(index: int, kind: str, city: str, home: str, *, old: bool = True) -> Person:
    """A person with a part: only what the plot needs differs."""
    return Person(
        index=index, habit=HABITS[kind], kind=kind, city=city, home=home, iced=0.5, sugar="less", milk="whole",
        old_member=old, joins=not old, born_in=5,
    )  # fmt: skip


LIN = actor(1, "office_regular", "上海", "sh_lujiazui")
CHEN = actor(2, "one_time_visitor", "上海", "sh_hongqiao", old=False)
ZHOU = actor(3, "connoisseur", "上海", "sh_xintiandi")
HE = actor(4, "office_regular", "北京", "bj_guomao")
SUN = actor(5, "lapsing_member", "杭州", "hz_binjiang")
STUCK = "3 小时前付款，做好了没人取：卡在取餐"
WAIT = timedelta(hours=3)  # how long before the end of the month Chen pays


def cup(
    diary: Diary, at: datetime, drink: Wire, *, waited: int = 6, taken: bool = True, scenario: str = "office"
) -> str:
    """One order in the mini-program without surprises; answers its number."""
    number = diary.next_order(at)
    where = {"scenario": scenario, "place": diary.person.home}
    bill: Wire = {"discount": 0, "items": 1, "new_item": False, "gift": False, "breakfast": False, "milk": "whole"}
    diary.add("order_paid", at, {"order_id": number, **bill, **drink}, touchpoint="checkout", **where)
    ready = at + timedelta(minutes=waited)
    made: Wire = {"order_id": number, "wait_minutes": waited}
    diary.add("order_ready", ready, made, touchpoint="pickup_counter", **where)
    if taken:
        gone: Wire = {"order_id": number, "way": "counter"}
        diary.add("order_picked_up", ready + timedelta(minutes=2), gone, touchpoint="pickup_counter", **where)
    return number


def known(diary: Diary, *, since: str) -> None:
    """What the CRM already knows of an old member."""
    traits: Wire = {"city": diary.person.city, "member_since": since, "birthday": "05-20"}
    traits["birthday_this_month"] = False
    diary.add("trait_set", diary.start + timedelta(minutes=5), traits, source="crm")


LATTE: Wire = {"amount": 25, "category": "latte", "drink": "拿铁", "iced": False, "sugar": "no_sugar"}
GEISHA: Wire = {
    "amount": 176, "items": 2, "category": "hand_brew", "drink": "瑰夏手冲",
    "iced": False, "sugar": "no_sugar", "milk": "no_milk",
}  # fmt: skip


def play_lin(diary: Diary) -> None:
    """A latte on each of the last twelve mornings: frequent buyer, habit formed, office regular."""
    known(diary, since="2023-03-06")
    diary.add("menu_viewed", morning(diary.end, 12, 8, 20), {"category": "latte"}, touchpoint="menu")
    for days in range(12, 0, -1):
        cup(diary, morning(diary.end, days, 8, 30 + days), LATTE)


def play_chen(diary: Diary) -> None:
    """Joined today, the card failed once, then he paid; the cup is ready and nobody comes."""
    paid = diary.end - WAIT
    diary.joined_at = paid - timedelta(minutes=25)
    scan: Wire = {"page": "home", "wx_scene": "1047"}
    diary.add("page_viewed", paid - timedelta(minutes=30), scan, touchpoint="home", place=diary.person.home)
    diary.add("member_joined", diary.joined_at, {"via": "store_qr"}, touchpoint="member_center")
    gift: Wire = {"coupon_id": "W00000002", "kind": "welcome", "worth": 6}
    diary.add("coupon_claimed", paid - timedelta(minutes=24), gift, touchpoint="member_center")
    diary.add("menu_viewed", paid - timedelta(minutes=10), {"category": "latte"}, touchpoint="menu")
    thing: Wire = {"item": "桂花拿铁", "category": "latte", "quantity": 1}
    diary.add("cart_added", paid - timedelta(minutes=5), thing, touchpoint="menu")
    failed: Wire = {"order_id": order_of_chen(diary.end), "amount": 30, "reason": "支付超时"}
    diary.add("payment_failed", paid - timedelta(minutes=2), failed, touchpoint="checkout")
    drink: Wire = {**LATTE, "amount": 30, "drink": "桂花拿铁", "new_item": True}
    cup(diary, paid, drink, waited=10, taken=False, scenario="travel")


def order_of_chen(end: datetime) -> str:
    """The number that his only order will get."""
    return Diary(index=CHEN.index, person=CHEN, start=end, end=end).next_order(end - WAIT)


def play_zhou(diary: Diary) -> None:
    """Hand brew for two every third day at the flagship, the card charged with a thousand: high-end without doubt."""
    known(diary, since="2021-11-11")
    diary.add("menu_viewed", morning(diary.end, 27, 14, 50), {"category": "hand_brew"}, touchpoint="menu")
    diary.add("level_upgraded", morning(diary.end, 20, 12), {"level": "black_gold", "level_no": 3}, source="crm")
    charged: Wire = {"recharge_id": "R00000003", "amount": 100_000, "bonus": 10_000}
    diary.add("card_recharged", morning(diary.end, 25, 15), charged, touchpoint="member_center")
    diary.add("wecom_added", morning(diary.end, 24, 16), {"relation_id": "wr00000003"}, source="wecom", channel="wecom")
    for days in range(27, 0, -3):
        number = cup(diary, morning(diary.end, days, 15, days), GEISHA, scenario="leisure")
        praise: Wire = {"order_id": number, "rating": 5, "text": "瑰夏的花香很清楚"}
        diary.add("feedback_given", morning(diary.end, days, 17), praise, touchpoint="order_page")


def play_he(diary: Diary) -> None:
    """A good regular until yesterday: half an hour for one latte, one star and a call to the hotline."""
    known(diary, since="2022-06-18")
    diary.add("menu_viewed", morning(diary.end, 9, 9), {"category": "latte"}, touchpoint="menu")
    for days in range(9, 1, -1):
        cup(diary, morning(diary.end, days, 9, 10), LATTE)
    late = morning(diary.end, 1, 9, 10)
    number = cup(diary, late, LATTE, waited=28)
    said: Wire = {"order_id": number, "rating": 1, "text": "等了半个小时，会都开始了"}
    diary.add("feedback_given", late + timedelta(minutes=40), said, touchpoint="order_page")
    filed: Wire = {"ticket_id": "T00000004", "order_id": number, "kind": "waiting"}
    hotline = {"source": "call_center", "channel": "phone", "touchpoint": "customer_service"}
    diary.add("complaint_filed", late + timedelta(minutes=50), filed, place=diary.person.home, **hotline)


def play_sun(diary: Diary) -> None:
    """Came three times in the first week of the month; after the cold cup never again."""
    known(diary, since="2024-02-29")
    for days in (28, 26):
        cup(diary, morning(diary.end, days, 13, 20), LATTE)
    number = cup(diary, morning(diary.end, 24, 13, 20), LATTE)
    cold: Wire = {"order_id": number, "rating": 2, "text": "拿到手已经凉了"}
    diary.add("feedback_given", morning(diary.end, 24, 15), cold, touchpoint="order_page")


CAST: Mapping[int, tuple[Person, Callable[[Diary], None]]] = {
    person.index: (person, play)
    for person, play in ((LIN, play_lin), (CHEN, play_chen), (ZHOU, play_zhou), (HE, play_he), (SUN, play_sun))
}


def highlights(end: datetime) -> dict[str, Highlight]:
    """Whom to look up in a month that ends at `end`, and what is there to see."""
    rows = (
        ("frequent_buyer", LIN, "林晓", "连续 12 天早上一杯拿铁：高频消费、习惯养成", "tag", "frequent_buyer"),
        ("open_breakpoint", CHEN, "陈一鸣", STUCK, "journey", "order_to_pickup", "pickup", order_of_chen(end)),
        ("high_end", ZHOU, "周慕白", "每三天两杯瑰夏手冲：高端用户", "persona", "tier", "high_end"),
        ("unhappy", HE, "何静", "昨天等了 28 分钟，打一星并投诉：重点关怀", "tag", "must_care"),
        ("lapsing", SUN, "孙晨", "拿到一杯凉咖啡，二十多天没有再来：流失预警", "tag", "lapsing"),
    )
    return {key: highlight(person.member, name, text, *what) for key, person, name, text, *what in rows}


SIGHTS = (
    Sight(title="一个标签和它的依据 · a tag with its evidence", identity=LIN.member),
    Sight(title="一段有断点的旅程 · a journey with a breakpoint", identity=CHEN.member),
    Sight(
        title="一个推荐和它的理由 · a recommendation with its reasons", identity=ZHOU.member,
        offer={"scenario": "office", "channel": "mini_program", "limit": 3},
    ),
)  # fmt: skip
