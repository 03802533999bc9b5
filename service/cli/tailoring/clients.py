"""Who has clothes made: families of three generations, bridegrooms, people who know their cloth, and those who look.

Shares and prices are invented; nearly everybody spends much, and what tells people apart is how they like to be served.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from service.cli.simulation.chance import happens, pick

APP_ID = "wx7a1100ffee7a1101"
CORP_ID = "ww7a1100ffee7a1102"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a kind of client comes and buys, in one year."""

    share: int  # of a thousand
    visits: tuple[int, int]  # commissions that he comes for
    purse: tuple[int, int]  # of a suit, yuan
    wishes: Mapping[str, int]
    scenarios: Mapping[str, int]
    home: float  # chance that the tailor comes to him
    known: float  # share who were clients before the year began
    looks: tuple[int, int]  # evenings with the lookbook
    cares: tuple[int, int]
    decides: float  # chance that a consultation becomes a commission
    late_hours: bool = False


MANNERS: Mapping[str, Manner] = {
    "family": Manner(
        share=110, visits=(1, 4), purse=(26_000, 52_000), wishes={"suit": 60, "coat": 25, "shirt": 15},
        scenarios={"business": 40, "banquet": 40, "season": 20}, home=0.6, known=1.0, looks=(0, 3), cares=(1, 5),
        decides=0.95,
    ),
    "executive": Manner(
        share=260, visits=(1, 3), purse=(14_000, 32_000), wishes={"suit": 65, "shirt": 25, "coat": 10},
        scenarios={"business": 65, "travel": 25, "banquet": 10}, home=0.35, known=0.6, looks=(1, 4), cares=(0, 4),
        decides=0.85,
    ),
    "groom": Manner(
        share=150, visits=(1, 1), purse=(16_000, 38_000), wishes={"wedding": 85, "suit": 15},
        scenarios={"wedding": 100}, home=0.25, known=0.1, looks=(2, 8), cares=(0, 1), decides=0.8,
    ),
    "connoisseur": Manner(
        share=120, visits=(1, 3), purse=(24_000, 60_000), wishes={"suit": 50, "coat": 35, "shirt": 15},
        scenarios={"daily": 40, "banquet": 30, "season": 30}, home=0.3, known=0.7, looks=(3, 12), cares=(1, 5),
        decides=0.8,
    ),
    "quiet": Manner(
        share=110, visits=(1, 2), purse=(20_000, 45_000), wishes={"suit": 55, "coat": 30, "shirt": 15},
        scenarios={"daily": 55, "business": 45}, home=0.9, known=0.7, looks=(0, 2), cares=(1, 4), decides=0.9,
        late_hours=True,
    ),
    "starter": Manner(
        share=150, visits=(0, 1), purse=(7_000, 13_000), wishes={"suit": 45, "shirt": 55},
        scenarios={"business": 60, "gift": 40}, home=0.05, known=0.05, looks=(1, 6), cares=(0, 1), decides=0.45,
    ),
    "looker": Manner(
        share=100, visits=(0, 0), purse=(8_000, 15_000), wishes={"suit": 100}, scenarios={"daily": 100}, home=0.0,
        known=0.0, looks=(1, 9), cares=(0, 0), decides=0.0,
    ),
}  # fmt: skip
HOUSES: Mapping[str, int] = {
    "sh_house": 34, "sh_lujiazui": 14, "bj_house": 16, "bj_guomao": 10, "sz_house": 12, "hz_house": 8, "cd_house": 6,
}  # fmt: skip
CITIES: Mapping[str, str] = {"sh": "上海", "bj": "北京", "sz": "深圳", "hz": "杭州", "cd": "成都"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloth:
    """One cloth of the library; the price is in whole yuan for a metre."""

    name: str
    mill: str
    family: str
    weight: int
    price: int


CLOTHS: Sequence[Cloth] = (
    Cloth(name="海军蓝精纺", mill="northmill", family="worsted", weight=270, price=780),
    Cloth(name="细条纹精纺", mill="northmill", family="worsted", weight=290, price=980),
    Cloth(name="炭灰法兰绒", mill="vale", family="flannel", weight=340, price=860),
    Cloth(name="高支轻薄精纺", mill="lanificio", family="worsted", weight=230, price=2_400),
    Cloth(name="本色亚麻", mill="vale", family="linen", weight=250, price=690),
    Cloth(name="双面羊绒", mill="lanificio", family="cashmere", weight=420, price=5_200),
    Cloth(name="丝羊毛", mill="lanificio", family="silk", weight=240, price=3_100),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client: what he is like and where he goes."""

    index: int
    kind: str
    house: str
    known: bool
    cloth: int  # the place of his favourite among the cloths
    born: str  # MM-DD
    rounds: float = 1.6  # fittings that a suit of his takes, on average

    @property
    def manner(self) -> Manner:
        """How he comes and buys."""
        return MANNERS[self.kind]

    @property
    def city(self) -> str:
        """Where he lives."""
        return CITIES[self.house[:2]]

    @property
    def member(self) -> str:
        """His number in the book of the house."""
        return f"member:{1_880_000 + self.index}"

    @property
    def openid(self) -> str:
        """The same person in the mini-program."""
        return f"openid@{APP_ID}:oHouse{self.index:07d}"

    @property
    def unionid(self) -> str:
        """The same person in every mini-program of the brand."""
        return f"unionid:uTailor{self.index:07d}"

    @property
    def phone(self) -> str:
        """A number that cannot be anybody's: no number in Beijing (10) begins with 0."""
        return f"phone:+8610{self.index:08d}"

    @property
    def wecom(self) -> str:
        """The same person as a contact of the house's WeCom."""
        return f"external_userid@{CORP_ID}:wmHouse{self.index:07d}"


def someone(rng: Random, index: int) -> Client:
    """A client drawn at random."""
    kind = pick(rng, {name: manner.share for name, manner in MANNERS.items()})
    return Client(
        index=index,
        kind=kind,
        house=pick(rng, HOUSES),
        known=happens(rng, MANNERS[kind].known),
        cloth=rng.randrange(len(CLOTHS)),
        born=f"{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        rounds=rng.choice((1.2, 1.6, 1.6, 2.4)),
    )
