"""Identities: `namespace[@qualifier]:value`, split at the first colon; each in one spelling, and none for nobody."""

import re
from unicodedata import normalize

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

from service.core.problem import Problem

LINKED, UNLINKED = "identity_linked", "identity_unlinked"
REGION = "CN"  # of phone numbers without a country code
_IDENTITY = re.compile(r"[a-z][a-z0-9_]{0,31}(@[^:@\s]{1,64})?:\S(.{0,198}\S)?")
_LONGEST_NUMBER = 64

# What programs write where they know nobody. `test` is not among them: it is somebody's account, though a careless one.
_NOBODY = frozenset(
    {"", "null", "(null)", "none", "nil", "nan", "n/a", "na", "undefined", "unknown", "unset", "anonymous", "guest",
     "string", "true", "false", "-1", "[object object]", "{}", "[]", "()", "?", "未知", "匿名", "无", "空"}
)  # fmt: skip
_NOTHING = re.compile(r"[-–—_.0\s{}]+")  # zeros, dashes, an all-zero UUID
_MASKS = re.compile(r"[*•·●∙※#?]|(?<=\d)[x×]+(?=\d|$)", re.IGNORECASE)
_NUMBER = re.compile(r"\(?\+?[\d\s().\-‐‑‒–—−/]+")


def _problem(code: str, zh: str, en: str) -> Problem:
    return Problem(code=code, pointer="", zh=zh, en=en)


MALFORMED = _problem(
    "identity_malformed",
    "标识形如 member:42、openid@wx123:oAb、phone:+8613…",
    "an identity looks like member:42, openid@wx123:oAb, phone:+8613…",
)
BLOCKED = _problem(
    "identity_blocked",
    "这个值不代表任何人（如 null、0、undefined）；没有标识就不要填，改用真实的标识",
    "this value stands for nobody (like null, 0, undefined); leave it out, or send a real identity",
)
MASKED = _problem(
    "identity_masked",
    "号码被打码（如 138****8000），不能用来认人；请传完整号码，或改用别的标识",
    "the number is masked (like 138****8000) and tells nobody apart; send all of it, or another identity",
)
NOT_A_PHONE = _problem(
    "phone_invalid",
    "不是有效的电话号码；国内号码可不带国家码，国外的请写 +国家码，例如 phone:+8613800138000",
    "not a valid phone number; outside mainland China write +country code, for example phone:+8613800138000",
)


def is_identity(text: str) -> bool:
    """`namespace[@qualifier]:value`."""
    return _IDENTITY.fullmatch(text) is not None and text.isprintable()


def kind_of(identity: str) -> str:
    """`namespace[@qualifier]`: values of one kind tell people apart."""
    return identity.partition(":")[0]


def namespace_of(kind: str) -> str:
    """A kind without its qualifier."""
    return kind.partition("@")[0]


def read_identity(text: str) -> str | Problem:
    """The one spelling of an identity, or why it can stand for nobody; the problem's pointer is its reader's to set."""
    kind, colon, value = text.partition(":")
    if namespace_of(kind) == "phone" and colon:
        return _phone(kind, value)
    if not is_identity(text):
        return BLOCKED if colon and not value.strip() and is_identity(kind + ":-") else MALFORMED
    if _is_nobodys(kind, value):
        return BLOCKED
    if namespace_of(kind) == "email":
        return MASKED if "*" in normalize("NFKC", value) else f"{kind}:{value.lower()}"
    return text


def _is_nobodys(kind: str, value: str) -> bool:
    _, at, qualifier = kind.partition("@")
    return _is_nobody(value) or (bool(at) and _is_nobody(qualifier))


def _is_nobody(value: str) -> bool:
    plain = normalize("NFKC", value).strip(" \t\"'`“”‘’").casefold()
    return plain in _NOBODY or _NOTHING.fullmatch(plain) is not None


def _phone(kind: str, value: str) -> str | Problem:
    """E.164. Full-width digits, spaces, dashes, brackets are forgiven; letters and extensions are not."""
    plain = normalize("NFKC", value).strip()
    if not is_identity(kind + ":-"):
        return MALFORMED
    if _is_nobodys(kind, plain):
        return BLOCKED
    if _MASKS.search(plain):
        return MASKED
    if len(plain) > _LONGEST_NUMBER or not _NUMBER.fullmatch(plain):
        return NOT_A_PHONE
    try:
        number = parse(plain, REGION)
    except NumberParseException:
        return NOT_A_PHONE
    return f"{kind}:{format_number(number, PhoneNumberFormat.E164)}" if is_valid_number(number) else NOT_A_PHONE
