"""Event types that the service itself understands; a playbook need not declare them."""

from collections.abc import Mapping

from service.core.playbook.definitions import EventType, PropertyType

_TEXT = PropertyType(kind="string")
_OUTCOME = {"service": _TEXT, "decision_id": _TEXT}
_BENEFIT = {"benefit": _TEXT, "journey": _TEXT, "stage": _TEXT}
_RATING = {"rating": PropertyType(kind="integer", name="评分"), "text": _TEXT, "journey": _TEXT, "stage": _TEXT}
_NAMED = {"identity": _TEXT, "reason": _TEXT}
_TAG = {"tag": _TEXT, "value": _TEXT, "until": _TEXT, "reason": _TEXT}
_TAG_ONLY = {"tag": _TEXT}

_KNOWN: tuple[tuple[str, str, Mapping[str, PropertyType]], ...] = (
    ("trait_set", "设置属性", {}),
    ("tag_set", "打标签", _TAG),
    ("tag_removed", "去标签", _TAG),
    ("tag_released", "放开标签", _TAG),
    ("tag_hidden", "隐藏标签", _TAG_ONLY),
    ("tag_unhidden", "取消隐藏", _TAG_ONLY),
    ("personalisation_set", "个性化开关", {"on": PropertyType(kind="boolean")}),
    ("test_profile_set", "设为测试用户", {"on": PropertyType(kind="boolean")}),
    ("persona_pinned", "指定分层", {"scheme": _TEXT, "class": _TEXT, "reason": _TEXT, "until": _TEXT}),
    ("persona_released", "取消指定分层", {"scheme": _TEXT, "reason": _TEXT}),
    ("identity_linked", "关联标识", _NAMED),
    ("identity_unlinked", "解除标识", _NAMED),
    ("benefit_granted", "发放权益", _BENEFIT),
    ("benefit_used", "使用权益", _BENEFIT),
    ("benefit_expired", "权益过期", _BENEFIT),
    ("stage_lit", "点亮阶段", {"journey": _TEXT, "stage": _TEXT, "key": _TEXT, "friend": _TEXT}),
    ("referred", "受邀而来", {"share": _TEXT}),
    ("referral", "带来新朋友", {"share": _TEXT, "friend": _TEXT, "journey": _TEXT}),
    ("service_shown", "展示服务", _OUTCOME),
    ("service_clicked", "点击服务", _OUTCOME),
    ("service_accepted", "接受服务", _OUTCOME),
    ("service_completed", "完成服务", _OUTCOME),
    ("service_dismissed", "忽略服务", _OUTCOME),
    ("feedback_given", "评价", _RATING),
)
RESERVED: Mapping[str, EventType] = {
    key: EventType(key=key, name=name, properties=shape) for key, name, shape in _KNOWN
}
