"""Small cases worked out by hand from docs/playbook.md test the oracle itself: `python -m benchmarks.oracle_cases`."""

from collections.abc import Sequence
from math import log2
from typing import Any

from rich.console import Console

from benchmarks.oracle import Answer, expected, quantiles
from benchmarks.oracle_book import Book, Calibration
from benchmarks.oracle_numbers import mantissa, micro, score_of, weight
from benchmarks.oracle_time import bucket, duration, instant

HEAD = "playbook: p\ntimezone: Asia/Shanghai\nevents:\n  buy: {properties: {order: string, amount: money}}\n"
JOURNEY = """
journeys:
  j:
    enter: {event: buy}
    abandon_after: 20d
    stages:
      - {stage: a, completed_by: {event: buy}}
      - {stage: b, completed_by: {event: b}, expected_within: 2d, stalled_after: 5d, fails_on: [{event: bad}]}
      - {stage: c, completed_by: {event: c}, expected_within: 1d}
      - {stage: o, optional: true, completed_by: {event: feedback_given}}
"""


def buy(at: str, amount: object = 10, kind: str = "buy", **properties: object) -> dict[str, Any]:
    """Make one event; its id is its time and kind."""
    values = {"amount": amount, **properties}
    return {"event_id": f"{at}{kind}{amount}", "type": kind, "occurred_at": at, "source": "s", "properties": values}


def ask(playbook: str, events: Sequence[Any], at: str, calibrations: Sequence[Calibration] = ()) -> Answer:
    """Ask the oracle at one instant."""
    found = expected(Book(HEAD + playbook), events, calibrations, [instant(at)])[0]
    if found is None:
        raise AssertionError(at)
    return found


def same(what: str, got: object, wanted: object) -> None:
    """Fail with both sides."""
    if got != wanted:
        message = f"{what}: {got!r} instead of {wanted!r}"
        raise AssertionError(message)


def tag(when: str, events: Sequence[Any], at: str) -> list[str | None] | None:
    """Ask for value, since and until of one tag."""
    body = f"tags: {{x: {{values: {when}}}}}" if when.startswith("[") else f"tags: {{x: {{when: {when}}}}}"
    found = ask(body, events, at)["tags"].get("x")
    return None if found is None else [found["value"], found["since"], found["until"]]


def case_numbers() -> None:
    """Constants that can be checked with a pocket calculator."""
    same("R[0]", mantissa(0), 1 << 20)
    same("R[512]", mantissa(512), 1482910)
    same("R[1023]", mantissa(1023), round(2 ** (1023 / 1024) * 2**20))
    same("half-life doubles", weight(2 * duration("180d"), duration("180d")), 4 << 20)
    same("score of 1", score_of(1), 0)
    same("score of 3·2^70", score_of(3 << 70), int((70 + log2(3)) * 2**20))
    same("score of a power", score_of(1 << 88), 88 << 20)
    same("half-even", [micro("0.0000005"), micro("0.0000015"), micro("-2.5")], [0, 2, -2500000])
    same("buckets", [bucket(duration(w)) for w in ("1d", "7d", "30d", "365d", "5m")],
         [duration(b) for b in ("1m", "15m", "1h", "6h", "1s")])  # fmt: skip
    same("ranks", quantiles([5, 6, 7])[332:334], [5, 6])
    same("Chinese", duration("30分钟"), duration("30m"))


def case_windows() -> None:
    """A window ends with its bucket; silence ends a tag; an event at the very end keeps it."""
    first = buy("2026-01-01T00:30:00Z")
    count = "{count: {event: buy, within: 30d}, gte: 1}"
    end = "2026-01-31T01:00:00Z"
    same("on", tag(count, [first], "2026-01-05T00:00:00Z"), [None, "2026-01-01T00:30:00Z", end])
    same("off", tag(count, [first], end), None)
    kept = tag(count, [first, buy(end)], "2026-02-01T00:00:00Z")
    same("event first", kept, [None, "2026-01-01T00:30:00Z", "2026-03-02T02:00:00Z"])
    again = tag(count, [first, buy("2026-01-31T01:00:00.000001Z")], "2026-02-01T00:00:00Z")
    same("broken", again, [None, "2026-01-31T01:00:00.000001Z", "2026-03-02T02:00:00Z"])
    quiet = "{since_last: {event: buy}, between: [2d, 3d]}"
    held = [None, "2026-01-03T00:30:00Z", "2026-01-04T00:30:00.000001Z"]
    same("since_last", tag(quiet, [first], "2026-01-04T00:30:00Z"), held)
    day = "{sum: {event: buy, property: amount, within: 1d}, gt: 10}"
    levels = f"[{{value: hi, when: {day}}}, {{value: lo, when: {{always: true}}}}]"
    two = [first, buy("2026-01-01T12:00:00Z", 0.5)]
    same("value", tag(levels, two, "2026-01-01T13:00:00Z"), ["hi", "2026-01-01T12:00:00Z", "2026-01-02T00:31:00Z"])
    days = "{active_days: {event: buy}, gte: 2}"
    same("zone", tag(days, [buy("2026-01-01T15:59:59Z"), buy("2026-01-01T16:00:00Z")], "2026-01-02T00:00:00Z"),
         [None, "2026-01-01T16:00:00Z", None])  # fmt: skip
    same("absent", tag("{avg: {event: other, property: amount}, ne: 1}", [first], end), None)


def case_reversals() -> None:
    """A reversed order counts until the refund is read."""
    head = HEAD.rstrip() + "\n  back: {properties: {order: string}, reverses: {event: buy, by: order}}\n"
    body = "tags: {x: {when: {count: {event: buy}, gte: 1}}}" + JOURNEY
    events = [buy("2026-01-01T00:00:00Z", order="1"), buy("2026-01-03T00:00:00Z", kind="back", order="1")]
    ats = [instant("2026-01-02T23:59:59.999999Z"), instant("2026-01-03T00:00:00Z")]
    before, after = expected(Book(head + body), events, [], ats)
    if before is None or after is None:
        raise AssertionError
    same("before", (list(before["tags"]), len(before["journeys"])), (["x"], 1))
    same("after", (list(after["tags"]), len(after["journeys"])), ([], 0))


def journey(events: Sequence[Any], at: str) -> dict[str, Any]:
    """Ask for the only enrollment."""
    found: dict[str, Any] = ask(JOURNEY, events, at)["journeys"]["j", None]
    return found


def case_journeys() -> None:
    """Late, stalled, skipped, failed, dropped, resumed."""
    start = buy("2026-01-01T00:00:00Z")
    waiting = journey([start], "2026-01-03T00:00:00Z")
    same("late", [waiting["pace"], waiting["stage"], waiting["breakpoints"]], ["late", "b", []])
    same("late health", waiting["health"]["score"], 70)
    punctual = journey([start, buy("2026-01-03T00:00:00Z", kind="b")], "2026-01-03T00:00:00Z")
    same("event first", [punctual["pace"], punctual["stage"], punctual["health"]["timeliness"]], ["on_time", "c", 1])
    stalled = journey([start], "2026-01-06T00:00:00Z")
    same("stalled", stalled["breakpoints"], [["stalled", "b", "2026-01-06T00:00:00Z", ""]])
    dropped = journey([start], "2026-01-21T00:00:00Z")
    gone = "2026-01-21T00:00:00Z"
    same("dropped", [dropped["status"], dropped["breakpoints"]],
         ["dropped", [["dropped", "b", gone, ""], ["stalled", "b", "2026-01-06T00:00:00Z", gone]]])  # fmt: skip
    day = "2026-01-25T00:00:00Z"
    later = "2026-01-25T00:00:01Z"  # while he is away nothing fails
    back = journey([start, buy(day, kind="bad"), buy(day, kind="c"), buy(later, kind="bad")], later)
    same("back", [back["status"], back["stage"], back["stages"]["b"], back["progress"]],
         ["active", "b", ["current", None], 0.667])  # fmt: skip
    same(
        "breaks", [b for b in back["breakpoints"] if not b[3]], [["failed", "b", later, ""], ["skipped", "b", day, ""]]
    )
    whole = [start, buy("2026-01-02T00:00:00Z", kind="c"), buy("2026-01-02T06:00:00Z", kind="b"),
             buy("2026-02-02T06:00:00Z", kind="feedback_given", rating=4)]  # fmt: skip
    done = journey(whole, "2027-01-01T00:00:00Z")
    same(
        "done", [done["status"], done["stage"], done["health"]["quality"], done["progress"]], ["completed", "o", 0.9, 1]
    )
    same("resolved", done["breakpoints"], [["skipped", "b", "2026-01-02T00:00:00Z", "2026-01-02T06:00:00Z"]])


def case_personas() -> None:
    """Enter, leave, undetermined; a calibration that comes into force."""
    numbers = """
personas:
  s:
    score: {kind: value, event: buy, property: amount, half_life: 100d}
    classes: [{class: up, enter: 100, leave: 60}, {class: down}]
    undetermined_below: {count: {event: buy}, lt: 1}
"""
    events = [buy("2026-01-01T00:00:00Z", 99), buy("2026-01-02T00:00:00Z", 101), buy("2026-09-01T00:00:00Z", 1)]
    classes = [ask(numbers, events[:n], events[n - 1]["occurred_at"])["personas"]["s"] for n in (1, 2, 3)]
    same("classes", [one["class"] for one in classes], ["down", "up", "down"])  # at last 1 + 2·.19 orders, mean 67: 92
    same("fell", classes[2]["since"][:10], "2026-06-24")  # 200 halves every 100 days: 60 after 173.7
    back = [*events, buy("2026-09-01T00:00:01Z", 199)]
    same("back", ask(numbers, back, "2026-09-02T00:00:00Z")["personas"]["s"]["since"], "2026-09-01T00:00:01Z")
    ranks = numbers.replace("100, leave: 60", "p80, leave: p70")
    same("none", ask(ranks, events, "2026-12-01T00:00:00Z")["personas"]["s"]["class"], "undetermined")
    low, high = [1] * 1000, [1 << 40] * 1000
    both = [Calibration(1, instant("2026-06-01T00:00:00Z"), {"s": (0, low)}),
            Calibration(2, instant("2026-10-01T00:00:00Z"), {"s": (0, high)})]  # fmt: skip
    seen = [ask(ranks, events, at, both)["personas"]["s"] for at in ("2026-09-30T00:00:00Z", "2026-10-01T00:00:00Z")]
    same("calibrated", [(one["class"], one["since"], one["position"]) for one in seen],
         [("up", "2026-01-01T00:00:00Z", 1000), ("down", "2026-10-01T00:00:00Z", 0)])  # fmt: skip


def main() -> None:
    """Run every case."""
    for case in (case_numbers, case_windows, case_reversals, case_journeys, case_personas):
        case()
        Console().print(f"{case.__name__}: ok")


if __name__ == "__main__":
    main()
