"""Setting tags of many people in one request: a result for each item, and none fails another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.core.playbook.definitions import Playbook
from service.core.playbook.opinions import wrong_tag, wrong_value
from service.core.problem import Problem
from service.usecases.app import App
from service.usecases.batch import CONFLICT
from service.usecases.failures import Failure
from service.usecases.keys import Actor
from service.usecases.say import Saying, say_each

Json = dict[str, object]
Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSaying:
    """One item of a bulk upsert: a tag is on (with a value), or is removed."""

    identity: str
    tag: str
    value: str | None = None
    until: int | None = None
    reason: str | None = None
    remove: bool = False
    event_id: str | None = None


async def set_tags(app: App, actor: Actor, items: Sequence[TagSaying | Problems]) -> Json:
    """Say all of it, item by item: one that cannot be said never fails another."""
    playbook = await app.read(lambda _unit, found: found.plan.playbook)
    judged = [each if isinstance(each, tuple) else (tuple(_wrong(playbook, each)) or each) for each in items]
    fit = [(place, each) for place, each in enumerate(judged) if isinstance(each, TagSaying)]
    said = await say_each(app, actor, [_saying(each) for _, each in fit])
    results = dict(zip((place for place, _ in fit), said, strict=True))
    shown = [
        _refused(place, each) if isinstance(each, tuple) else _told(place, results[place])
        for place, each in enumerate(judged)
    ]
    summary = dict.fromkeys(("set", "duplicate", "rejected"), 0)
    for result in shown:
        summary[str(result["status"])] += 1
    return {"results": shown, "summary": summary}


def _wrong(playbook: Playbook, item: TagSaying) -> Iterator[Problem]:
    yield from wrong_tag(playbook, item.tag, "/tag")
    for name in ("value", "until") if item.remove else ():
        if getattr(item, name) is not None:
            zh, en = f"去掉标签时不能写 {name}", f"leave {name} out where a tag is removed"
            yield Problem(code="not_with_remove", pointer=f"/{name}", zh=zh, en=en)
    if item.tag in playbook.tags and not item.remove:
        yield from wrong_value(playbook.tags[item.tag], item.value, "/value")


def _saying(item: TagSaying) -> Saying:
    said = {"tag": item.tag, "value": None if item.remove else item.value, "reason": item.reason}
    return Saying(
        ref=item.identity,
        kind="tag_removed" if item.remove else "tag_set",
        properties={name: value for name, value in said.items() if value is not None},
        until=None if item.remove else item.until,
        event_id=item.event_id,
        may_create=True,
    )


def _refused(index: int, problems: Problems) -> Json:
    first = problems[0]
    errors = [{"code": p.code, "pointer": p.pointer, "title": p.zh, "title_en": p.en} for p in problems[:20]]
    said: Json = {"code": first.code, "pointer": first.pointer, "title": first.zh, "title_en": first.en}
    return {"index": index, "status": "rejected", "problem": {**said, "errors": errors}}


def _told(index: int, found: Json | Failure) -> Json:
    if isinstance(found, Failure):
        problems = found.problems or (Problem(code=found.code, pointer="/identity", zh=found.zh, en=found.en),)
        return _refused(index, problems)
    if found["status"] == "conflict":
        return _refused(index, (CONFLICT,))
    return {**found, "index": index, "status": "set" if found["status"] == "accepted" else "duplicate"}
