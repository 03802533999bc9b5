"""Identities have one spelling, and none stands for nobody."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.identity import is_identity, kind_of, namespace_of, read_identity
from service.core.persons import Limits, is_shared, is_weak, limits_of

MOBILE = "phone:+8613800138000"
SPELT = [
    ("member:42", "member:42"),
    ("openid@wx123:oAb-_", "openid@wx123:oAb-_"),
    ("crm@sf:42:x", "crm@sf:42:x"),
    ("member:王 五", "member:王 五"),
    ("member:007", "member:007"),
    ("member:test", "member:test"),
    ("email:Lin@Example.ORG", "email:lin@example.org"),
    *((f"phone:{way}", MOBILE) for way in (
        "13800138000", "138 0013 8000", "138-0013-8000", "１３８００１３８０００", "+86 138 0013 8000",
        "008613800138000", "8613800138000", " 138\u30000013\xa08000 ", "(+86) 138.0013.8000", "+86－138－0013－8000",
    )),
    ("phone:010-62345678", "phone:+861062345678"),
    ("phone:+852 6123 4567", "phone:+85261234567"),
    ("phone@wecom:13800138000", "phone@wecom:+8613800138000"),
    ("phone:+861000000001", "phone:+861000000001"),  # the demonstration's: nobody can have them
]  # fmt: skip
NOBODYS = ["null", "NULL", " none", "Undefined", "nil", "NaN", "0", "00000", "-", "--", "n/a", "NA", "anonymous",
           "Guest", "unknown", "[object Object]", "{}", "[]", "string", "00000000-0000-0000-0000-000000000000", "-1",
           '"null"', "ｎｕｌｌ", "未知", "true", "(null)", "０"]  # fmt: skip
BAD = [
    *((f"member:{value.strip()}", "identity_blocked") for value in NOBODYS),
    *((f"phone:{value}", "identity_blocked") for value in ("", "  ", "0", "null", "00000000000", "--")),
    ("member:", "identity_blocked"), ("openid@undefined:oAb", "identity_blocked"), ("openid@0:oAb", "identity_blocked"),
    ("phone@null:13800138000", "identity_blocked"),
    *((f"phone:{value}", "identity_masked") for value in (
        "138****8000", "138xxxx8000", "138XXXX8000", "138••••8000", "138＊＊＊＊8000", "+86 138 **** 8000",
        "138××××8000", "138####8000",
    )),
    ("email:l***@example.org", "identity_masked"),
    *((f"phone:{value}", "phone_invalid") for value in (
        "12345", "95588", "+8610000000001", "138001380001", "lin", "1-800-FLOWERS", "13800138000 ext. 5",
        "+999123456789", "1" * 300, "tel:13800138000", "13800138000,13900139000",
    )),
    ("member", "identity_malformed"), ("Member:1", "identity_malformed"), ("member: 1", "identity_malformed"),
    (":1", "identity_malformed"), ("member:a\x00b", "identity_malformed"), ("m:" + "x" * 201, "identity_malformed"),
    ("phone@:13800138000", "identity_malformed"), ("", "identity_malformed"), ("member@ :", "identity_malformed"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "kept"), SPELT, ids=[repr(row[0]) for row in SPELT])
def test_one_spelling(said: str, kept: str) -> None:
    assert read_identity(said) == kept
    assert is_identity(kept)


@pytest.mark.parametrize(("said", "code"), BAD, ids=[f"{n} {row[1]}" for n, row in enumerate(BAD)])
def test_what_stands_for_nobody(said: str, code: str) -> None:
    """The words tell the mend and never what was sent."""
    found = read_identity(said)
    assert not isinstance(found, str)
    assert found.code == code
    value = said.partition(":")[2]
    assert len(value) < 4 or code in ("identity_blocked", "identity_masked") or value not in found.zh + found.en


@given(st.text() | st.from_regex(r"phone:[+0-9０-９xX* ()-]{1,20}", fullmatch=True) | st.from_regex(r"email:\S+@\S+"))
def test_a_kept_spelling_is_kept(said: str) -> None:
    """Whatever comes there is an answer; what was kept once is kept the same again."""
    found = read_identity(said)
    if isinstance(found, str):
        assert is_identity(found)
        assert read_identity(found) == found
        assert kind_of(found) == said.partition(":")[0]


@given(st.integers(13000000000, 19999999999), st.lists(st.sampled_from(" -.()　"), min_size=10, max_size=10))
def test_every_spelling_of_a_number_is_the_same(number: int, between: list[str]) -> None:
    plain = str(number)
    spaced = plain[0] + "".join(gap + digit for gap, digit in zip(between, plain[1:], strict=True))
    wide = plain.translate({ord(each): ord(each) + 0xFEE0 for each in digits})
    ways = {repr(read_identity(f"phone:{way}")) for way in (plain, wide, spaced, "+86" + plain, "0086 " + plain)}
    assert len(ways) == 1


@given(st.text(ascii_letters + digits + "_-", min_size=3))
def test_others_are_kept_as_they_are(value: str) -> None:
    found = read_identity(f"member:{value}")
    assert (
        found == f"member:{value}"
        or (not isinstance(found, str) and found.code == "identity_blocked")
        or len(value) > 200
    )


def test_what_a_person_has_at_most() -> None:
    plain, wider = limits_of(()), limits_of((("phone", 5), ("toy", 2)))
    kinds = (
        "unionid",
        "external_userid@corp",
        "member",
        "crm@sf",
        "openid@wx1",
        "openid",
        "phone",
        "email",
        "device",
        "toy",
    )
    assert [plain.of(kind) for kind in kinds] == [1, 1, 1, 1, 1, 20, 3, 5, 100, 20]
    assert [wider.of(kind) for kind in kinds] == [1, 1, 1, 1, 1, 20, 5, 5, 100, 2]
    assert plain.id != wider.id
    assert 0 <= plain.id < 2**63
    assert isinstance(plain, Limits)


def test_who_is_shared() -> None:
    """More than twenty strong identities of one kind; other weak ones do not count, however many."""
    members = [f"member:{n}" for n in range(1, 21)]
    assert [is_weak(name) for name in ("phone:+1", "device:1", "member:1", "openid@a:1")] == [True, True, False, False]
    assert not is_shared(MOBILE, [*members, "unionid:1", *(f"device:{n}" for n in range(99))])
    assert is_shared(MOBILE, [*members, "member:21"])
    assert not is_shared(MOBILE, [*members, *members])
    assert not is_shared("unionid:1", [*members, "member:21"])
    assert namespace_of("openid@a") == "openid"
