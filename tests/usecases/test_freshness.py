"""No answer is stale: at any instant a read says what the log says, whether the worker has been there or not."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings
from ruamel.yaml import YAML

from service.core.calendar import DAY, HOUR, MINUTE, read_instant, write_instant
from service.core.event import Event
from service.store import Unit
from service.usecases.app import App
from service.usecases.due import rederive_due
from service.usecases.look import look
from service.usecases.stored import to_events
from tests.rules.lives import Lives
from tests.rules.test_rules import as_told
from tests.usecases.given import NOON, STAFF, Clock, Json, Listener, event, put_in_force, send

DEEP = settings().max_examples > 1000
READS = 5_000 if DEEP else 100  # on each database
TEXT = """
playbook: fresh
timezone: Europe/Berlin
events:
  paid: {properties: {id: string, x: number, y: string}}
  refunded: {properties: {id: string}, reverses: {event: paid, by: id}}
  seen: {}
holidays:
  long: {dates: ["2026-10-03", {from: "2026-12-24", to: "2026-12-26"}]}
tag_groups:
  one: {exclusive: true}
tags:
  lately: {when: {count: {event: paid, within: 1h}, gte: 1}}
  twice: {when: {count: {event: paid, within: 2d}, gte: 2}}
  two_days: {value_of: {sum: {event: paid, property: x, last_days: 2}}, round: 5}
  month: {value_of: {count: {event: paid, during: this_month}}}
  yesterday: {when: {count: {event: seen, during: yesterday}, gte: 1}}
  quiet: {when: {since_last: {event: paid}, gte: 3d, lt: 5d}}
  heat: {value_of: {decayed_sum: {event: paid, property: x, half_life: 1d}}, round: 2}
  cold: {when: {decayed_sum: {event: seen, half_life: 2d}, lt: 0.5}}
  liked: {value_of: {top: {event: paid, property: y, within: 1d}}}
  chain: {when: {sequence: {steps: [{event: seen}, {event: paid}], within: 6h, last_days: 1}, gte: 1}}
  vip: {kind: manual, ttl: 2d}
  fading: {kind: manual, half_life: 1d, ttl: 9d}
  weekend: {when: {all: [{weekday: [sat, sun]}, {count: {event: paid, last_days: 7}, gte: 1}]}}
  morning: {when: {time_of_day: {from: "02:30", to: "10:00"}}}
  festive: {when: {holiday: {before: 1d}}}
  warm: {group: one, when: {tag: heat, gte: 4}}
  good: {group: one, when: {tag: two_days, gte: 5}}
  any_of: {when: {any: [{tag: vip}, {tag: warm}, {persona: {scheme: tier, in: [high]}}]}}
personas:
  tier:
    score: {kind: value, event: paid, property: x, half_life: 1d}
    classes: [{class: high, enter: 5, leave: 2}, {class: mass}]
"""
TREE: dict[str, Any] = YAML(typ="safe").load(TEXT)
GAPS = (0, 1, MINUTE, HOUR, 5 * HOUR, DAY - 1, DAY, 2 * DAY, 4 * DAY)
SAID = ("paid", "paid", "paid", "seen", "seen", "refunded", "tag_set", "tag_set", "tag_removed", "tag_released")


def something(chance: random.Random, number: int, who: str, t: int) -> Json:
    """An event, now and then one that comes late."""
    kind, name = chance.choice(SAID), f"e{number}"
    t -= chance.choice((0, 0, 0, HOUR, DAY))
    if kind.startswith("tag"):
        return event(name, who, kind, t, tag=chance.choice(("vip", "vip", "fading", "warm", "lately")))
    if kind == "paid":
        return event(name, who, kind, t, id=chance.choice("ab"), x=chance.choice((-1, 1, 4, 8)), y=chance.choice("uv"))
    return event(name, who, kind, t, id=chance.choice("abc"))


async def log_of(app: App, who: str) -> list[Event]:
    def read(unit: Unit) -> list[Event]:
        roots = [row.root for row in unit.identities.find([who]).values()]
        return to_events(unit.events.of_roots(roots), roots)

    return await app.store.read(read)


def lives_at(log: Sequence[Event], who: int, at: int) -> Lives:
    return Lives(TREE, [each for each in log if each.t <= at], (), who, at)


def edges(log: Sequence[Event], who: int, now: int, chance: random.Random) -> int:
    """An instant around one at which some tag may turn: so far, or in the time to come."""
    at = chance.choice([each.t for each in log] + [now, now])
    lives = lives_at(log, who, at)
    key = chance.choice(list(TREE["tags"]))
    turns = lives.moments(key, len(lives.events), at, at + chance.choice((DAY, 10 * DAY, 100 * DAY)))
    return (chance.choice(turns) if turns else at) + chance.choice((-1, 0, 0, 1))


def agree(shown: Json, log: Sequence[Event], at: int, chance: random.Random) -> None:
    """What is shown of all tags, and of some of them since when and until when, is what the rules say of the log."""
    lives = lives_at(log, int(shown["profile_id"], 16), at)
    found = {each["key"]: each for each in shown["tags"]}
    wanted = {key: each for key in TREE["tags"] if (each := lives.show(key, len(lives.events), at)) is not None}
    assert {key: as_told(each["value"]) for key, each in found.items()} == {
        key: each.value for key, each in wanted.items()
    }
    assert shown["personas"]["tier"]["class"] == lives.class_of("tier", len(lives.events), at)
    for key in chance.sample(sorted(found), min(2, len(found))):
        life = lives.life(key)
        assert life is not None
        assert found[key]["since"] in {write_instant(since) for since in life.sinces}, key
        until = found[key]["until"]
        if life.until is None:
            assert until is None or until > write_instant(life.reach), key
        else:
            assert until == write_instant(life.until), key


@pytest.mark.no_cover
@pytest.mark.anyio
async def test_no_read_is_stale(app: App, clock: Clock) -> None:
    """Reads as of now and of other instants, around every edge, with and without the worker."""
    chance, done, person = random.Random(7 if DEEP else 5), 0, 0
    await put_in_force(app, TEXT)
    while done < READS:
        person, who = person + 1, f"member:m{person}"
        clock.now = NOON + chance.randrange(400) * DAY  # everybody in these years, of which the rules know the clock
        for number in range(chance.randint(2, 9)):
            clock.now += chance.choice(GAPS)
            await send(app, something(chance, number, who, clock.now), actor=STAFF)
            if chance.random() < 0.5:
                continue
            log = await log_of(app, who)
            first, shown = min(each.t for each in log), dict[str, Any](await look(app, who))
            at = edges(log, int(shown["profile_id"], 16), clock.now, chance)
            if at > clock.now and chance.random() < 0.5:
                clock.now = at
                if chance.random() < 0.5:
                    await rederive_due(app, 20)
                shown = dict(await look(app, who))
                agree(shown, log, at, chance)
            elif at >= first:
                shown = dict(await look(app, who, at))
                agree(shown, log, at, chance)
            done += at >= first


@pytest.mark.anyio
async def test_what_time_ends_is_on_the_feed_when_the_worker_was_there(app: App, clock: Clock) -> None:
    """At the instant at which it ends, not before; and nothing that an earlier look did not foretell."""
    await put_in_force(app, TEXT)
    await send(
        app,
        event("e1", kind="seen", t=NOON - HOUR),
        event("e2", kind="paid", t=NOON, id="a", x=8, y="u"),
        event("e3", kind="tag_set", t=NOON, tag="vip"),
        event("e4", kind="tag_set", t=NOON, tag="fading"),
        actor=STAFF,
    )
    listener, ended = Listener(app), set[str]()
    await listener.news()
    for _ in range(40):
        shown: Json = await look(app, "member:1")
        ends = {each["key"]: read_instant(each["until"]) for each in shown["tags"] if each["until"] is not None}
        due = min((end for end in ends.values() if end is not None), default=clock.now + 6 * HOUR)
        values = {each["key"]: each["value"] for each in shown["tags"]}
        clock.now = due - 1
        await rederive_due(app)
        assert not [each for each in await listener.news() if each["kind"] == "tag" and each["key"] in ends]
        clock.now = due
        await rederive_due(app)
        told = {each["key"]: each for each in await listener.news() if each["kind"] == "tag"}
        for key in (key for key, end in ends.items() if end == due):
            assert told[key]["cause"] == "time"
            assert (told[key]["on"], told[key]["value"]) != (True, values[key]), key
            ended |= set() if told[key]["on"] else {key}
    assert ended >= {"lately", "two_days", "heat", "liked", "chain", "vip", "fading", "morning", "any_of", "quiet"}
