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

_KNOWN: tuple[tuple[str, str, str, Mapping[str, PropertyType]], ...] = (
    ("trait_set", "设置属性", "Trait set", {}),
    ("tag_set", "打标签", "Tag set", _TAG),
    ("tag_removed", "去标签", "Tag removed", _TAG),
    ("tag_released", "放开标签", "Tag released", _TAG),
    ("tag_hidden", "隐藏标签", "Tag hidden", _TAG_ONLY),
    ("tag_unhidden", "取消隐藏", "Tag shown again", _TAG_ONLY),
    ("personalisation_set", "个性化开关", "Personalisation switched", {"on": PropertyType(kind="boolean")}),
    ("test_profile_set", "设为测试用户", "Test profile set", {"on": PropertyType(kind="boolean")}),
    (
        "persona_pinned",
        "指定分层",
        "Persona pinned",
        {"scheme": _TEXT, "class": _TEXT, "reason": _TEXT, "until": _TEXT},
    ),
    ("persona_released", "取消指定分层", "Persona released", {"scheme": _TEXT, "reason": _TEXT}),
    ("identity_linked", "关联标识", "Identity linked", _NAMED),
    ("identity_unlinked", "解除标识", "Identity unlinked", _NAMED),
    ("benefit_granted", "发放权益", "Benefit granted", _BENEFIT),
    ("benefit_used", "使用权益", "Benefit used", _BENEFIT),
    ("benefit_expired", "权益过期", "Benefit expired", _BENEFIT),
    ("stage_lit", "点亮阶段", "Stage lit", {"journey": _TEXT, "stage": _TEXT, "key": _TEXT, "friend": _TEXT}),
    ("referred", "受邀而来", "Came by invitation", {"share": _TEXT}),
    ("referral", "带来新朋友", "Brought a new friend", {"share": _TEXT, "friend": _TEXT, "journey": _TEXT}),
    ("service_shown", "展示服务", "Service shown", _OUTCOME),
    ("service_clicked", "点击服务", "Service clicked", _OUTCOME),
    ("service_accepted", "接受服务", "Service accepted", _OUTCOME),
    ("service_completed", "完成服务", "Service completed", _OUTCOME),
    ("service_dismissed", "忽略服务", "Service dismissed", _OUTCOME),
    ("feedback_given", "评价", "Feedback given", _RATING),
)
RESERVED: Mapping[str, EventType] = {
    key: EventType(key=key, name=name, name_en=english, properties=shape) for key, name, english, shape in _KNOWN
}
