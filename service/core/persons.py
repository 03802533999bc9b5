"""Which identities are one person: links in their order, unless somebody would get more of a kind than one has."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b

from service.core.event import OrderKey
from service.core.identity import kind_of, namespace_of

Pair = tuple[int, int]  # two roots, the smaller one first

# How many values of one namespace (each qualifier for itself) a profile has at most. A playbook may say otherwise.
AT_MOST: Mapping[str, int] = {
    "unionid": 1, "external_userid": 1, "member": 1, "crm": 1, "openid": 1, "phone": 3, "email": 5,
    "anonymous": 100, "device": 100,
}  # fmt: skip
OTHERS = 20  # also an openid without its appid: nobody knows of which app it is
IN_ALL = 500  # identities of one profile, of whatever kind
WEAK = frozenset({"phone", "email", "device", "anonymous", "ip"})  # may be passed on, lent, or stand in a shop
SHARED_ABOVE = 20  # strong identities of one kind, said of one weak identity
SHARED, TOO_MANY, MIXED = "shared", "too_many", "account_and_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one person may have. `id` tells under which limits a link was decided."""

    at_most: Mapping[str, int]
    id: int
    accounts: frozenset[str] = frozenset()  # namespaces that are of accounts

    def of(self, kind: str) -> int:
        """How many values of a kind one person has at most."""
        return OTHERS if kind == "openid" else self.at_most.get(namespace_of(kind), OTHERS)

    def are_mixed(self, one: Iterable[str], other: Iterable[str]) -> bool:
        """Whether these kinds are of accounts and those of persons, or the other way round. Neither are mixed yet."""
        return self._of_account(one) != self._of_account(other)

    def _of_account(self, kinds: Iterable[str]) -> bool:
        return any(namespace_of(kind) in self.accounts for kind in kinds)


@cache
def limits_of(overrides: tuple[tuple[str, int], ...], accounts: tuple[str, ...] = ()) -> Limits:
    """The limits under a playbook that says so much of its own."""
    said = repr((overrides, sorted(AT_MOST.items()), OTHERS, IN_ALL, accounts)).encode()
    number = int.from_bytes(blake2b(said, digest_size=8).digest(), "big") >> 1
    return Limits(at_most={**AT_MOST, **dict(overrides)}, id=number, accounts=frozenset(accounts))


def is_weak(identity: str) -> bool:
    """Whether it may be somebody else's tomorrow."""
    return namespace_of(kind_of(identity)) in WEAK


def is_shared(identity: str, linked: Iterable[str]) -> bool:
    """Whether a weak identity, by those that are said to be of the same person, is no one person's."""
    if not is_weak(identity):
        return False
    kinds = Counter(kind_of(each) for each in set(linked) if not is_weak(each))
    return max(kinds.values(), default=0) > SHARED_ABOVE


@dataclass(slots=True)
class Persons:
    """Groups of roots under a leader each, and the pairs whose link was refused, with the reason."""

    leader: dict[int, int]
    kinds: dict[int, Counter[str]]
    refused: dict[Pair, str] = field(default_factory=dict)

    def find(self, root: int) -> int:
        """The leader of a root's group."""
        while self.leader[root] != root:
            self.leader[root] = self.leader[self.leader[root]]
            root = self.leader[root]
        return root


def tell_apart(
    names: Mapping[int, str], links: Mapping[Pair, OrderKey], limits: Limits, shared: Collection[int]
) -> Persons:
    """Join along the links, the earliest first. Roots are numbered by arrival, so names decide between equal keys."""
    found = Persons(leader={root: root for root in names}, kinds={r: Counter([kind_of(n)]) for r, n in names.items()})
    order = sorted(links.items(), key=lambda link: (link[1], sorted((names[link[0][0]], names[link[0][1]]))))
    for pair, _ in order:
        one, other = sorted((found.find(pair[0]), found.find(pair[1])))
        if pair[0] in shared or pair[1] in shared:
            found.refused[pair] = SHARED
        elif one != other:
            reason = _refusal(found.kinds[one], found.kinds[other], limits)
            if reason is None:
                found.leader[other] = one
                found.kinds[one] += found.kinds.pop(other)
            else:
                found.refused[pair] = reason
    return found


def _refusal(one: Counter[str], other: Counter[str], limits: Limits) -> str | None:
    """An account is never a person, whatever the order; else what the joined group would have too many of."""
    if limits.are_mixed(one, other):
        return MIXED
    over = [kind for kind in one.keys() | other.keys() if one[kind] + other[kind] > limits.of(kind)]
    if over:
        return f"{TOO_MANY}:{min(over)}"
    return TOO_MANY if one.total() + other.total() > IN_ALL else None
