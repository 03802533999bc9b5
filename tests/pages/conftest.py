"""A service with the coffee chain's playbook, and people in the journey of their first cup."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.api.serving import Door, opened
from tests.browser.conftest import chromium as chromium

COFFEE = (Path(__file__).parents[2] / "playbooks" / "coffee.yaml").read_bytes()
PEOPLE = ("member:1", "member:2", "member:3", "member:4")


def ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    with opened(f"sqlite:///{tmp_path_factory.mktemp('cafe') / 'lantern.db'}", page_rate=100_000) as door:
        furnish(door)
        yield door


def furnish(door: Door) -> None:
    """The coffee chain's playbook, and people whose names and orders may appear nowhere."""
    yaml = {"content-type": "application/yaml"}
    assert door.ask("PUT", "/v1/playbook/draft", content=COFFEE, headers=yaml).status_code == 200
    assert door.post("/v1/playbook/draft:publish", json={}).status_code == 200
    menus = [
        {"event_id": f"m{who}", "identity": who, "type": "menu_viewed", "occurred_at": ago(60), "source": "app"}
        for who in PEOPLE
    ]
    paid = {"event_id": "p1", "identity": "member:1", "type": "order_paid", "occurred_at": ago(20), "source": "app",
            "properties": {"order_id": "SECRET-ORDER-7", "amount": 20, "channel": "x"}}  # fmt: skip
    city = {"event_id": "t1", "identity": "member:1", "type": "trait_set", "occurred_at": ago(30), "source": "app",
            "properties": {"nickname": "SECRET-NAME"}}  # fmt: skip
    undone = [
        {"event_id": f"{kind}4", "identity": "member:4", "type": kind, "occurred_at": ago(minutes), "source": "app",
         "properties": {"order_id": "SECRET-ORDER-8"}}
        for kind, minutes in (("order_paid", 40), ("order_refunded", 10))
    ]  # fmt: skip
    door.record(*menus, paid, city, *undone)


def owner_token(door: Door, who: str = "member:1") -> str:
    made = door.post(f"/v1/profiles/{who}/owner-tokens", json={"minutes": 30})
    assert made.status_code == 201, made.text
    token: str = made.json()["token"]
    return token


def share_token(door: Door, who: str = "member:1") -> dict[str, str]:
    made = door.post(f"/v1/profiles/{who}/shares", json={"journey": "first_cup"})
    assert made.status_code == 201, made.text
    found: dict[str, str] = made.json()
    return found
