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
    "phone": ("按手机号 · By phone", {"identity": "phone:+861000000001"}),
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
SEARCH: Examples = {
    "buyers": ("高频消费的大众用户 · Frequent buyers of the mass", {
        "where": {"all": [{"tag": "frequent_buyer"}, {"persona": {"scheme": "tier", "in": ["mass"]}}]}, "count": True,
    }),
    "waiting": ("正在等取餐 · Waiting for their cup", {
        "where": {"journey": {"journey": "order_to_pickup", "status": "active", "stage": "pickup"}}, "limit": 20,
    }),
    "nobody": ("没有贵宾标签、分层未定 · Neither a guest of honour nor in a class", {
        "where": {"all": [{"not": {"tag": "vip_guest"}}, {"persona": {"scheme": "tier", "in": ["undetermined"]}}]},
    }),
}  # fmt: skip
EXPORT: Examples = {
    "table": ("高频消费的用户，Excel 表格 · Frequent buyers, as a table", {
        "where": {"tag": "frequent_buyer"}, "format": "csv",
        "fields": {"identities": ["member"], "tags": ["spend_level"], "personas": ["tier"], "traits": ["city"]},
    }),
    "lines": ("同上，每行一个 JSON · The same, as lines of JSON", {
        "where": {"tag": "frequent_buyer"}, "format": "jsonl", "fields": {"tags": ["spend_level"]},
    }),
}  # fmt: skip
TAG: Examples = {
    "guest": ("贵宾，一年有效 · A guest of honour", {"until": "2099-12-31T00:00:00+08:00", "reason": "店长推荐"}),
    "plain": ("只打标签 · The tag alone", {}),
    "level": ("有取值的标签 · A tag that has values", {"value": "high"}),
}
PIN: Examples = {
    "high_end": ("指定为高端 · Pinned to high-end", {"class": "high_end", "reason": "老客户回归"}),
}
PREFERENCES: Examples = {"off": ("关闭个性化 · No personalisation", {"personalisation": False})}
TAGS: Examples = {
    "sync": (
        "CRM 同步两人 · A CRM tells of two people",
        {
            "items": [
                {"identity": LIN, "tag": "vip_guest", "event_id": "crm-1", "reason": "CRM"},
                {"identity": CHEN, "tag": "do_not_disturb", "remove": True},
            ]
        },
    ),
    "misspelt": (
        "拼错的标签，看看怎样提示 · A misspelt tag and what is said of it",
        {"items": [{"identity": LIN, "tag": "vip_gest"}]},
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
PREVIEW: Examples = {
    "some": ("抽样 500 人 · On 500 profiles", {"sample": 500}),
    "one": ("只看一个标签 · One tag only", {"sample": 500, "definitions": ["tags/frequent_buyer"]}),
}
RESTORE: Examples = {"note": ("恢复说明 · A note", {"note": "新规则误伤，先退回"})}
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

DEFINITION = {
    "name": "周末常客",
    "group": "spending",
    "when": {"count": {"event": "order_paid", "where": {"weekday": ["sat", "sun"]}, "last_days": 30}, "gte": 2},
}
LINK: Examples = {
    "same_person": (
        "林晓还有一个标识 · Lin has another identity",
        {"identity": "crm@sf:lin", "reason": "到店核对过证件"},
    )
}
UNLINK: Examples = {
    "new_owner": (
        "号码换了主人 · The number has a new owner",
        {"identity": LIN, "reason": "号码已换主人", "occurred_at": "2026-11-01T00:00:00+08:00"},
    )
}
LIGHT: Examples = {
    "photo": ("林晓晒出第一杯 · Lin shows her first cup", {"stage": "photo"}),
    "help": ("陈一鸣来碰杯 · Chen drinks to it", {"stage": "cheers", "helper": CHEN}),
}
OWNER: Examples = {"quarter": ("一刻钟 · A quarter of an hour", {"minutes": 15})}
SHARE: Examples = {"week": ("分享一周 · For a week", {"journey": "first_cup", "days": 7})}

NOTE: Examples = {
    "follow_up": ("李店长在跟进 · Given to somebody", {"text": "已电话致歉，送一杯", "assigned_to": "李店长"}),
    "nobody": ("不再交给任何人 · Given to nobody", {"assigned_to": ""}),
}
