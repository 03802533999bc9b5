"""The few other calls of the contract that the replay makes."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

from benchmarks.oracle_book import Calibration, Loose
from benchmarks.oracle_time import instant

OK = range(200, 300)


class RefusedError(Exception):
    """The service refused what it must take."""


def _body(answer: httpx.Response) -> Loose:
    if answer.status_code not in OK:
        message = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:3000]}"
        raise RefusedError(message)
    return answer.json() if answer.content else None


async def define(client: httpx.AsyncClient, playbook: str) -> None:
    """Put the draft as YAML and publish it."""
    headers = {"Content-Type": "application/yaml"}
    _body(await client.put("/v1/playbook/draft", content=playbook.encode("utf-8"), headers=headers))
    _body(await client.post("/v1/playbook/draft:publish", json={}))


async def calibrate(client: httpx.AsyncClient) -> list[Calibration]:
    """Make a calibration now; read back all of them, oldest first."""
    _body(await client.post("/v1/calibrations"))
    items = _body(await client.get("/v1/calibrations"))["items"]
    found = [
        Calibration(
            one["number"],
            instant(one["effective_from"]),
            {name: (scheme["m0"], tuple(scheme["quantiles"])) for name, scheme in one["schemes"].items()},
            {stage: (learned["late"], learned["stalled"]) for stage, learned in one["stages"].items()},
        )
        for one in items
    ]
    return sorted(found, key=lambda one: one.number)


async def quarantined(client: httpx.AsyncClient, marks: Mapping[str, str]) -> list[str]:
    """Page through the quarantine: say which bad items are not there, or with another code, or too often."""
    items: list[Any] = []
    parameters: dict[str, str] = {}
    while True:
        page = _body(await client.get("/v1/quarantine", params=parameters))
        items += page["items"]
        if not page["items"] or page.get("next_cursor") in {None, parameters.get("cursor")}:
            break
        parameters = {"cursor": page["next_cursor"]}
    wrong = []
    if len(items) != len(marks):
        wrong.append(f"{len(items)} in quarantine, {len(marks)} bad items sent")
    if Counter(str(one.get("code")) for one in items) != Counter(marks.values()):
        wrong.append("the codes in quarantine are not those that were answered")
    texts = [(json.dumps(one, ensure_ascii=False), str(one.get("code"))) for one in items]
    where = {text[place : place + 13]: code for text, code in texts if (place := text.find("poison-")) >= 0}
    wrong += [
        f"{mark} ({code}): {where.get(mark, 'absent')}" for mark, code in marks.items() if where.get(mark) != code
    ]
    return wrong


def zero_differences(told: Loose) -> bool:
    """Find `differences` wherever it stands in what `verify --json` says; it must be there, and be 0 or empty."""
    found = list(_named(told, "differences"))
    return bool(found) and all(one in (0, [], {}) for one in found)


def _named(tree: Loose, name: str) -> list[Any]:
    if isinstance(tree, list):
        return [one for part in tree for one in _named(part, name)]
    if isinstance(tree, dict):
        inner = [one for part in tree.values() for one in _named(part, name)]
        return [*inner, tree[name]] if name in tree else inner
    return []
