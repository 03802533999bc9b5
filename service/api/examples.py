"""Bodies to try out; they work as they stand against the demonstration (`lantern demo`, the coffee chain)."""

from collections.abc import Mapping

Examples = Mapping[str, tuple[str, object]]

LIN, CHEN, ZHOU = "member:80000001", "member:80000002", "member:80000003"

ORDER = {
    "event_id": "try-1",
    "identity": LIN,
    "type": "order_paid",
    "occurred_at": "2026-11-01T09:30:00+08:00",
    "source": "mini_program",
    "channel": "mini_program",
    "touchpoint": "checkout",
    "scenario": "office",
    "place": "sh_lujiazui",
    "properties": {"order_id": "TRY-1", "amount": 28, "items": 1, "category": "latte", "iced": True},
}
REFUND = {
    "event_id": "try-2",
    "identity": LIN,
    "type": "order_refunded",
    "occurred_at": "2026-11-01T10:00:00+08:00",
    "properties": {"order_id": "TRY-1", "amount": 28},
}
MEETING = {
    **ORDER,
    "event_id": "try-3",
    "identity": CHEN,
    "scenario": "meeting",
    "properties": {"order_id": "TRY-3", "amount": 260, "items": 9, "category": "latte"},
}
GREETING = {
    "event_id": "try-4",
    "identities": ["member:90000001", "openid@wx7c0ffee0c0ffee01:oTry01"],
    "type": "menu_viewed",
    "occurred_at": "2026-11-01T09:00:00+08:00",
    "channel": "mini_program",
}
NO_ZONE = {**ORDER, "event_id": 5, "occurred_at": "2026-11-01 09:30:00"}

RECORD: Examples = {
    "order": ("林晓付了一单 · An order is paid", {"events": [ORDER]}),
    "refund": ("退款冲掉这一单 · The refund takes it back", {"events": [REFUND]}),
    "newcomer": ("新用户，两个标识 · A newcomer with two identities", {"events": [GREETING]}),
    "mistakes": ("两处常见错误，看看怎样提示 · Two mistakes and what is said of them", {"events": [NO_ZONE]}),
}
SIMULATE: Examples = {
    "big_order": ("陈一鸣下了一张大单 · A large order", {"events": [MEETING]}),
}
LOOKUP: Examples = {
    "regular": ("林晓：高频消费 · Lin, a frequent buyer", {"identity": LIN}),
    "waiting": ("陈一鸣：卡在取餐 · Chen, stuck at pickup", {"identity": CHEN}),
    "phone": ("按手机号 · By phone", {"identity": "phone:+8610000000001"}),
}
DECIDE: Examples = {
    "waiting": (
        "陈一鸣在等餐 · Chen is waiting for his cup",
        {"identity": CHEN, "scenario": "travel", "channel": "mini_program", "limit": 3},
    ),
    "high_end": (
        "周慕白在旗舰店 · Zhou at the flagship",
        {"identity": ZHOU, "scenario": "leisure", "channel": "wecom", "place": "sh_xintiandi", "limit": 3},
    ),
    "stranger": ("未知用户 · Somebody unknown", {"identity": "member:nobody", "limit": 2}),
}
OUTCOME: Examples = {
    "accepted": (
        "接受了推荐 · The offer was accepted",
        {"service": "queue_reminder", "outcome": "accepted", "occurred_at": "2026-11-01T09:31:00+08:00"},
    ),
}
KEY: Examples = {
    "app": (
        "小程序后端 · The mini-program's back end",
        {"name": "小程序后端", "preset": "app", "source": "mini_program"},
    ),
    "staff": ("运营同事 · A colleague", {"name": "运营小王", "kind": "staff", "preset": "operator"}),
}
PUBLISH: Examples = {"note": ("发布说明 · A note", {"note": "高频消费改为 4 次"})}
PREVIEW: Examples = {"some": ("抽样 500 人 · On 500 profiles", {"sample": 500})}
PLAYBOOK = """playbook: coffee
name: 咖啡连锁
timezone: Asia/Shanghai
events:
  order_paid: {name: 支付订单, properties: {order_id: string, amount: money, items: integer}}
tag_groups:
  spending: {name: 消费}
tags:
  frequent_buyer:
    name: 高频消费
    group: spending
    when: {count: {event: order_paid, within: 30d}, gte: 4}   # 原来是 3 次
"""
REPAIRED: Examples = {"order": ("改好后的事件 · The event, mended", {**ORDER, "event_id": "try-5"})}
