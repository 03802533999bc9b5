"""Who lives in the parks: companies that rent or might, and the people who work there.

Rents and areas are invented but shaped after what parks report: a handful of companies pay most of the rent, many are
small, and for each tenant there are a few that only asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from service.cli.simulation.chance import happens, pick

APP_ID = "wx9a4c0ffee0park01"
CORP_ID = "ww9a4c0ffee0park02"
RENT = 100  # yuan for a square metre and month


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a kind of resident lives with the park. Of people only `share` and `hours` are read."""

    share: int  # of a thousand residents
    company: bool = True
    area: tuple[int, int] = (0, 0)
    repairs: tuple[int, int] = (0, 0)  # in half a year
    rooms: tuple[int, int] = (0, 0)
    visits: tuple[int, int] = (0, 0)
    services: tuple[int, int] = (0, 0)
    prompt: float = 0.9  # chance that a bill is paid in time
    hours: Mapping[int, int] | None = None


WAYS: Mapping[str, Way] = {
    "anchor": Way(
        share=12, area=(2_200, 5_000), repairs=(5, 11), rooms=(4, 14), visits=(4, 10), services=(1, 4), prompt=0.97
    ),
    "grown": Way(share=42, area=(700, 1_800), repairs=(2, 5), rooms=(2, 12), visits=(2, 8), services=(1, 4)),
    "small": Way(share=88, area=(60, 400), repairs=(0, 3), rooms=(0, 6), visits=(0, 3), services=(0, 2), prompt=0.8),
    "arriving": Way(share=44, area=(120, 1_200), repairs=(0, 2), rooms=(0, 3), visits=(0, 3), services=(0, 2)),
    "asking": Way(share=64, area=(80, 900)),
    "desk": Way(share=350, company=False, hours={7: 10, 8: 55, 9: 35}),
    "driver": Way(share=160, company=False, hours={8: 40, 9: 60}),
    "rider": Way(share=120, company=False, hours={7: 30, 8: 70}),
    "night_owl": Way(share=60, company=False, hours={10: 60, 11: 40}),
    "newcomer": Way(share=60, company=False, hours={8: 50, 9: 50}),
}
INDUSTRIES: Mapping[str, int] = {"software": 40, "biotech": 18, "chip": 14, "trade": 18, "media": 10}
# By park: where companies of each need sit.
SITES: Mapping[str, Mapping[str, int]] = {
    "biotech": {"sh_zj_lab": 6, "sz_gn_tower": 4},
    "chip": {"sh_zj_tower": 4, "sz_gn_tower": 3, "sz_gn_north": 3},
    "software": {"hz_bj_a": 4, "hz_bj_b": 3, "sh_zj_tower": 2, "nj_jn_tower": 2},
    "trade": {"sh_hq_tower": 6, "nj_jn_plant": 2, "sz_gn_north": 2},
    "media": {"hz_bj_yard": 5, "sh_hq_tower": 2},
}
HOMES: Mapping[str, int] = {"sh_zj_tower": 4, "sh_hq_tower": 3, "hz_bj_a": 4, "sz_gn_tower": 2, "nj_jn_tower": 2}
CITIES: Mapping[str, str] = {"sh": "上海", "sz": "苏州", "hz": "杭州", "nj": "南京"}
OCCASIONS: Mapping[str, str] = {"sh_zj_lab": "lab", "sz_gn_north": "workshop", "nj_jn_plant": "workshop"}
ROLES = ("总经理", "行政经理", "财务", "工程负责人")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """A company or a person; what does not concern a person is empty."""

    index: int
    kind: str
    site: str
    area: int = 0
    industry: str = ""

    @property
    def way(self) -> Way:
        """How it lives here."""
        return WAYS[self.kind]

    @property
    def city(self) -> str:
        """Where its park is."""
        return CITIES[self.site[:2]]

    @property
    def scenario(self) -> str:
        """What the place is used for."""
        return OCCASIONS.get(self.site, "office")

    @property
    def rent(self) -> int:
        """Yuan a month."""
        return self.area * RENT

    @property
    def account(self) -> str:
        """The number that the leasing system gave it with its first question."""
        return f"account:A{self.index:06d}"

    @property
    def credit_code(self) -> str:
        """What the contract says; nobody's, for no such code begins with 00."""
        return f"credit_code:00310000{self.index:010d}"

    @property
    def contract(self) -> str:
        """The number of its lease."""
        return f"L{self.index:06d}"

    def contact(self, role: str) -> str:
        """The one who acts for it in a role: a person of his own."""
        return f"member:{7_000_000 + self.index * 10 + ROLES.index(role)}"

    @property
    def member(self) -> str:
        """A person's number in the park's mini-program."""
        return f"member:{3_000_000 + self.index}"

    @property
    def openid(self) -> str:
        """The same person where the mini-program sends."""
        return f"openid@{APP_ID}:oPark{self.index:08d}"

    @property
    def phone(self) -> str:
        """A number that cannot be anybody's: no number in Beijing (10) begins with 0."""
        return f"phone:+8610{self.index:08d}"


def someone(rng: Random, index: int) -> Resident:
    """A resident drawn at random."""
    kind = pick(rng, {name: way.share for name, way in WAYS.items()})
    if not WAYS[kind].company:
        return Resident(index=index, kind=kind, site=pick(rng, HOMES))
    industry = pick(rng, INDUSTRIES)
    area = rng.randint(*WAYS[kind].area) // 10 * 10
    return Resident(index=index, kind=kind, site=pick(rng, SITES[industry]), area=area, industry=industry)


def many(rng: Random, often: tuple[int, int]) -> range:
    """So many times; a third of those who might never do."""
    return range(0 if often[0] == 0 and happens(rng, 0.3) else rng.randint(*often))
