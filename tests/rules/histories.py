"""Random logs whose events stand where a playbook turns, reads beside such instants, calibrations among the values."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from service.core.calibration import Calibration, RfmCalibration, SchemeCalibration
from service.core.event import MICRO, Event
from tests.rules.days import DAY, HOUR, SECOND, day_of, midnight, period, written
from tests.rules.lives import Lives
from tests.rules.playbooks import Tree

GAPS = (
    0, 0, 0, 1, 999_999, SECOND, 10 * SECOND, 60 * SECOND, 1800 * SECOND, 2 * HOUR, 12 * HOUR, DAY - 1, DAY, DAY + 1,
    3 * DAY, 5 * DAY, 7 * DAY, 30 * DAY, 364 * DAY,
)  # fmt: skip
STARTS = ("2026-03-07", "2026-10-31", "2028-02-28", "2026-12-31", "2026-09-22")  # leap days, a new year, a plain day
STARTS_OF = {  # beside changes of the clock
    "America/New_York": ("2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01"),
    "Africa/Cairo": ("2026-04-23", "2026-04-24", "2026-10-29"),
}
NUMBERS = st.sampled_from([-1, 0, MICRO // 2, MICRO, 2 * MICRO, 2 * MICRO + 1, 3 * MICRO, 5 * MICRO])
FEN = st.sampled_from([0, 50, 150, 99 * MICRO, 100 * MICRO, 250 * MICRO + 50])
WORDS = st.sampled_from(["a", "b", "b", "a", "ab", "c", ""])
IDS = st.sampled_from(["i", "j"])
SCALARS = st.one_of(NUMBERS, WORDS, st.booleans(), st.sampled_from(["1", [1]]))
BIRTHDAYS = st.sampled_from(["1990-03-08", "2000-02-29", "02-29", "10-31", "12-31", "01-01", "soon", None])
PROPERTIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "paid": {"x": NUMBERS, "m": FEN, "y": WORDS, "g": st.booleans(), "id": IDS},
    "seen": {"x": NUMBERS, "z": SCALARS, "id": IDS},
    "refunded": {"id": IDS},
    "undone": {"id": IDS},
    "trait_set": {
        "city": st.sampled_from(["上海", "北京", None]),
        "age": NUMBERS | st.sampled_from([None, [1]]),
        "born": BIRTHDAYS,
    },
}
COMMON = ("paid", "paid", "paid", "paid", "seen", "seen", "refunded", "undone", "trait_set", *["opinion"] * 3)
SIZES = (4, 3, 5, 1, 6, 8, 10, 16)
MAYBE = st.sampled_from(["app", "pos", None])
TEXTS = ("42", "a", "b", "1", "-0.5", "1.1")


# ---- events


@st.composite
def opinions(draw: st.DrawFn, tree: Tree, t: int) -> tuple[str, Tree]:
    """What somebody says of a tag: a value of a tag with values, a text of a tag that shows one."""
    key = draw(st.sampled_from([*tree["tags"]] * 3 + ["gone"]))
    tag: Tree = tree["tags"].get(key, {})
    kind = draw(st.sampled_from(["tag_set", "tag_set", "tag_set", "tag_removed", "tag_released", "tag_hidden"]))
    if kind == "tag_set" and "rfm" in tag:
        kind = "tag_removed"
    said: Tree = {"tag": key}
    silent = draw(st.integers(0, 7)) == 0
    if kind == "tag_set" and "values" in tag and not silent:
        said["value"] = draw(st.sampled_from([*(each["value"] for each in tag["values"]), "odd"]))
    if kind == "tag_set" and "value_of" in tag and not silent:
        said["value"] = draw(st.sampled_from(TEXTS))
    if kind in ("tag_set", "tag_removed") and draw(st.integers(0, 2)) == 0:
        said["until"] = written(t + draw(st.sampled_from([-1, 0, 1, SECOND, DAY, 3 * DAY, 40 * DAY])))
    return kind, said


@st.composite
def pins(draw: st.DrawFn, tree: Tree, t: int) -> tuple[str, Tree]:
    classes = [each["class"] for each in tree["personas"]["tier"]["classes"]]
    if draw(st.integers(0, 3)) == 0:
        return "persona_released", {"scheme": "tier"}
    pin: Tree = {"scheme": "tier", "class": draw(st.sampled_from(classes)), "reason": "r"}
    if draw(st.booleans()):
        pin["until"] = written(t + draw(st.sampled_from([1, SECOND, DAY, 40 * DAY])))
    return "persona_pinned", pin


@st.composite
def an_event(draw: st.DrawFn, tree: Tree, number: int, t: int) -> Event:
    kind = draw(st.sampled_from([*COMMON, "pin"] if "personas" in tree else COMMON))
    layer = draw(st.sampled_from(["manual", "manual", "import", "user"]))
    if kind == "opinion":
        kind, chosen = draw(opinions(tree, t))
    elif kind == "pin":
        kind, chosen = draw(pins(tree, t))
    else:
        missing = draw(st.sets(st.sampled_from(sorted(PROPERTIES[kind])), max_size=1))
        chosen = {name: draw(values) for name, values in PROPERTIES[kind].items() if name not in missing}
    return Event(
        event_id=f"e{draw(st.integers(0, 9))}{number}", source=draw(st.sampled_from(["app", "pos"])), type=kind, t=t,
        occurred_at=t + draw(st.sampled_from([0, 0, 0, 5, DAY])), channel=draw(MAYBE), layer=layer, properties=chosen,
        place=draw(st.sampled_from(["a", "b", None])), scenario=draw(st.sampled_from(["a", None])),
    )  # fmt: skip


# ---- when


@st.composite
def histories(draw: st.DrawFn, tree: Tree, who: int) -> list[Event]:
    zone = ZoneInfo(tree["timezone"])
    day = date.fromisoformat(draw(st.sampled_from([*STARTS_OF.get(tree["timezone"], ()) * 2, *STARTS])))
    t = midnight(day, zone) + draw(st.sampled_from([-1, 0, HOUR, 2 * HOUR, 9 * HOUR, 23 * HOUR]))
    events: list[Event] = []
    for number in range(draw(st.sampled_from(SIZES))):
        events.append(draw(an_event(tree, number, t)))
        how = draw(st.sampled_from(["gap", "gap", "same", "same", "edge", "edge", "midnight", "midnight"]))
        if how == "gap":
            t += draw(st.sampled_from(GAPS))
        elif how == "edge":
            t = draw(st.sampled_from([at for at in edges(Lives(tree, events, (), who, t)) if at >= t] or [t]))
        elif how == "midnight":
            today = day_of(t, zone)
            ahead = [today + timedelta(days=days) for days in (1, 2, 7)] + [period("month", today)[1]]
            t = max(t, midnight(draw(st.sampled_from(ahead)), zone) + draw(st.sampled_from([-1, 0, 1])))
    return events


def edges(lives: Lives) -> list[int]:
    """The first instants to come at which silence could change each tag, and those right beside them."""
    found = set[int]()
    for key in lives.tags:
        found |= set(lives.moments(key, len(lives.events), lives.now, lives.now + 40 * DAY)[:6])
        found |= set(lives.moments(key, len(lives.events), lives.now, lives.now + 800 * DAY)[-2:])
    return sorted({at + by for at in found for by in (-1, 0, 1)})


@st.composite
def reads(draw: st.DrawFn, lives: Lives) -> int:
    newest = lives.events[-1].t
    later = [newest, newest + 1, newest + DAY, newest + 366 * DAY]
    for scheme in lives.personas:
        turns = [at for _, at, _ in lives.timeline(scheme) if at > newest]
        later += [at + by for at in turns[:3] for by in (-1, 0)]
    return draw(st.sampled_from(later + [at for at in edges(lives) if at >= newest]))


# ---- calibrations


@st.composite
def calibrations(draw: st.DrawFn, lives: Lives) -> tuple[Calibration, ...]:
    """Up to three, none later than the read; bounds are the profile's own values and their neighbours."""
    log = lives.events
    moments = sorted({e.t + by for e in log for by in (0, 1, DAY)} | {log[0].t - DAY, lives.now})
    chosen = draw(st.sets(st.sampled_from([at for at in moments if at <= lives.now]), max_size=3))
    found = []
    for number, at in enumerate(sorted(chosen), 1):
        schemes = {key: draw(_schemes(lives, key)) for key in lives.personas}
        rfm = {key: draw(_rfm(lives, lives.tags[key]["rfm"])) for key in lives.tags if "rfm" in lives.tags[key]}
        found.append(Calibration(number=number, effective_from=at, schemes=schemes, rfm=rfm))
    return tuple(found)


@st.composite
def _schemes(draw: st.DrawFn, lives: Lives, key: str) -> SchemeCalibration:
    mean = draw(st.sampled_from([0, 1, 2])) * MICRO
    learned = SchemeCalibration(mean=mean, quantiles=(), profiles=1000)
    scores = {lives.score(key, k, e.t, learned) or 0 for k, e in enumerate(lives.events, 1)}
    near = sorted({max(0, score + by) for score in scores for by in (-1, 0, 1)} | {0})
    low, middle, high = sorted(draw(st.lists(st.sampled_from(near), min_size=3, max_size=3)))
    return SchemeCalibration(mean=mean, quantiles=(*[low] * 500, *[middle] * 200, *[high] * 300), profiles=1000)


@st.composite
def _rfm(draw: st.DrawFn, lives: Lives, spec: Tree) -> RfmCalibration:
    log = lives.events
    counted = lives.counted(spec, len(log))
    ages = sorted({max(0, at - e.t + by) for e in log for at in (log[-1].t, lives.now) for by in (-1, 0, 1)})
    total, sums = 0, {-MICRO, 0}
    for event in counted:
        x = lives.read(event, spec["property"])
        total += int(x * MICRO) if isinstance(x, Fraction) else 0
        sums |= {total - 1, total, total + 1}

    def four(among: list[int]) -> tuple[int, int, int, int]:
        a, b, c, d = sorted(draw(st.lists(st.sampled_from(among), min_size=4, max_size=4)))
        return a, b, c, d

    return RfmCalibration(
        ages=four(ages), counts=four([n * MICRO for n in range(4)]), sums=four(sorted(sums)), profiles=10
    )
