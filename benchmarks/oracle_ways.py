"""Which stages may follow which, and the way that a run takes through them, found by trying every path."""

from collections.abc import Collection, Iterator, Sequence

from benchmarks.oracle_book import Tree

Path = tuple[int, ...]


class Ways:
    """The stages of a journey by their places, and the edges between them."""

    def __init__(self, stages: Sequence[Tree]) -> None:
        names = [stage["stage"] for stage in stages]
        self.last = len(names) - 1
        self.branches = any("next" in stage for stage in stages)
        self.optional = {place for place, stage in enumerate(stages) if stage.get("optional", False)}
        self.follows: list[list[int]] = [
            [names.index(name) for name in stage["next"]] if "next" in stage else [place + 1][: self.last - place]
            for place, stage in enumerate(stages)
        ]

    def onward(self, place: int) -> list[int]:
        """List the later stages that may follow one."""
        return [each for each in self.follows[place] if each > place]

    def paths(self, start: int) -> Iterator[Path]:
        """List every path from a stage to an end."""
        if not self.onward(start):
            yield (start,)
        for each in self.onward(start):
            yield from ((start, *rest) for rest in self.paths(each))

    def way(self, lit: Collection[int]) -> Path:
        """Choose the path from the first stage through the furthest lit one with the fewest required stages unlit."""
        furthest = max(lit, default=0)
        through = [path for path in self.paths(0) if furthest in path] or list(self.paths(furthest))
        return min(through, key=lambda path: (len(set(path) - self.optional - set(lit)), path))

    def leads_back(self, furthest: int, target: int) -> bool:
        """Say whether an edge leads back from a stage, or from one that may follow it over optional stages."""
        optional = [each for each in self.onward(furthest) if each in self.optional]
        return target in self.follows[furthest] or any(self.leads_back(each, target) for each in optional)
