"""What a stage promises, aims at and gives, beside what completes it."""

from dataclasses import dataclass

from service.core.event import MICRO
from service.core.playbook.named import Named
from service.core.playbook.tree import Node

RATINGS = (MICRO, 5 * MICRO)
EVERYONE = "everyone"  # in place of a class: whoever it is, those of no class, too
PERCENTILES = ("p50", "p75", "p80", "p90", "p95", "p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised to a class of the first persona scheme, or to everyone: a mean rating (micro units), how soon.

    `within` is microseconds from when the stage was entered; `percent` is how many of a hundred it holds for.
    """

    cls: str
    rating: int | None = None
    within: int | None = None
    percent: int = 100

    def is_for(self, cls: object) -> bool:
        """Whether it is made to people of a class; None: of no class."""
        return self.cls in (EVERYONE, cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How many of a hundred runs shall light the stage, and how soon after they were entered (microseconds)."""

    percent: int
    within: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit(Named):
    """What a customer earns at the stage; `classes` names whom it is for, nobody named: everybody."""

    classes: tuple[str, ...] = ()


def read_promises(node: Node) -> tuple[Promise, ...]:
    """`{high_end: {rating: 4.5}, mass: {p90: 10m}}`."""
    return tuple(_promise(cls, each) for cls, each in node.entries().items())


def _promise(cls: str, node: Node) -> Promise:
    found = node.fields(("rating", *PERCENTILES))
    chosen = [name for name in PERCENTILES if name in found]
    if not found or len(chosen) > 1:
        zh = f"写 rating（如 4.5），或一个分位数与时长（{'、'.join(PERCENTILES)}，如 p90: 10m）"
        en = f"write a rating (4.5), or one percentile with a duration ({', '.join(PERCENTILES)}, as in p90: 10m)"
        node.wrong("not_a_promise", zh, en)
    return Promise(
        cls=cls,
        rating=found.maybe("rating", _rating),
        within=found.maybe(chosen[0], Node.duration) if chosen else None,
        percent=int(chosen[0][1:]) if chosen else 100,
    )


def _rating(node: Node) -> int:
    number = node.number()
    if not RATINGS[0] <= number <= RATINGS[1]:
        node.wrong("not_a_rating", "评分在 1 到 5 之间", "a rating is from 1 to 5")
    return number


def read_target(node: Node) -> Target:
    """`{reach: 60, within: 7d}`."""
    found = node.fields(("reach", "within"), ("reach",))
    percent = found.read("reach", lambda item: item.whole(1, 100), 100)
    return Target(percent=percent, within=found.maybe("within", Node.duration))


def read_benefit(node: Node) -> Benefit:
    """`{benefit: free_cup, name: 免费一杯, for: [mass]}`."""
    found = node.fields(("benefit", "name", "name_en", "for"), ("benefit",))
    key = found.read("benefit", Node.key, "?")
    name, name_en = found.names(key)
    return Benefit(key=key, name=name, name_en=name_en, classes=found.read("for", Node.words, ()))
