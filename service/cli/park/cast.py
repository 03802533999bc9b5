"""Companies and people who are in every half year, whatever the seed: those that printed commands speak of."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from service.cli.park.leasing import LEASING, know, offer, quote, remind, talk
from service.cli.park.notes import BOSS, ENGINEER, MONEY, OFFICE, Diary
from service.cli.park.residents import CORP_ID, Resident
from service.cli.simulation.arrivals import END
from service.cli.simulation.diary import Wire, morning
from service.cli.simulation.gestures import Moment, light, rate
from service.cli.simulation.highlights import Highlight, Sight, highlight

LANTU = Resident(index=1, kind="anchor", site="sh_zj_lab", area=3_600, industry="biotech")
QIHENG = Resident(index=2, kind="grown", site="hz_bj_a", area=900, industry="software")
MUYAN = Resident(index=3, kind="small", site="hz_bj_yard", area=420, industry="media")
XINYU = Resident(index=4, kind="asking", site="sh_zj_tower", area=700, industry="chip")
HEFENG = Resident(index=5, kind="arriving", site="sh_hq_tower", area=260, industry="trade")
YUANSHAN = Resident(index=6, kind="grown", site="sz_gn_north", area=1_500, industry="chip")
CHENG = Resident(index=7, kind="newcomer", site="hz_bj_a")
LU = Resident(index=8, kind="desk", site="sh_zj_tower")
NING = Resident(index=9, kind="newcomer", site="sh_zj_tower")

TICKET_OF_LANTU = "T000001900"  # the repair that waits


def months(diary: Diary, *, late: tuple[int, ...] = ()) -> None:
    """Six months of rent; `late`: how many days, from the oldest month on, 0 for in time."""
    for place in range(6):
        issued = morning(diary.end, 175 - place * 30, 9)
        bill: Wire = {"bill_id": diary.next_number("B"), "kind": "rent", "amount": diary.resident.rent}
        diary.note("bill_issued", issued, bill, source="finance")
        behind = late[place] if place < len(late) else 0
        if behind:
            diary.note("bill_overdue", issued + timedelta(days=8), dict(bill), source="finance")
        paid = issued + timedelta(days=7 + behind if behind else 3, hours=2)
        diary.note("bill_paid", paid, {**bill, "days_late": behind}, by=MONEY, source="finance", channel="bank")


def tenant(diary: Diary, moved: datetime) -> None:
    """What is known of a tenant of some years."""
    know(diary, diary.start + timedelta(hours=1), moved)


def play_lantu(diary: Diary) -> None:
    """The largest tenant: the air of its laboratory fails, a part is missing, and its engineer has complained."""
    tenant(diary, diary.end - timedelta(days=3 * 365 - 4))
    months(diary)
    asked: Wire = {"request_id": diary.next_number("S"), "kind": "policy"}
    diary.note("enterprise_service_requested", morning(diary.end, 60, 10), dict(asked), by=BOSS, source="service_desk")
    diary.note("enterprise_service_done", morning(diary.end, 30, 16), {**asked, "won": 120_000}, source="service_desk")
    ticket: Wire = {"ticket_id": TICKET_OF_LANTU}
    broken, fixer = morning(diary.end, 4, 9, 12), {"source": "property", "staff": "fixer_3"}
    said: Wire = {**ticket, "kind": "hvac", "urgent": True}
    diary.note("repair_requested", broken, said, by=ENGINEER, source="mini_program", touchpoint="mini_program")
    diary.note("repair_dispatched", broken + timedelta(minutes=9), dict(ticket), **fixer)
    diary.note("repair_arrived", broken + timedelta(minutes=58), dict(ticket), touchpoint="unit", **fixer)
    diary.note("repair_parts_missing", broken + timedelta(minutes=95), {**ticket, "part": "变频压缩机"}, **fixer)
    spare: Wire = {"benefit": "spare_first", "journey": "repair", "stage": "fix"}
    diary.note("benefit_granted", broken + timedelta(hours=3), spare, source="property")
    filed: Wire = {"complaint_id": "C000001900", **ticket, "kind": "repair"}
    diary.note("complaint_filed", morning(diary.end, 1, 15), filed, by=ENGINEER, source="call_center", channel="phone")


def play_qiheng(diary: Diary) -> None:
    """Hires, meets, and wants more space: the second round about its renewal has an offer on the table."""
    tenant(diary, diary.end - timedelta(days=700))
    months(diary)
    hire: Wire = {"request_id": diary.next_number("S"), "kind": "hiring"}
    diary.note("enterprise_service_requested", morning(diary.end, 20, 11), hire, by=OFFICE, source="service_desk")
    for back in (18, 12, 9, 6, 3):
        room: Wire = {"booking_id": diary.next_number("M"), "seats": 16, "hours": 2, "amount": 256}
        diary.note("room_booked", morning(diary.end, back, 10), room, by=OFFICE, source="mini_program", place="hz_bj_b")
    remind(diary, morning(diary.end, 40, 9))
    talk(diary, morning(diary.end, 30, 14), "extend")
    offer(diary, morning(diary.end, 25, 11))
    talk(diary, morning(diary.end, 15, 14), "expand")
    offer(diary, morning(diary.end, 10, 11), 1.6)
    friend: Wire = {"relation_id": "wr00000020"}
    names: Wire = {"identities": [f"external_userid@{CORP_ID}:wmQiheng", QIHENG.contact(OFFICE)]}
    added = morning(diary.end, 28, 16)
    diary.write("wecom_added", added, friend, who=names, source="wecom", channel="wecom")
    read: Wire = {"campaign": "续租说明"}
    diary.write("message_opened", morning(diary.end, 10, 20), read, who={"identity": QIHENG.contact(OFFICE)})


def play_muyan(diary: Diary) -> None:
    """Pays late and thinks of leaving: the talk about its renewal went badly, and nobody has come since."""
    tenant(diary, diary.end - timedelta(days=1_000))
    months(diary, late=(0, 9, 0, 12, 18))
    remind(diary, morning(diary.end, 35, 9))
    talk(diary, morning(diary.end, 24, 15), "leave")
    rating: Wire = {"rating": 2, "text": "涨租没有提前说清楚", "contract_id": MUYAN.contract}
    diary.note("feedback_given", morning(diary.end, 24, 18), rating, by=BOSS, source="mini_program")


def play_xinyu(diary: Diary) -> None:
    """Missed a viewing, looked twice, has its second quote, and has said nothing for more than a month."""
    asked: Wire = {"enquiry_id": "Q000004001", "need_area": 700, "industry": "chip", "via": "agent"}
    diary.note("enquiry_made", morning(diary.end, 62, 10), asked, by=BOSS, source=LEASING, touchpoint="leasing_office")
    first: Wire = {"viewing_id": "V000004001"}
    diary.note("viewing_booked", morning(diary.end, 61, 9), {**first, "unit": "1203"}, by=OFFICE, source=LEASING)
    diary.note("viewing_missed", morning(diary.end, 59, 15), dict(first), source=LEASING)
    for back, unit in ((56, "1203"), (47, "1801")):
        seen: Wire = {"viewing_id": f"V0000040{back}", "unit": unit, "area": 700}
        diary.note("viewing_done", morning(diary.end, back, 14), seen, by=BOSS, source=LEASING, touchpoint="unit")
        quote(diary, morning(diary.end, back - 3 if back == 56 else 35, 11))  # noqa: PLR2004 - the first of the two


def play_hefeng(diary: Diary) -> None:
    """Signed quickly; the unit was not as promised, and the keys wait."""
    asked: Wire = {"enquiry_id": "Q000005001", "need_area": 260, "industry": "trade", "via": "referral"}
    diary.note("enquiry_made", morning(diary.end, 32, 10), asked, by=BOSS, source=LEASING)
    seen: Wire = {"viewing_id": "V000005001", "unit": "0506", "area": 260}
    diary.note("viewing_done", morning(diary.end, 28, 14), seen, by=BOSS, source=LEASING, touchpoint="unit")
    quote(diary, morning(diary.end, 27, 11))
    signed = morning(diary.end, 16, 15)
    diary.note(
        "contract_signed", signed,
        {"contract_id": HEFENG.contract, "area": 260, "monthly_rent": HEFENG.rent, "months": 12},
        by=BOSS, source=LEASING, touchpoint="leasing_office",
    )  # fmt: skip
    know(diary, signed + timedelta(hours=2))
    failed: Wire = {"contract_id": HEFENG.contract, "reason": "窗户漏水"}
    diary.note("handover_failed", morning(diary.end, 2, 10), failed, by=OFFICE, source="property", touchpoint="unit")


def play_yuanshan(diary: Diary) -> None:
    """The lift of its workshop was repaired, broke again and is being repaired once more: a second lap."""
    tenant(diary, diary.end - timedelta(days=1_500))
    months(diary)
    ticket: Wire = {"ticket_id": "T000006900"}
    first, again = morning(diary.end, 3, 8), morning(diary.end, 1, 9)
    worker = {"source": "property", "staff": "fixer_9"}
    said: Wire = {**ticket, "kind": "lift", "urgent": True}
    diary.note("repair_requested", first, said, by=ENGINEER, source="mini_program", touchpoint="mini_program")
    for sent in (first, again):
        diary.note("repair_dispatched", sent + timedelta(minutes=15), dict(ticket), **worker)
        diary.note("repair_arrived", sent + timedelta(minutes=70), dict(ticket), touchpoint="unit", **worker)
    done: Wire = {**ticket, "hours": 3.5, "again": False}
    diary.note("repair_done", first + timedelta(hours=3, minutes=30), done, touchpoint="unit", **worker)


def play_cheng(diary: Diary) -> None:
    """Came five days ago; the gate still does not open for her."""
    diary.live("member_joined", morning(diary.end, 5, 9), {"via": "hr_invite"}, touchpoint="lobby")


def play_lu(diary: Diary) -> None:
    """Before half past eight on every working day, lunch in the canteen."""
    diary.live("member_joined", morning(diary.end, 120, 9), {"via": "lobby_qr"}, touchpoint="lobby")
    diary.live("access_granted", morning(diary.end, 120, 10), {"gates": 3}, source="property")
    for back in range(20, 0, -1):
        day = morning(diary.end, back, 8, 5 + back)
        if day.isoweekday() <= 5:  # noqa: PLR2004 - Friday
            diary.live("gate_passed", day, {"gate": "A 闸"}, source="gate", touchpoint="lobby")
            meal: Wire = {"order_id": diary.next_number("F"), "amount": 22, "meal": "lunch"}
            diary.live("canteen_paid", day.replace(hour=12), meal, touchpoint="canteen", scenario="dining")


def play_ning(diary: Diary) -> None:
    """Twelve days here: through the gate at once, her desk shown, and three colleagues have said hello."""
    joined, say = morning(diary.end, 12, 9), diary.live
    say("member_joined", joined, {"via": "hr_invite"}, touchpoint="lobby")
    say("access_granted", joined + timedelta(minutes=25), {"gates": 2}, source="property", touchpoint="lobby")
    rate(say, joined + timedelta(minutes=40), Moment(journey="first_week", stage="access"), 5, "名字都叫得出来")
    half: Wire = {"benefit": "first_meal_half", "journey": "first_week", "stage": "canteen"}
    say("benefit_granted", joined + timedelta(hours=1), dict(half))
    meal: Wire = {"order_id": diary.next_number("F"), "amount": 11, "meal": "lunch"}
    say("canteen_paid", joined + timedelta(hours=3), meal, touchpoint="canteen", scenario="dining", channel="canteen")
    say("benefit_used", joined + timedelta(hours=3, minutes=1), dict(half))
    light(say, morning(diary.end, 10, 18), Moment(journey="first_week", stage="desk"))
    for back, friend in ((9, CHENG), (8, LU), (7, XINYU)):
        hello = Moment(journey="first_week", stage="welcome")
        light(say, morning(diary.end, back, 15), hello, f"{friend.index:016x}")
    coffee: Wire = {"benefit": "welcome_coffee", "journey": "first_week", "stage": "welcome"}
    say("benefit_granted", morning(diary.end, 6, 10), coffee)


CAST: Mapping[int, tuple[Resident, Callable[[Diary], None]]] = {
    one.index: (one, play)
    for one, play in (
        (LANTU, play_lantu), (QIHENG, play_qiheng), (MUYAN, play_muyan), (XINYU, play_xinyu), (HEFENG, play_hefeng),
        (YUANSHAN, play_yuanshan), (CHENG, play_cheng), (LU, play_lu), (NING, play_ning),
    )
}  # fmt: skip


def highlights(_end: datetime = END) -> dict[str, Highlight]:
    """Whom to look up, and what is there to see; the same for every seed, number and end."""
    lantu, qiheng, muyan = (LANTU.account, "澜图生物"), (QIHENG.account, "启衡软件"), (MUYAN.account, "木言文创")
    xinyu, hefeng, yuanshan = (XINYU.account, "芯屿科技"), (HEFENG.account, "和风贸易"), (YUANSHAN.account, "远山智造")
    broken = ("breakpoint", "settling_in")
    rows = (
        ("must_care", *lantu, "最大的租户：实验室空调坏了四天，缺配件，已投诉", "tag", "must_care"),
        ("parts_missing", *lantu, "报修断在“修好”：缺配件", "breakpoint", "repair", "failed", TICKET_OF_LANTU),
        ("high_end", *lantu, "月租 36 万元，从不拖欠：重点企业", "persona", "tier", "high_end"),
        ("rising", *qiheng, "在招人，想扩租：成长企业", "tag", "rising"),
        ("second_offer", *qiheng, "续租谈到第二轮，等签字", "journey", "renewal", "renew"),
        ("leaving", *muyan, "拖欠、想走：退租风险", "tag", "leaving_risk"),
        ("bad_talk", *muyan, "续租洽谈谈崩了", "breakpoint", "renewal", "dissatisfied"),
        ("silent_lead", *xinyu, "看了两轮房，报价之后没有动静：卡在签约", *broken, "stalled"),
        ("handover", *hefeng, "验房没过，交房断了", *broken, "failed"),
        ("second_lap", *yuanshan, "货梯返修，工单进入第二轮", "journey", "repair", "fix", "T000006900"),
        ("newcomer", CHENG.member, "程予安", "入职五天，门禁还没开通", "breakpoint", "first_week", "stalled"),
        (
            "lit_by_friends",
            NING.member,
            "宁小满",
            "十二天走完第一周，三位同事来欢迎",
            "journey",
            "first_week",
            "canteen",
        ),
        ("regular", LU.member, "卢嘉言", "每天食堂、早到", "tag", "early_bird"),
    )
    return {key: highlight(identity, name, text, *what) for key, identity, name, text, *what in rows}


SIGHTS = (
    Sight(title="一家企业的标签、依据和经办人 · a company: tags with evidence, contacts", identity=QIHENG.account),
    Sight(title="一次断了的报修 · a repair that broke off", identity=LANTU.account),
    Sight(title="一次谈崩的续租 · a renewal that went badly", identity=MUYAN.account),
    Sight(title="一位新同事的第一周 · somebody's first week", identity=CHENG.member),
    Sight(title="自己点亮、同事助力、拿到的权益 · lit by herself, by colleagues; benefits", identity=NING.member),
    Sight(
        title="为最大的租户现在做什么，为什么 · what to do for the largest tenant now, and why", identity=LANTU.account,
        offer={"scenario": "lab", "channel": "wecom", "limit": 3},
    ),
)  # fmt: skip
