"""Real logs as events of cases: the same list goes over HTTP and is counted plainly."""

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.replay_data import folder

RawEvent = dict[str, Any]
HERE = Path(__file__).parent
TRAINED = 0.6  # of the cases by their start


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a file says which case, when and what."""

    file: str
    case: str
    at: str
    activity: str
    identity: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a log: when (seconds), what, and the properties that tell runs apart."""

    event_id: str
    identity: str
    at: int
    type: str
    properties: Mapping[str, str]

    def told(self) -> RawEvent:
        """The event as it is sent."""
        moment = datetime.fromtimestamp(self.at, UTC).isoformat().replace("+00:00", "Z")
        return {
            "event_id": self.event_id, "identity": self.identity, "type": self.type, "occurred_at": moment,
            "source": "log", "properties": dict(self.properties),
        }  # fmt: skip


Case = Sequence[Happened]


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its playbook, and its cases by when they began."""

    name: str
    playbook: str
    cases: Sequence[Case]

    def cohorts(self) -> tuple[Sequence[Case], Sequence[Case]]:
        """The cases that are learned from, and those that are judged."""
        cut = int(len(self.cases) * TRAINED)
        return self.cases[:cut], self.cases[cut:]

    def sample(self, size: int | None) -> "Log":
        """Keep the cases that began first."""
        return self if size is None else Log(self.name, self.playbook, self.cases[:size])

    @property
    def end(self) -> int:
        """When the last thing happened."""
        return max(each.at for case in self.cases for each in case)


FILES = {
    "receipt": Columns("receipt", "case_id", "ts", "activity", "case_id"),
    "helpdesk": Columns("helpdesk", "case_id", "ts", "activity", "case_id"),
    "bpic2012": Columns("bpic2012_loans", "case_id", "ts", "activity", "case_id"),
    "ecom": Columns("retentioneering_ecom", "session_id", "timestamp", "event", "user_id"),
}


def load(name: str) -> Log:
    """Read a log."""
    columns = FILES[name]
    prepared = partial(_prepared, shop=name == "ecom")
    cases = sorted((prepared(each) for each in _cases(columns)), key=lambda case: (case[0].at, case[0].event_id))
    return Log(name, playbook(name), cases)


def playbook(name: str) -> str:
    """The playbook of a log."""
    return (HERE / f"logs_{name}.yaml").read_text(encoding="utf-8")


def word(activity: str) -> str:
    """What an activity is called as a type of event."""
    return re.sub(r"[^a-z0-9]+", "_", activity.lower()).strip("_")


def _cases(columns: Columns) -> Iterator[list[Happened]]:
    found: dict[str, list[Happened]] = defaultdict(list)
    with gzip.open(folder() / f"{columns.file}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            case = row[columns.case]
            at = round(datetime.fromisoformat(row[columns.at]).replace(tzinfo=UTC).timestamp())
            number = len(found[case])  # the order of the file stands where two things happened in one second
            name = f"member:{word(row[columns.identity])}"
            properties = {columns.case: case}
            found[case].append(Happened(f"{case}-{number:05d}", name, at, word(row[columns.activity]), properties))
    for case, events in found.items():
        assert events == sorted(events, key=lambda each: each.at), case
        yield events


# ---- what a shop knows besides

REACHED_BY = {"add_to_cart": 2, "cart": 2, "shipping_details": 3, "payment_details": 3}
TOWARDS = ("look", "basket", "details", "checkout")
ERRORS = ("error_page", "payment_error", "checkout_bug")


def _prepared(case: list[Happened], *, shop: bool) -> Case:
    """A new cart after each purchase; a page with an error knows what its cart had not reached yet."""
    if not shop:
        return case
    found: list[Happened] = []
    cart, far = 0, 0
    for each in case:
        properties = {**each.properties, "cart_id": f"{each.properties['session_id']}-{cart}"}
        if each.type == "error_page":
            properties["towards"] = TOWARDS[far]
        found.append(Happened(each.event_id, each.identity, each.at, each.type, properties))
        if each.type == "purchase":
            cart, far = cart + 1, 0
        elif each.type not in ERRORS:
            far = max(far, REACHED_BY.get(each.type, 1))
    return found
