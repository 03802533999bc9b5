"""What a benchmark found: one row for each ratio, with its aim and whether it was met."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A bound that the median has to keep."""

    bound: float
    at_least: bool = False

    def met(self, found: float) -> bool:
        """Whether a median keeps the bound."""
        return found >= self.bound if self.at_least else found <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One ratio, as each round found it. Without an aim it only explains another row."""

    name: str
    what: str
    on: str  # sqlite, postgresql, core
    values: Sequence[float]
    aim: Aim | None = None
    unit: str = ""
    digits: int = 2

    @property
    def verdict(self) -> str:
        """What the table says of the aim."""
        if self.aim is None:
            return "[dim]-[/dim]"
        return "[green]hit[/green]" if self.aim.met(median(self.values)) else "[red]miss[/red]"

    def cells(self) -> tuple[str, ...]:
        """The row as texts."""
        low, high = min(self.values), max(self.values)
        aim = "" if self.aim is None else f"{self.aim}{self.unit}"
        return (
            self.name, self.what, self.on, f"{self.written(median(self.values))}{self.unit}",
            f"{self.written(low)} - {self.written(high)}", str(len(self.values)), aim, self.verdict,
        )  # fmt: skip

    def written(self, value: float) -> str:
        """A value with as many digits as the row has."""
        return f"{value:.{self.digits}f}"


NOTE = "Ratios of one run, of CPU time unless a row says otherwise."


def show(out: Console, rows: Sequence[Row], note: str = NOTE) -> None:
    """Print the one table."""
    table = Table("benchmark", "ratio", "on", "median", "min - max", "n", "aim", "verdict", header_style="bold")
    for row in rows:
        table.add_row(*row.cells())
    out.print(table)
    judged = [row for row in rows if row.aim is not None]
    missed = sum("miss" in row.verdict for row in judged)
    out.print(f"{len(judged) - missed} of {len(judged)} aims met. {note}")
