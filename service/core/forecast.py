"""When something is done as a rule, for customers to read: an honest range, no more exact than it is wide."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from service.core.calendar import DAY, HOUR, MINUTE, SECOND, local_date, midnight, to_datetime

GRAINS = ((30 * MINUTE, MINUTE), (2 * HOUR, 5 * MINUTE), (12 * HOUR, 30 * MINUTE), (3 * DAY, HOUR))  # wider ones: days


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Between two instants, as a rule, or up to one; neither once both have passed. In words: Chinese, English."""

    after: int | None
    by: int | None
    zh: str
    en: str


def forecast(first: int | None, last: int, width: int, at: int, zone: ZoneInfo) -> Forecast:
    """What can be said at an instant. Ends are rounded away from each other; what has passed is not promised again."""
    grain = next((each for widest, each in GRAINS if width <= widest), DAY)
    by = _ceiling(last, grain, zone)
    if at > by:
        return Forecast(
            after=None, by=None, zh="比平时慢一些，仍在进行", en="taking longer than usual, still on its way"
        )
    after = None if first is None else _floor(first, grain, zone)
    until = _say(by, grain, at, zone)
    if after is None or at >= after:
        zh, en = ("一般不晚于 {}", "usually by {}") if grain == DAY else ("一般在 {} 前", "usually before {}")
        return Forecast(after=None, by=by, zh=zh.format(until), en=en.format(until))
    since = _say(after, grain, at, zone)
    if until[:-5] == since[:-5] and grain != DAY:  # on the same day
        until = until[-5:]
    return Forecast(after=after, by=by, zh=f"一般在 {since} 到 {until} 之间", en=f"usually between {since} and {until}")


def _floor(instant: int, grain: int, zone: ZoneInfo) -> int:
    if grain == DAY:
        return midnight(local_date(instant, zone), zone)
    ahead = _ahead(instant, zone)
    return (instant + ahead) // grain * grain - ahead


def _ceiling(instant: int, grain: int, zone: ZoneInfo) -> int:
    """Of a day its last second: whoever shows it as a date shows that day."""
    if grain == DAY:
        return midnight(local_date(instant - 1, zone) + 1, zone) - SECOND
    ahead = _ahead(instant, zone)
    return -(-(instant + ahead) // grain) * grain - ahead


def _ahead(instant: int, zone: ZoneInfo) -> int:
    """How far local time is ahead of UTC."""
    local = to_datetime(instant, zone)
    offset = local.utcoffset()
    return 0 if offset is None else round(offset.total_seconds()) * SECOND


def _say(instant: int, grain: int, at: int, zone: ZoneInfo) -> str:
    """A date, with the time of day where that is known; the year where it is another."""
    local = to_datetime(instant, zone)
    year = "" if local.year == to_datetime(at, zone).year else f"{local:%Y}-"
    return year + f"{local:%m-%d}" + ("" if grain == DAY else f" {local:%H:%M}")
