"""The trades that the demonstration can show."""

from collections.abc import Mapping
from enum import StrEnum

from service.cli.coffee.cast import SIGHTS as COFFEE_SIGHTS
from service.cli.coffee.month import highlights as coffee_highlights
from service.cli.coffee.month import month
from service.cli.park.cast import SIGHTS as PARK_SIGHTS
from service.cli.park.cast import highlights as park_highlights
from service.cli.park.half_year import half_year
from service.cli.simulation.highlights import Show
from service.cli.tailoring.cast import SIGHTS as TAILORING_SIGHTS
from service.cli.tailoring.cast import highlights as tailoring_highlights
from service.cli.tailoring.year import year


class Trade(StrEnum):
    """A show by the key of its playbook."""

    COFFEE = "coffee"
    PARK = "park"
    TAILORING = "tailoring"


SHOWS: Mapping[Trade, Show] = {
    Trade.COFFEE: Show(
        title="咖啡连锁的一个月 · a coffee chain's month", people=2_000,
        events=month, highlights=coffee_highlights, sights=COFFEE_SIGHTS,
    ),
    Trade.PARK: Show(
        title="园区的半年 · half a year of a business park", people=1_200,
        events=half_year, highlights=park_highlights, sights=PARK_SIGHTS,
    ),
    Trade.TAILORING: Show(
        title="高级定制的一年 · a year of a tailor", people=800,
        events=year, highlights=tailoring_highlights, sights=TAILORING_SIGHTS,
    ),
}  # fmt: skip
