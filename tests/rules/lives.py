"""What a tag shows, since when and until when, by asking at every instant at which it could change."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tests.rules.classes import Classes
from tests.rules.showing import Shown


@dataclass(frozen=True)
class Life:
    """A tag that is on. `sinces`: one instant, but for a tie, see `Lives.sinces`. `until` None: not before `reach`."""

    shown: Shown
    sinces: frozenset[int]
    until: int | None
    reach: int


class Lives(Classes):
    """The tags of a profile as they are read at `now`."""

    @cached_property
    def _instants(self) -> dict[tuple[str, int], set[int]]:
        return {}

    def life(self, key: str) -> Life | None:
        shown = self.show(key, len(self.events), self.now)
        if shown is None:
            return None
        tags, schemes = self.rests_on(key)
        reach = self.reach([*(self.tags[each] for each in tags), *(self.personas[each] for each in schemes)])
        later = self.moments(key, len(self.events), self.now, reach)
        now = self._value(key, len(self.events), self.now)
        until = next((at for at in later if self._value(key, len(self.events), at) != now), None)
        return Life(shown, self.sinces(key), until, reach)

    def moments(self, key: str, k: int, low: int, high: int) -> list[int]:
        """After `low` and up to `high`, every instant at which silence could change a tag."""
        tags, schemes = self.rests_on(key)
        found = {at for each in tags for at in self._turns_of(each, k)}
        for scheme in schemes:
            found |= {at for number, at, _ in self.timeline(scheme) if number == k}
        found |= self.recurring([self.tags[each] for each in tags], low, high)
        return sorted(at for at in found if low < at <= high)

    def _turns_of(self, key: str, k: int) -> set[int]:
        if (key, k) not in self._instants:
            self._instants[key, k] = self.of_tag(key, k)
        return self._instants[key, k]

    def _value(self, key: str, k: int, at: int) -> object:
        """What is compared: true is not 1."""
        shown = self.show(key, k, at)
        return shown and (type(shown.value), shown.value)

    # ---- since

    def sinces(self, key: str) -> frozenset[int]:
        """Since when the present value has held.

        Where silence ends something at the very instant of several events, documents leave open whether a tag is asked
        between these events too, if they do not concern it: then an interruption that lasts no time may count or not.
        """
        strict, loose = self._since(key, strict=True), self._since(key, strict=False)
        if strict == loose:
            return frozenset({strict})
        places = [k for k, event in enumerate(self.events, 1) if event.t == strict]
        before = places[0] - 1
        due = before > 0 and strict in self.moments(key, before, strict - 1, strict)
        return frozenset({strict, loose} if due else {strict})

    def _since(self, key: str, *, strict: bool) -> int:
        last, since = self._value(key, len(self.events), self.now), self.now
        for k, at in self._backwards(key, strict=strict):
            if self._value(key, k, at) != last:
                break
            since = at
        return since

    def _backwards(self, key: str, *, strict: bool) -> Iterator[tuple[int, int]]:
        """The fold's places from the newest to the first; strict: also between events of one instant."""
        end = self.now
        for k in range(len(self.events), 0, -1):
            t = self.events[k - 1].t
            yield from ((k, at) for at in reversed(self.moments(key, k, t, end)))
            if strict or k == len(self.events) or self.events[k].t != t:
                yield k, t
            end = t - 1
