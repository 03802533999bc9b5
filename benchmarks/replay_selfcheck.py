"""Plant bugs, in the oracle's answers and in its rules, and count who notices: what cannot fail proves nothing."""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import oracle, oracle_book, oracle_conditions, oracle_personas, oracle_time
from benchmarks.oracle_book import Book, Calibration, Happened, Tree
from benchmarks.oracle_journeys import Journey, Run
from benchmarks.oracle_time import SECOND, instant, written
from benchmarks.replay_compare import differences
from benchmarks.replay_data import Source

Body = dict[str, Any]
Plant = Callable[[Body], bool]


def as_body(wanted: oracle.Answer) -> Body:
    """Write the oracle's answer as the service would."""
    wanted = copy.deepcopy(wanted)
    return {
        "traits": wanted["traits"],
        "tags": [{"key": name, **one, "source": "rule"} for name, one in wanted["tags"].items()],
        "personas": {name: {"since": None, **one} for name, one in wanted["personas"].items()},
        "journeys": [
            {
                **one,
                "journey": name,
                "key": key,
                "stages": [{"stage": stage, "state": state, "at": at} for stage, (state, at) in one["stages"].items()],
                "breakpoints": [
                    {"kind": kind, "stage": stage, "since": since, "resolved_at": resolved or None}
                    for kind, stage, since, resolved in one["breakpoints"]
                ],
            }
            for (name, key), one in wanted["journeys"].items()
        ],
    }


def _later(text: str | None) -> str | None:
    return None if text is None else written(instant(text) + 1)


def _first(found: Iterator[Body], change: Callable[[Body], None]) -> bool:
    for one in found:
        change(one)
        return True
    return False


def _shift(name: str) -> Callable[[Body], None]:
    return lambda one: one.update({name: _later(one[name])})


def _put(name: str, value: object) -> Callable[[Body], None]:
    return lambda one: one.update({name: value})


def _breaks(body: Body) -> Iterator[Body]:
    return (part for one in body["journeys"] for part in one["breakpoints"])


def _stages(body: Body) -> Iterator[Body]:
    return (part for one in body["journeys"] for part in one["stages"])


def _drop(name: str) -> Plant:
    return lambda body: bool(body[name]) and body[name].pop() is not None


ANSWERS: dict[str, Plant] = {
    "a tag less": _drop("tags"),
    "a tag more": lambda body: body["tags"].append(
        {"key": "nonsense", "value": None, "since": "1997-01-01T00:00:00Z", "until": None, "source": "rule"}) is None,
    "a tag twice": lambda body: bool(body["tags"]) and body["tags"].append(body["tags"][0]) is None,
    "another value": lambda body: _first((t for t in body["tags"] if t["value"]), _put("value", "other")),
    "since 1 µs later": lambda body: _first(iter(body["tags"]), _shift("since")),
    "until 1 µs later": lambda body: _first((t for t in body["tags"] if t["until"]), _shift("until")),
    "until forgotten": lambda body: _first((t for t in body["tags"] if t["until"]), _put("until", None)),
    "another class": lambda body: _first(iter(body["personas"].values()), _put("class", "nobody")),
    "class since": lambda body: _first((p for p in body["personas"].values() if p["since"]), _shift("since")),
    "score + 1": lambda body: _first((p for p in body["personas"].values() if "score" in p),
                                     lambda one: one.update(score=one["score"] + 1)),
    "position + 1": lambda body: _first((p for p in body["personas"].values() if "position" in p),
                                        lambda one: one.update(position=one["position"] + 1)),
    "an enrollment less": lambda body: _first(
        (one for one in body["journeys"] if one["key"] is None), body["journeys"].remove
    ),
    "status": lambda body: _first(iter(body["journeys"]), _put("status", "other")),
    "stage": lambda body: _first(iter(body["journeys"]), _put("stage", "other")),
    "entered_at": lambda body: _first(iter(body["journeys"]), _shift("entered_at")),
    "pace": lambda body: _first((j for j in body["journeys"] if j["pace"] == "late"), _put("pace", "on_time")),
    "progress": lambda body: _first(iter(body["journeys"]), _put("progress", 0.123)),
    "health": lambda body: _first(iter(body["journeys"]), lambda one: one["health"].update(score=-1)),
    "stage state": lambda body: _first((s for s in _stages(body) if s["state"] == "skipped"), _put("state", "ahead")),
    "lit at": lambda body: _first((s for s in _stages(body) if s["state"] == "lit"), _shift("at")),
    "breakpoint since": lambda body: _first(_breaks(body), _shift("since")),
    "breakpoint kind": lambda body: _first(_breaks(body), _put("kind", "regressed")),
    "breakpoint open": lambda body: _first((b for b in _breaks(body) if b["resolved_at"]), _put("resolved_at", None)),
}  # fmt: skip


# CDNOW has no refunds, and its midnights fall on the same date everywhere between New York and London.
SILENT = {"cdnow": ("days in UTC", "no reversals", "no own reversals")}


def answers_noticed(wanted: Sequence[oracle.Answer]) -> dict[str, tuple[int, int]]:
    """Plant each bug into each answer: how often it could be planted, how often it was noticed."""
    result = {"nothing": (len(wanted), sum(not differences(one, 200, as_body(one)) for one in wanted))}
    for name, plant in ANSWERS.items():
        planted = noticed = 0
        for one in wanted:
            body = as_body(one)
            if plant(body):
                planted += 1
                noticed += bool(differences(one, 200, body))
        result[name] = (planted, noticed)
    return result


GONE, WINDOW_END = oracle_book.gone_from, oracle_time.window_end
WAIT, READ = Journey._wait, Journey._read  # noqa: SLF001
CHOOSE = oracle_personas.Scheme.choose


def _log_backwards(book: Book, raw: Sequence[Tree]) -> list[Happened]:
    found = [book._happened(one) for one in raw]  # noqa: SLF001
    return sorted(found, key=lambda event: (event.t, [-ord(letter) for letter in event.order[3]]))


def _from_entry(journey: Journey, run: Run, event: Happened, ratings: list[int]) -> None:
    READ(journey, run, event, ratings)
    run.active_at = run.entered_at


def _never_resumed(journey: Journey, run: Run, event: Happened, ratings: list[int]) -> None:
    if run.status != "dropped":
        READ(journey, run, event, ratings)


def _no_own(log: Sequence[Happened], rules: Sequence[tuple[str, str, str]]) -> list[int]:
    return GONE(log, [] if rules and rules[0][0] == "feedback_given" else rules)


# What is broken: where it stands, its name, and what stands there instead.
RULES: dict[str, tuple[Any, str, Any]] = {
    "windows without buckets": (oracle_conditions, "window_end", lambda t, window: t + window),
    "windows a second longer": (oracle_conditions, "window_end", lambda t, window: WINDOW_END(t, window) + SECOND),
    "days in UTC": ("book", "zone", ZoneInfo("UTC")),
    "same instant backwards": (Book, "log", _log_backwards),
    "deadline before event": (Journey, "_wait", lambda self, run, before: WAIT(self, run, before + 1)),
    "abandoned since entry": (Journey, "_read", _from_entry),
    "never resumed": (Journey, "_read", _never_resumed),
    "no hysteresis": (oracle_personas.Scheme, "choose", lambda self, score, _, *rest: CHOOSE(self, score, None, *rest)),
    "weights by whole half-lives": (oracle_personas, "weight", lambda t, half_life: 1 << (20 + t // half_life)),
    "only the first calibration": (oracle_personas, "in_force", lambda known, _: min(known, key=lambda c: c.number)),
    "no reversals": ("book", "reversals", []),
    "no own reversals": (oracle_conditions, "gone_from", _no_own),
}


@contextmanager
def replaced(place: object, name: str, broken: object) -> Iterator[None]:
    """Put something broken in the place of something right, for a while."""
    right = getattr(place, name)
    setattr(place, name, broken)
    try:
        yield
    finally:
        setattr(place, name, right)


def rules_noticed(source: Source, ats: Sequence[int], tick: Callable[[], None]) -> dict[str, tuple[int, int]]:
    """Break one rule of the oracle at a time: how many profiles were read, how many answers differ."""
    book = Book(source.playbook)
    now = ats[-1] - int(timedelta(days=40) / timedelta(microseconds=1))
    learned = oracle.calibrate(book, [book.log(events) for events in source.profiles.values()], now)
    raised = {name: (mean, [bound + (1 << 20) for bound in bounds]) for name, (mean, bounds) in learned.items()}
    calibrations = [Calibration(1, now, learned), Calibration(2, now + SECOND, raised)]
    right = {name: oracle.expected(book, events, calibrations, ats) for name, events in source.profiles.items()}
    tick()
    result = {}
    for rule, (place, name, broken) in RULES.items():
        with replaced(book if place == "book" else place, name, broken):
            wrong = {who: oracle.expected(book, events, calibrations, ats) for who, events in source.profiles.items()}
        result[rule] = (len(right), sum(right[who] != wrong[who] for who in right))
        tick()
    return result
