"""Who is one person with whom, told a second time: a plain reading of the raw log, sharing no code with the service."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

PASSED_ON = ("phone", "email", "device", "anonymous", "ip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One event of the log: its place in the order, whom it names, what it says. Names are in their one spelling."""

    minute: int
    source: str
    event_id: str
    names: tuple[str, ...]  # the first is the one it came under
    what: str  # order, link, cut, vip, not_vip, consent, no_consent
    other: str | None = None
    amount: int = 0

    @property
    def place(self) -> tuple[int, str, str]:
        return (self.minute, self.source, self.event_id)


@dataclass(frozen=True, slots=True)
class Answer:
    """Groups, what was refused, and what is true of each group that has a log."""

    groups: set[frozenset[str]]
    refused: dict[frozenset[str], str]
    portraits: dict[frozenset[str], dict[str, object]] = field(default_factory=dict)


def kind(name: str) -> str:
    return name.split(":", 1)[0]


def weak(name: str) -> bool:
    return kind(name).split("@")[0] in PASSED_ON


def standing(log: Iterable[Said]) -> dict[frozenset[str], tuple[int, str, str]]:
    """The earliest statement of each pair that is later than every cut of either."""
    cuts, said = dict[str, tuple[int, str, str]](), list[tuple[tuple[int, str, str], str, str]]()
    for each in log:
        first = each.names[0]
        others = list(each.names[1:])
        if each.what == "link" and each.other:
            others.append(each.other)
        if each.what == "cut":
            gone = each.other or first
            cuts[gone] = max(cuts.get(gone, each.place), each.place)
        said += [(each.place, first, other) for other in others if other != first]
    found = dict[frozenset[str], tuple[int, str, str]]()
    for place, one, other in sorted(said, reverse=True):
        if all(end not in cuts or place > cuts[end] for end in (one, other)):
            found[frozenset((one, other))] = place
    return found


def who(log: Sequence[Said], at_most: Mapping[str, int], shared_above: int) -> Answer:
    """The groups: pair after pair in order, unless one group would have too many values of a kind."""
    pairs = standing(log)
    group = {name: {name} for each in log for name in (*each.names, *((each.other,) if each.other else ()))}
    refused = dict[frozenset[str], str]()
    for pair in sorted(pairs, key=lambda pair: (pairs[pair], sorted(pair))):
        one, other = sorted(pair)
        together = group[one] | group[other]
        if shared(one, pairs, shared_above) or shared(other, pairs, shared_above):
            refused[pair] = "shared"
        elif group[one] is not group[other]:
            over = sorted(
                k for k in set(map(kind, together)) if sum(kind(n) == k for n in together) > limit(k, at_most)
            )
            if over:
                refused[pair] = f"too_many:{over[0]}"
            else:
                for name in together:
                    group[name] = together
    found = Answer({frozenset(each) for each in group.values()}, refused)
    found.portraits.update({each: p for each in found.groups if (p := portrait(each, log)) is not None})
    return found


def limit(of: str, at_most: Mapping[str, int]) -> int:
    return at_most[of.partition("@")[0]]


def shared(name: str, pairs: Iterable[frozenset[str]], above: int) -> bool:
    said_of = {other for pair in pairs if name in pair for other in pair if other != name and not weak(other)}
    return weak(name) and any(sum(kind(n) == kind(each) for n in said_of) > above for each in said_of)


def portrait(group: frozenset[str], log: Sequence[Said]) -> dict[str, object] | None:
    """What the group's own log says, each event counted once however many of the names it came under."""
    own = sorted((each for each in log if each.names[0] in group), key=lambda each: each.place)
    once = {(each.source, each.event_id): each for each in reversed(own)}
    counted = [each for each in own if once[each.source, each.event_id] is each]
    if not own:
        return None
    vip = [each.what for each in counted if each.what in ("vip", "not_vip")]
    consent = [each.what for each in counted if each.what in ("consent", "no_consent")]
    orders = [each.amount for each in counted if each.what == "order"]
    return {
        "spent": sum(orders),
        "runs": sorted(f"o{amount}" for amount in orders),
        "vip": vip[-1:] == ["vip"],
        "consent": consent[-1] == "consent" if consent else None,
    }
