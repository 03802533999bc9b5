"""Every answer is in the published contract, whatever is sent: generated requests against a real service."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from service.main import openapi_document
from tests.api import test_contract
from tests.api.serving import Door, order

EXAMPLES = (settings.default or settings()).max_examples // 10
# A schema cannot tell what is visible, what is a cursor of ours, whether a playbook holds together: 412 and 422 may be.
TAKEN = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "503"]
REFUSED = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
# Items are judged one by one and answered with 200, so that a bad one never fails its neighbours; YAML is a text.
LOOSE = ("/v1/events", "/v1/events:simulate", "/v1/playbook/draft", "/v1/tags:set")
CONFIG = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": TAKEN},
        "negative_data_rejection": {"expected-statuses": REFUSED},
    },
    "operations": [{"include-path": path, "checks": {"negative_data_rejection": {"enabled": False}}} for path in LOOSE],
}
schema = schemathesis.openapi.from_dict(openapi_document(), config=SchemathesisConfig.from_dict(CONFIG))


@schema.hook
def filter_query(_context: Any, query: dict[str, Any] | None) -> bool:
    """A list of one is sent as that one, and a list of none not at all: nobody could tell that anything was wrong."""
    return not any(isinstance(value, list) and len(value) < 2 for value in (query or {}).values())


@pytest.fixture(scope="module")
def furnished(door: Door) -> Door:
    """A service with something to find."""
    test_contract.publish(door)
    door.record(order("s1", "member:80000001"), order("s2", "member:80000002"), {"event_id": 1}, {"event_id": 2})
    return door


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_service_keeps_its_contract(case: Any, furnished: Door) -> None:
    case.call_and_validate(base_url=furnished.url, headers={"Authorization": f"Bearer {furnished.keys['admin']}"})
