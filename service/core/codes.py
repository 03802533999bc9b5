"""What the codes of refused events mean, for lists that count them; the problem itself names the place and the mend."""

from collections.abc import Mapping

TITLES: Mapping[str, tuple[str, str]] = {
    "duplicate_key": ("同一个键写了两次", "a key stands twice"),
    "event_too_large": ("事件太大", "the event is too large"),
    "identities_malformed": ("identities 格式不对", "identities are malformed"),
    "identity_blocked": ("标识的值不代表任何人", "an identity that stands for nobody"),
    "identity_malformed": ("标识格式不对", "the identity is malformed"),
    "identity_masked": ("号码被打码", "a masked number"),
    "identity_missing": ("缺少标识", "the identity is missing"),
    "lone_surrogate": ("文字里有残缺的字符", "half a surrogate pair"),
    "missing_field": ("缺少字段", "a field is missing"),
    "not_a_string": ("应传字符串", "a string is expected"),
    "not_a_time": ("时间格式不对", "not a time"),
    "not_a_word": ("文字为空、太长或不可见", "a text is blank, too long or invisible"),
    "not_understood": ("系统事件的内容看不懂", "a reserved event that cannot be understood"),
    "not_an_object": ("应传 JSON 对象", "a JSON object is expected"),
    "nul_character": ("文字里有 NUL 字符", "a NUL character"),
    "number_malformed": ("数字格式不对", "a malformed number"),
    "number_not_finite": ("数字是 NaN 或 Infinity", "a number is NaN or Infinity"),
    "number_too_large": ("数字太大", "a number is too large"),
    "phone_invalid": ("电话号码无效", "not a valid phone number"),
    "source_not_allowed": ("密钥不能以这个来源上报", "the key cannot send for this source"),
    "staff_only": ("只能由员工上报", "only staff may say this"),
    "string_too_long": ("文字太长", "a text is too long"),
    "time_too_early": ("时间早于 1970 年", "a time before 1970"),
    "time_without_zone": ("时间缺少时区", "a time without zone"),
    "too_deep": ("嵌套太深", "nested too deep"),
    "too_many_members": ("成员太多", "too many members"),
    "unknown_field": ("没有这个字段", "an unknown field"),
    "wrong_type": ("属性类型不对", "a property has the wrong type"),
}
