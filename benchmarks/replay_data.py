"""The raw files as events: the same list goes over HTTP and to the oracle."""

import csv
import gzip
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

RawEvent = dict[str, Any]
HERE = Path(__file__).parent
FOLDERS = (HERE.parent.parent / "shared" / "data", HERE.parent / "shared" / "data")


@dataclass(frozen=True, slots=True)
class Source:
    """One data set: its events by identity, its playbook, and the instants worth reading."""

    name: str
    playbook: str
    profiles: dict[str, list[RawEvent]]
    instants: tuple[str, ...]  # the last one, after the calibrations, is added by the replay

    def sample(self, size: int | None) -> "Source":
        """Keep some profiles, always the same ones."""
        if size is None or size >= len(self.profiles):
            return self
        chosen = sorted(self.profiles, key=lambda name: hashlib.sha256(name.encode()).digest())[:size]
        return Source(self.name, self.playbook, {name: self.profiles[name] for name in sorted(chosen)}, self.instants)


def folder() -> Path:
    """Find the folder of the real data sets."""
    for found in FOLDERS:
        if (found / "cdnow.csv.gz").exists():
            return found
    message = f"real data not found in {FOLDERS[0]}"
    raise FileNotFoundError(message)


def load(name: str) -> Source:
    """Read a data set."""
    events, instants = {"cdnow": (_cdnow, CDNOW_INSTANTS), "retail": (_retail, RETAIL_INSTANTS)}[name]
    profiles: dict[str, list[RawEvent]] = defaultdict(list)
    for event in events():
        profiles[event["identity"]].append(event)
    playbook = (HERE / f"replay_{name}.yaml").read_text(encoding="utf-8")
    return Source(name, playbook, dict(profiles), instants)


# An awkward one between two days, one on a midnight of New York, the end of the data, and 40 days later.
CDNOW_INSTANTS = (
    "1997-04-20T07:08:09.123456Z",
    "1997-11-30T05:00:00Z",
    "1998-06-30T04:00:00Z",
    "1998-08-09T04:00:00Z",
)
RETAIL_INSTANTS = (
    "2011-03-31T11:22:33.000001Z",
    "2011-08-15T14:05:00Z",
    "2011-12-09T12:50:00Z",
    "2012-01-18T12:50:00Z",
)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(folder() / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _time(local: datetime, row: int) -> str:
    """Write an instant with its own offset, or in UTC for every second row."""
    return local.isoformat() if row % 2 else local.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _cdnow() -> Iterator[RawEvent]:
    zone = ZoneInfo("America/New_York")
    seen: dict[str, int] = defaultdict(int)
    for number, row in enumerate(_rows("cdnow"), start=1):
        day = datetime.fromisoformat(row["date"]).replace(tzinfo=zone)
        user, amount, items = row["user_id"], Decimal(row["amount"]), int(row["items"])
        seen[user] += 1
        yield {
            "event_id": f"{user}-{number:06d}",
            "identity": f"member:{user}",
            "type": "order_paid",
            "occurred_at": _time(day, number),
            "source": "pos" if number % 3 else "web",
            "channel": "phone" if number % 5 == 0 else "web",
            "scenario": "gift" if day.month == 12 else "self",
            "properties": {
                "amount": int(amount * 100),
                "items": items,
                "nth": seen[user],
                "unit_price": (amount / items).quantize(Decimal("0.00000001")) if items else None,
                "weekday": day.strftime("%a"),
                "month": day.strftime("%Y-%m"),
                "gift": number % 4 == 0,
            },
        }


@dataclass(slots=True)
class Invoice:
    """The lines of one invoice, folded."""

    number: str
    user: str
    at: datetime
    country: str
    amount: Decimal = Decimal(0)
    items: int = 0
    lines: int = 0


def _invoices() -> list[Invoice]:
    zone = ZoneInfo("Europe/London")
    found: dict[str, Invoice] = {}
    for row in _rows("online_retail"):
        number = row["invoice"]
        if number not in found:
            at = datetime.fromisoformat(row["ts"]).replace(tzinfo=zone)
            found[number] = Invoice(number, row["user_id"], at, row["country"])
        invoice = found[number]
        invoice.amount += int(row["qty"]) * Decimal(row["price"])
        invoice.items += int(row["qty"])
        invoice.lines += 1
    return sorted(found.values(), key=lambda one: one.at.astimezone(UTC))


def _retail() -> Iterator[RawEvent]:
    past: dict[str, list[Invoice]] = defaultdict(list)  # orders of one customer that no refund is linked to yet
    nth: dict[str, int] = defaultdict(int)
    countries: dict[str, str] = {}
    for row, invoice in enumerate(_invoices()):
        event = _purchase(invoice, row)
        properties = event["properties"]
        if invoice.number.startswith("C"):
            linked = next((one for one in reversed(past[invoice.user]) if one.amount == -invoice.amount), None)
            if linked is not None and invoice.user and linked.at < invoice.at:
                past[invoice.user].remove(linked)
                properties["order_id"] = linked.number
            event["type"] = "order_refunded"
        else:
            past[invoice.user].append(invoice)
            nth[event["identity"]] += 1
            properties |= {"order_id": invoice.number, "nth": nth[event["identity"]]}
            if zlib.crc32(invoice.number.encode()) % 6 == 0:
                yield _rating(event, invoice)
        if invoice.user and countries.get(invoice.user) != invoice.country:
            countries[invoice.user] = invoice.country
            yield _trait(event, invoice)
        yield event


def _purchase(invoice: Invoice, row: int) -> RawEvent:
    return {
        "event_id": invoice.number,
        "identity": f"member:{invoice.user}" if invoice.user else f"anonymous:{invoice.number}",
        "type": "order_paid",
        "occurred_at": _time(invoice.at, row),
        "source": "shop" if row % 4 else "app",
        "channel": "store" if row % 3 else "web",
        "scenario": "gift" if invoice.at.month in {11, 12} else "stock",
        "properties": {
            "amount": invoice.amount,
            "items": invoice.items,
            "lines": invoice.lines,
            "country": invoice.country,
            "month": invoice.at.strftime("%Y-%m"),
        },
    }


def _rating(event: RawEvent, invoice: Invoice) -> RawEvent:
    """Make up a rating for every sixth order, some days later; by the hash of its number, so always the same."""
    chance = zlib.crc32(invoice.number[::-1].encode())
    at = invoice.at.astimezone(UTC) + timedelta(days=chance % 10, minutes=chance % 7)
    return {
        "event_id": f"rating-{invoice.number}",
        "identity": event["identity"],
        "type": "feedback_given",
        "occurred_at": _time(at, chance),
        "source": "app",
        "properties": {"order_id": invoice.number, "rating": chance // 10 % 5 + 1, "text": "好" * (chance % 3)},
    }


def _trait(event: RawEvent, invoice: Invoice) -> RawEvent:
    return {
        "event_id": f"country-{invoice.number}",
        "identity": event["identity"],
        "type": "trait_set",
        "occurred_at": event["occurred_at"],
        "source": "crm",
        "properties": {"country": invoice.country},
    }
