"""Eight clients who are in every year, whatever the seed: those that printed commands and tutorials speak of."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from service.cli.simulation.arrivals import END
from service.cli.simulation.diary import MINI_PROGRAM, Wire, morning
from service.cli.simulation.gestures import light, rate
from service.cli.simulation.highlights import Highlight, Sight, highlight
from service.cli.tailoring.clients import CLOTHS, Client
from service.cli.tailoring.making import Commission, fitting, open_it, pay
from service.cli.tailoring.meeting import know
from service.cli.tailoring.notes import BOOK, WORKSHOP, Diary, tapped_by


def actor(index: int, kind: str, house: str, *, known: bool = True, cloth: int = 0, born: str = "05-20") -> Client:
    """A client with a part: only what the plot needs differs."""
    return Client(index=index, kind=kind, house=house, known=known, cloth=cloth, born=born)


SHEN = actor(1, "family", "sh_house", cloth=3)
GU = actor(2, "groom", "hz_house", known=False)
LU = actor(3, "connoisseur", "bj_house", cloth=6)
HE = actor(4, "quiet", "sh_lujiazui")
FANG = actor(5, "starter", "sz_house", known=False)
BAI = actor(6, "executive", "sh_house")
XU = actor(7, "executive", "bj_guomao")
SU = actor(8, "family", "cd_house")


def piece(diary: Diary, kind: str, price: int, scenario: str) -> Commission:
    """One commission of the plot."""
    return Commission(number=diary.next_number("K"), kind=kind, price=price, scenario=scenario)


def up_to_cut(diary: Diary, back: int, made: Commission, *, needed_in_days: int = 75) -> None:
    """Opened so many days before the end, paid, cloth chosen, pattern cut: all in time."""
    end, cloth = diary.end, CLOTHS[diary.client.cloth]
    open_it(diary, morning(end, back, 15), made, needed_in_days)
    pay(diary, morning(end, back, 16), made, "deposit")
    chosen: Wire = {**made.ref, "cloth": cloth.name, "mill": cloth.mill, "family": cloth.family}
    chosen |= {"weight": cloth.weight, "price_per_metre": cloth.price * 100}
    diary.note("cloth_chosen", morning(end, back - 3, 11), chosen, scenario=made.scenario)
    diary.note("pattern_cut", morning(end, back - 9, 10), {**made.ref, "cutter": "顾师傅"}, source=WORKSHOP)


def hand_over(diary: Diary, back: int, made: Commission, *, at_home: bool) -> None:
    """Content, approved, paid and delivered so many days before the end; and asked how it wears."""
    end = diary.end
    fitting(diary, morning(end, back + 7, 15), made, 1, content=True, at_home=at_home)
    diary.note("approved", morning(end, back + 7, 16), dict(made.ref))
    pay(diary, morning(end, back, 14), made, "balance")
    box: Wire = {**made.ref, "at_home": at_home, "days": 45}
    channel = "visit" if at_home else "store"
    diary.note("delivered", morning(end, back, 15), box, channel=channel, scenario=made.scenario)
    worn: Wire = {**made.ref, "comfort": 5}
    diary.note("wear_call_made", morning(end, back - 24, 11), worn, source="wecom", channel="phone")


def cared(diary: Diary, back: int, number: str) -> None:
    """Pressed by hand, collected and brought back in time."""
    ref: Wire = {"care_id": number}
    diary.note("care_booked", morning(diary.end, back, 9), {**ref, "kind": "press"}, source=MINI_PROGRAM)
    diary.note("garment_collected", morning(diary.end, back - 1, 10), {**ref, "at_home": True}, channel="visit")
    diary.note("care_done", morning(diary.end, back - 3, 17), {**ref, "hours": 55}, source=WORKSHOP)
    diary.note("garment_returned", morning(diary.end, back - 4, 11), {**ref, "on_time": True}, channel="visit")


def consultation(diary: Diary, back: int, wish: str) -> None:
    """Booked, and held four days later."""
    booked: Wire = {"booking_id": diary.next_number("A"), "wish": wish}
    diary.note("consultation_booked", morning(diary.end, back + 4, 20), booked, source=MINI_PROGRAM)
    done: Wire = {"booking_id": booked["booking_id"], "minutes": 70, "language": "zh"}
    diary.note("consultation_done", morning(diary.end, back, 15), done, staff="host_1")


def measured(diary: Diary, back: int, *, at_home: bool) -> None:
    """Thirty-two points."""
    points: Wire = {"booking_id": diary.next_number("A"), "at_home": at_home, "points": 32}
    diary.note("measured", morning(diary.end, back, 14), points, channel="visit" if at_home else "store")


def play_shen(diary: Diary) -> None:
    """Third generation, guest of the house: the dinner jacket was tried on twice, and its shoulder is not right."""
    know(diary, diary.start + timedelta(hours=3), "2009-03-18", family_client=True)
    diary.note("tag_set", morning(diary.end, 300, 10), {"tag": "house_guest"}, source=BOOK)
    diary.note("tag_set", morning(diary.end, 299, 10), {"tag": "tailor_of_record", "value": "gu"}, source=WORKSHOP)
    first = piece(diary, "suit", 48_000, "business")
    up_to_cut(diary, 260, first)
    hand_over(diary, 225, first, at_home=True)
    cared(diary, 130, "H00000190")
    made = piece(diary, "suit", 52_000, "banquet")
    up_to_cut(diary, 40, made)
    fitting(diary, morning(diary.end, 16, 19), made, 1, content=False, at_home=True)
    diary.note("adjusted", morning(diary.end, 10, 17), {**made.ref, "hours": 6}, source=WORKSHOP)
    fitting(diary, morning(diary.end, 3, 19), made, 2, content=False, at_home=True)
    filed: Wire = {"complaint_id": diary.next_number("C"), **made.ref, "kind": "fit"}
    diary.note("complaint_filed", morning(diary.end, 2, 10), filed, source="call_center", channel="phone")


def play_gu(diary: Diary) -> None:
    """Marries in a few days; since the fitting, three weeks ago, nothing has happened to the suit."""
    consultation(diary, 60, "wedding")
    measured(diary, 56, at_home=False)
    day = {"wedding_day": f"{diary.end + timedelta(days=9):%Y-%m-%d}"}
    know(diary, morning(diary.end, 55, 9), **day)
    made = piece(diary, "wedding", 36_000, "wedding")
    up_to_cut(diary, 52, made, needed_in_days=30)
    fitting(diary, morning(diary.end, 24, 15), made, 1, content=False)


def play_lu(diary: Diary) -> None:
    """Knows every mill; the silk that he waited for is out of stock."""
    know(diary, diary.start + timedelta(hours=5), "2018-11-02")
    for back in (80, 50, 31):
        wanted: Wire = {"swatch_id": diary.next_number("W"), "family": "silk"}
        diary.note("swatch_requested", morning(diary.end, back, 21), wanted, source=MINI_PROGRAM)
        got: Wire = {"swatch_id": wanted["swatch_id"]}
        diary.note("swatch_received", morning(diary.end, back - 4, 12), got, channel="post")
    for back in (150, 70):
        diary.note("trunk_show_attended", morning(diary.end, back, 19), {"session": "织厂来访"}, touchpoint="salon")
    first = piece(diary, "coat", 58_000, "season")
    up_to_cut(diary, 200, first)
    hand_over(diary, 165, first, at_home=False)
    cared(diary, 60, "H00000390")
    made = piece(diary, "suit", 46_000, "daily")
    open_it(diary, morning(diary.end, 12, 15), made)
    pay(diary, morning(diary.end, 12, 16), made, "deposit")
    diary.note("cloth_out_of_stock", morning(diary.end, 6, 11), {**made.ref, "cloth": "丝羊毛"}, source=WORKSHOP)


def play_he(diary: Diary) -> None:
    """Never comes to the house, always in the evening; the coat of the spring was never cared for."""
    know(diary, diary.start + timedelta(hours=7), "2020-09-12")
    measured(diary, 345, at_home=True)
    made = piece(diary, "coat", 42_000, "daily")
    up_to_cut(diary, 165, made)
    hand_over(diary, 130, made, at_home=True)


def play_fang(diary: Diary) -> None:
    """Had tea, liked it, and has been thinking about it for five weeks."""
    for back in (44, 41, 12, 4):
        seen: Wire = {"cloth": "海军蓝精纺", "mill": "northmill", "family": "worsted"}
        diary.note("cloth_viewed", morning(diary.end, back, 22), seen, source=MINI_PROGRAM)
    consultation(diary, 36, "suit")


def play_bai(diary: Diary) -> None:
    """A suit was scorched in the care of the house, and is not back yet."""
    know(diary, diary.start + timedelta(hours=9), "2019-06-01")
    made = piece(diary, "suit", 28_000, "business")
    up_to_cut(diary, 240, made)
    hand_over(diary, 205, made, at_home=False)
    ref: Wire = {"care_id": CARE_OF_BAI}
    diary.note("care_booked", morning(diary.end, 6, 9), {**ref, "kind": "press"}, source=MINI_PROGRAM)
    diary.note("garment_collected", morning(diary.end, 5, 10), {**ref, "at_home": True}, channel="visit")
    diary.note("garment_damaged", morning(diary.end, 3, 16), dict(ref), source=WORKSHOP)


def play_xu(diary: Diary) -> None:
    """Three suits in the spring, and since then nothing."""
    know(diary, diary.start + timedelta(hours=2), "2016-04-08")
    for back in (340, 310, 280):
        made = piece(diary, "suit", 38_000, "business")
        up_to_cut(diary, back, made)
        hand_over(diary, back - 35, made, at_home=False)
    cared(diary, 200, "H00000790")


def play_su(diary: Diary) -> None:
    """As it should be: content at once, well cared for, and two friends came on her word."""
    know(diary, diary.start + timedelta(hours=4), f"{diary.end.year - 8}-{diary.end:%m-%d}", family_client=True)
    made = piece(diary, "coat", 45_000, "season")
    up_to_cut(diary, 95, made)
    hand_over(diary, 60, made, at_home=True)
    rate(tapped_by(diary), morning(diary.end, 58, 20), made.moment("deliver"), 5, "第一次穿就舒服")
    for benefit, back in (("first_year_press", 60), ("inner_monogram", 60)):
        promised: Wire = {"benefit": benefit, "journey": "commission", "stage": "deliver"}
        diary.note("benefit_granted", morning(diary.end, back, 17), promised, source=BOOK)
    light(tapped_by(diary), morning(diary.end, 50, 21), made.moment("reveal"))
    for back, well_wisher in ((49, GU), (48, LU), (47, XU)):
        light(tapped_by(diary), morning(diary.end, back, 12), made.moment("blessing"), f"{well_wisher.index:016x}")
    for back in (40, 22):
        friend: Wire = {"invite_id": diary.next_number("I")}
        diary.note("friend_introduced", morning(diary.end, back, 12), friend, source="wecom", channel="wecom")
        diary.note("friend_came", morning(diary.end, back - 8, 15), dict(friend))


CARE_OF_BAI = "H00000690"
CAST: Mapping[int, tuple[Client, Callable[[Diary], None]]] = {
    one.index: (one, play)
    for one, play in (
        (SHEN, play_shen), (GU, play_gu), (LU, play_lu), (HE, play_he), (FANG, play_fang), (BAI, play_bai),
        (XU, play_xu), (SU, play_su),
    )
}  # fmt: skip


def highlights(_end: datetime = END) -> dict[str, Highlight]:
    """Whom to look up, and what is there to see; the same for every seed, number and end."""
    broken = ("breakpoint", "commission")
    rows = (
        ("must_care", SHEN, "沈砚之", "三代老客，礼服试了两轮肩还不对，已投诉：主理人亲自关怀", "tag", "must_care"),
        ("second_fitting", SHEN, "沈砚之", "不满在试衣", *broken, "dissatisfied"),
        ("heritage", SHEN, "沈砚之", "相处方式：世家", "persona", "manner", "heritage"),
        ("hurry", GU, "顾清和", "九天后婚礼，试衣之后三周没有动静", *broken, "stalled"),
        ("wedding", GU, "顾清和", "为婚礼而做", "tag", "wedding_client"),
        ("no_cloth", LU, "陆思远", "等的丝羊毛断货", *broken, "failed"),
        ("connoisseur", LU, "陆思远", "相处方式：讲究", "persona", "manner", "connoisseur"),
        ("care_due", HE, "何以宁", "从不到店，大衣交付后一直没护理", "tag", "care_due"),
        ("undecided", FANG, "方远", "喝过茶，想了五周：卡在量体", "breakpoint", "acquaintance", "stalled"),
        ("damaged", BAI, "白露", "熨烫时烫坏了，还没送回", "breakpoint", "care", "failed", CARE_OF_BAI),
        ("drifting", XU, "许知行", "春天做了三套，之后没有再来", "tag", "drifting"),
        ("lit_by_friends", SU, "苏曼", "自己点亮“亮相”，三位亲友写了寄语", "journey", "commission", "wear"),
        ("introducer", SU, "苏曼", "一次就合身，带来两位朋友", "tag", "introducer"),
    )
    return {key: highlight(one.member, name, text, *what) for key, one, name, text, *what in rows}


SIGHTS = (
    Sight(title="一位世家客人：标签、依据和两套分层 · a client of three generations", identity=SHEN.member),
    Sight(title="九天后的婚礼，卡住的礼服 · a wedding in nine days, a suit that is stuck", identity=GU.member),
    Sight(title="一次护理事故 · an accident in the care of the house", identity=BAI.member),
    Sight(title="一位带来朋友的客人：点亮、寄语、权益 · lit by herself and by friends; benefits", identity=SU.member),
    Sight(
        title="现在为沈先生做什么，为什么 · what to do for Mr Shen now, and why", identity=SHEN.member,
        offer={"scenario": "banquet", "channel": "wecom", "place": "sh_house", "limit": 3},
    ),
    Sight(
        title="现在为新郎做什么，为什么 · what to do for the bridegroom now, and why", identity=GU.member,
        offer={"scenario": "wedding", "channel": "wecom", "limit": 3},
    ),
)  # fmt: skip
