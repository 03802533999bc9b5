"""Reading tests of the calendar: weekdays, times of day, dates, holidays, anniversaries, and the sticky buckets."""

from collections.abc import Callable, Mapping
from datetime import date

from service.core.calendar import DAY, read_clock, read_date, read_duration
from service.core.event import MICRO
from service.core.playbook.conditions import Bucket
from service.core.playbook.moments import WEEKDAYS, Anniversary, Dates, HolidayTest, Moment, TimeOfDay, Weekday
from service.core.playbook.tree import Node

MOMENTS = ("weekday", "time_of_day", "date", "holiday")
FARTHEST = 366  # days before and after


def read_moment(name: str, node: Node) -> Moment:
    """A test that can be asked of now and of an event."""
    return _READERS[name](node)


def _weekday(node: Node) -> Moment:
    days = node.each(lambda item: item.choice(WEEKDAYS))
    if not days:
        node.wrong("empty_list", "这里至少要写一项", "at least one member is needed here")
    return Weekday(days=tuple(sorted({WEEKDAYS.index(day) for day in days})))


def _time_of_day(node: Node) -> Moment:
    found = node.fields(("from", "to"), ("from", "to"))
    start, end = found.read("from", _clock, 0), found.read("to", _clock, 1)
    if start == end:
        node.wrong("empty_range", "from 与 to 相同，没有时间可选", "from and to are the same: no time is left")
    return TimeOfDay(start=start, end=end)


def _clock(node: Node) -> int:
    found = read_clock(node.value) if isinstance(node.value, str) else None
    if found is None:
        zh, en = '这里应为带引号的时刻，例如 "07:30"', 'a time of day in quotes is expected here, such as "07:30"'
        node.wrong("not_a_clock_time", zh, en)
    return found or 0


def _dates(node: Node) -> Moment:
    found = node.fields(("from", "to"))
    first, last = found.maybe("from", read_day), found.maybe("to", read_day)
    if first is None and last is None:
        node.wrong("missing_field", "from 与 to 至少写一个", "write from, to or both")
    elif first is not None and last is not None and first > last:
        node.wrong("empty_range", "from 晚于 to，请对调", "from is later than to; swap them")
    return Dates(first=first, last=last)


def read_day(node: Node) -> int:
    """A date."""
    found = read_date(str(node.value)) if isinstance(node.value, str | date) else None
    if found is None:
        node.wrong("not_a_date", "这里应为日期，例如 2026-05-01", "a date such as 2026-05-01 is expected here")
    return found or 1


def _holiday(node: Node) -> Moment:
    found = node.fields(("in", "before", "after"))
    names = found.maybe("in", lambda item: item.each(Node.key))
    return HolidayTest(holidays=names, before=found.read("before", _days, 0), after=found.read("after", _days, 0))


def _days(node: Node) -> int:
    length = read_duration(node.value) if isinstance(node.value, str) else None
    if length is None or length % DAY or length > FARTHEST * DAY:
        zh, en = f"这里应为整天数，最多 {FARTHEST}d，例如 7d", f"whole days are expected here, {FARTHEST}d at most: 7d"
        node.wrong("not_whole_days", zh, en)
        return 0
    return length // DAY


def read_anniversary(node: Node) -> Anniversary:
    """`{trait: birthday, before: 7d}`."""
    found = node.fields(("trait", "before", "after"), ("trait",))
    return Anniversary(
        trait=found.read("trait", lambda item: item.text(128), "?"),
        before=found.read("before", _days, 0),
        after=found.read("after", _days, 0),
    )


def read_bucket(node: Node) -> Bucket:
    """`{salt: trial, percent: 1}`."""
    found = node.fields(("salt", "percent"), ("salt", "percent"))
    return Bucket(salt=found.read("salt", Node.text, "?"), share=found.read("percent", _percent, 0))


def _percent(node: Node) -> int:
    share = node.number()
    if not 0 <= share <= 100 * MICRO or share % (MICRO // 100):
        zh, en = "百分数应在 0 到 100 之间，最多两位小数", "a percentage is from 0 to 100, with two decimals at most"
        node.wrong("not_a_percentage", zh, en)
        return 0
    return share // (MICRO // 100)


_READERS: Mapping[str, Callable[[Node], Moment]] = {
    "weekday": _weekday,
    "time_of_day": _time_of_day,
    "date": _dates,
    "holiday": _holiday,
}
