"""Every operation × every kind of caller: exactly the expected answer, and nothing open that does not say so."""

from collections.abc import Mapping

import pytest
from starlette.routing import Mount, Route

from service.api.console.page import Page
from service.api.operation import Operation
from service.main import AREAS, routes
from service.settings import Settings
from service.usecases.keys import PRESETS
from tests.api.serving import Door, problem_of

LADDER = ("intake", "app", "operator", "admin")  # each may do what the one before may
LEAST = {  # the least of them who may; written by hand, so that a changed scope is noticed
    "record_events": "intake",
    "simulate_events": "app",
    "view_profile": "app",
    "lookup_profile": "app",
    "list_conflicts": "operator",
    "link_identity": "operator",
    "unlink_identity": "operator",
    "decide_services": "app",
    "explain_decision": "app",
    "report_outcome": "app",
    "view_playbook": "operator",
    "list_versions": "operator",
    "view_version": "operator",
    "view_draft": "operator",
    "save_draft": "operator",
    "drop_draft": "operator",
    "check_the_draft": "operator",
    "preview_draft": "operator",
    "publish_draft": "operator",
    "follow_changes": "operator",
    "list_sources": "operator",
    "list_undeclared": "operator",
    "declare_event": "operator",
    "list_quarantine": "operator",
    "view_quarantined": "operator",
    "repair_quarantined": "operator",
    "replay_quarantined": "operator",
    "dismiss_quarantined": "operator",
    "list_calibrations": "operator",
    "make_calibration": "admin",
    "show_keys": "admin",
    "make_key": "admin",
    "drop_key": "admin",
    "verify_profiles": "admin",
    "list_journeys": "operator",
    "show_journey_map": "operator",
    "show_funnel": "operator",
    "show_ordered_funnel": "operator",
    "show_transitions": "operator",
    "show_times": "operator",
    "show_health": "operator",
    "show_feedback": "operator",
    "show_promises": "operator",
    "show_interactions": "operator",
    "compare_journey_versions": "operator",
    "show_touchpoints": "operator",
    "show_combinations": "operator",
    "list_breakpoints": "operator",
    "show_breakpoint": "operator",
    "note_breakpoint": "operator",
    "roll_up_breakpoints": "operator",
    "explain_tag": "app",
    "approve_draft": "operator",
    "reset_profile": "operator",
    "restore_version": "operator",
    "compare_versions": "operator",
    "definition_history": "operator",
    "view_definition": "operator",
    "save_definition": "operator",
    "remove_definition": "operator",
    "list_jobs": "operator",
    "view_job": "operator",
    "pause_job": "operator",
    "resume_job": "operator",
    "cancel_job": "operator",
    "show_timeline": "app",
    "set_tag": "app",
    "remove_tag": "app",
    "release_tag": "app",
    "hide_tag": "app",
    "unhide_tag": "app",
    "pin_persona": "app",
    "unpin_persona": "app",
    "set_preferences": "app",
    "set_many_tags": "app",
    "search_profiles": "operator",
    "export_profiles": "operator",
    "parse_events": "intake",
    "show_progress": "app",
    "light_stage": "app",
    "issue_owner_token": "app",
    "share_progress": "app",
    "show_shares": "app",
    "drop_share": "app",
    "show_top_shares": "operator",
}
OF_STAFF = {"pin_persona", "unpin_persona"}  # beyond the scope they ask for a key of kind staff, as the admin's is
NOBODY = ("none", "stranger", "revoked", "expired")
PUBLIC = {
    "/",
    "/docs",
    "/docs/static",
    "/openapi.json",
    "/health/live",
    "/health/ready",
    "/health/startup",
    "/console/static",
}  # fmt: skip; who may see the pages of the console: tests/api/test_console.py
LINKS = {  # what a token in the address opens; without a good one they are all the same 404 (tests/pages/test_links.py)
    "/j/{token}", "/j/{token}/progress", "/j/{token}/card.svg", "/j/{token}/card.png",
    "/j/{token}/light", "/j/{token}/share", "/j/{token}/revoke",
}  # fmt: skip
OPERATIONS = {route.name: route for route in routes(Settings(bench=True)) if isinstance(route, Operation)}
PLACES: Mapping[str, str] = {
    "ref": "member:1",
    "tag": "no_such_tag",
    "section": "tags",
    "key": "no_such_tag",
    "job_id": "refold:0",
    "scheme": "no_such_scheme",
    "decision_id": "0",
    "version": "0",
    "id": "1",
    "type": "x",
    "key_id": "0",
    "journey": "no_such_journey",
    "share": "0" * 16,
}


def test_the_table_is_complete() -> None:
    assert OPERATIONS.keys() == LEAST.keys()


def test_only_these_paths_are_open_to_all() -> None:
    others = [route for route in routes(Settings(bench=True)) if not isinstance(route, Operation | Page)]
    assert {route.path for route in others if isinstance(route, Route | Mount)} == PUBLIC | LINKS
    assert len(others) == len(PUBLIC | LINKS)


def test_every_scope_is_somebodys() -> None:
    assert {operation.needs for operation in OPERATIONS.values()} <= PRESETS["admin"]


def test_the_parser_for_benchmarks_is_not_there_by_default() -> None:
    assert "parse_events" not in {operation.name for area in AREAS for operation in area.operations}


@pytest.mark.parametrize("actor", [*NOBODY, *LADDER])
@pytest.mark.parametrize("name", OPERATIONS)
def test_access(door: Door, name: str, actor: str) -> None:
    operation = OPERATIONS[name]
    method = next(iter(operation.methods or ()))
    path = operation.path_format.format(**PLACES)
    answer = door.ask(method, path, actor)  # without a body: who may not is refused before anything is read
    if actor in NOBODY:
        problem = problem_of(answer, 401)
        assert problem["code"] == ("key_missing" if actor == "none" else "key_invalid")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    elif LADDER.index(actor) < LADDER.index(LEAST[name]):
        assert problem_of(answer, 403)["code"] == "scope_missing"
    elif name in OF_STAFF and actor != "admin":
        assert problem_of(answer, 403)["code"] == "staff_only"
    else:
        assert answer.status_code not in {401, 403, 405, 500}, answer.text


def test_backfill_needs_a_scope_of_its_own(door: Door) -> None:
    body = {"events": [{}], "backfill": True}
    assert problem_of(door.post("/v1/events", "intake", json=body), 403)["code"] == "scope_missing"
    assert door.post("/v1/events", "operator", json=body).status_code == 200


@pytest.mark.parametrize("path", sorted(PUBLIC - {"/docs/static", "/console/static"}))
def test_open_paths_are_open(door: Door, path: str) -> None:
    assert door.get(path, "none").status_code in {200, 307}
    assert problem_of(door.post(path, "none"), 405)["code"] == "method_not_allowed"


def test_the_key_may_stand_in_either_header(door: Door) -> None:
    assert door.get("/v1/keys", "none", headers={"X-API-Key": door.keys["admin"]}).status_code == 200
    assert door.get("/v1/keys", "none", headers={"Authorization": f"bearer  {door.keys['admin']}"}).status_code == 200
    assert door.get("/v1/keys", "none", headers={"Authorization": f"Basic {door.keys['admin']}"}).status_code == 401
    assert door.get("/v1/keys", "none", headers={"X-API-Key": "x" * 5000}).status_code == 401
    assert door.get("/v1/keys", "none", headers={"X-API-Key": b"\xff\xfe"}).status_code == 401
