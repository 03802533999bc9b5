"""Accounts over the wire: what is declared, sent and seen."""

from tests.api.serving import Door, order, problem_of

TEXT = b"""playbook: firms
identities: {account: {type: account}}
events: {order_paid: {}}
tags: {firm: {when: {profile_type: account}}}
"""
YAML = {"Content-Type": "application/yaml"}


def test_an_account_with_its_contacts(either_door: Door) -> None:
    door = either_door
    assert door.ask("PUT", "/v1/playbook/draft", content=TEXT, headers=YAML).status_code == 200
    assert door.post("/v1/playbook/draft:check").json()["problems"] == []
    assert door.post("/v1/playbook/draft:publish", json={"note": "firms"}).status_code == 200
    door.record(order("a1", "account:acme", contact="phone:138 0013 8000", contact_role="财务"))
    found = door.get("/v1/profiles/account:acme", "app").json()
    assert (found["type"], [each["key"] for each in found["tags"]]) == ("account", ["firm"])
    (contact,) = found["contacts"]
    assert contact == {
        "identity": "phone:+8613800138000", "role": "财务", "first_at": contact["last_at"],
        "last_at": "2026-01-02T03:04:05Z", "events": 1,
    }  # fmt: skip
    body = {"identity": "phone:138 0013 8000", "reason": "是他"}
    door.record(order("a2", "phone:13800138000"))
    refused = door.post("/v1/profiles/account:acme/identities:link", "operator", json=body).json()
    assert (refused["status"], refused["reason"]["code"]) == ("refused", "account_and_person")
    assert door.get("/v1/profiles/phone:13800138000", "app").json()["type"] == "person"
    wrong = door.post("/v1/events", json={"events": [order("a3", "account:acme", contact="account:x")]}).json()
    assert wrong["results"][0]["problem"]["code"] == "contact_is_account"
    asked = {"where": {"tag": "firm"}, "count": True}
    assert door.post("/v1/profiles:search", "operator", json=asked).json()["total"] == 1


def test_nobody_asks_of_accounts_where_there_are_none(door: Door) -> None:
    text = TEXT.replace(b"identities:", b"# identities:")
    door.ask("PUT", "/v1/playbook/draft", content=text, headers=YAML)
    problem = problem_of(door.post("/v1/playbook/draft:publish", json={"note": ""}), 422)
    assert [each["code"] for each in problem["errors"]] == ["never_holds"]
