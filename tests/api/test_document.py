"""The published document: equal to the code, sound, bilingual, and with examples that work."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from service.api.call import parsed
from service.api.specification import VERSION
from service.core.intake import Admitted, Sender, admit
from service.main import openapi_document

ROOT = Path(__file__).parents[2]
DOCUMENT: Any = openapi_document()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
CHINESE, ENGLISH = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]{2,}")
each_operation = pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])


def bilingual(text: str) -> bool:
    return bool(CHINESE.search(text) and ENGLISH.search(text))


def schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from DOCUMENT["components"]["schemas"].items()


def test_the_committed_document_equals_the_code() -> None:
    committed = (ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(committed) == DOCUMENT, "make openapi, and look at the difference"


def test_it_is_sound() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")
    assert "webhooks" not in DOCUMENT
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)


def test_its_version_is_the_projects() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_every_reference_leads_somewhere_and_nothing_lies_about() -> None:
    text = json.dumps(DOCUMENT)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named == DOCUMENT["components"]["schemas"].keys()


def test_tags_are_ascii_and_described_in_both_languages() -> None:
    used = {tag for _, operation in OPERATIONS for tag in operation["tags"]}
    assert used == {tag["name"] for tag in DOCUMENT["tags"]}
    for tag in DOCUMENT["tags"]:
        assert re.fullmatch(r"[a-z]+", tag["name"])
        assert bilingual(tag["description"])


def test_operation_ids_are_names_and_differ() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


@each_operation
def test_operations_speak_both_languages(name: str, operation: Mapping[str, Any]) -> None:
    assert re.fullmatch(r".*[\u4e00-\u9fff].* · [A-Z].*", operation["summary"]), name
    assert bilingual(operation["description"])
    for parameter in operation.get("parameters", []):
        assert bilingual(parameter["description"]), parameter["name"]
    for answer in operation["responses"].values():
        assert bilingual(answer["description"])


@each_operation
def test_refusals_are_problem_documents(name: str, operation: Mapping[str, Any]) -> None:
    reference = {"$ref": "#/components/schemas/ProblemDetails"}
    refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    assert {"401", "403", "422", "503"} <= refusals.keys(), name
    for answer in refusals.values():
        assert answer["content"] == {"application/problem+json": {"schema": reference}}
    if "requestBody" in operation:
        assert {"400", "408", "413"} <= refusals.keys()


@each_operation
def test_keys_and_scopes_are_told(name: str, operation: Mapping[str, Any]) -> None:
    assert operation["security"] == [{"BearerKey": []}, {"HeaderKey": []}], name
    assert f"`{operation['x-scope']}`" in operation["description"]
    assert DOCUMENT["components"]["securitySchemes"].keys() == {"BearerKey", "HeaderKey"}


@pytest.mark.parametrize(("name", "schema"), list(schemas()), ids=[name for name, _ in schemas()])
def test_fields_are_described_in_both_languages(name: str, schema: Mapping[str, Any]) -> None:
    assert bilingual(schema["description"]), name
    for field, found in schema["properties"].items():
        if "$ref" not in found:
            assert bilingual(found.get("description", "")), field


def bodies() -> Iterator[tuple[str, str, Any, Any]]:
    for name, operation in OPERATIONS:
        for media in operation.get("requestBody", {}).get("content", {}).values():
            for key, example in media.get("examples", {}).items():
                assert bilingual(example["summary"])
                yield name, key, media["schema"], example["value"]


@pytest.mark.parametrize(
    ("name", "key", "schema", "value"), list(bodies()), ids=[f"{n} {k}" for n, k, _, _ in bodies()]
)
def test_examples_fit_their_schema(name: str, key: str, schema: Any, value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    assert jsonschema_rs.is_valid(whole, value) == (key != "mistakes"), name


def test_example_events_are_admitted() -> None:
    sender = Sender(source=None, default_source="docs", layer="import")
    for name, key, _, value in bodies():
        for event in value.get("events", ()):
            raw = parsed(json.dumps(event).encode())
            assert isinstance(admit(raw, sender, 2**52, {}), Admitted) == (key != "mistakes"), name


def test_every_body_has_an_example() -> None:
    for name, operation in OPERATIONS:
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            assert "examples" in media or "example" in media or (kind == "application/json" and "draft" in name), name
