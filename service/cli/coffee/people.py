"""Who drinks the coffee of the example month: habits, stores, menu, and one person drawn from them.

The shares and prices are invented but shaped after what chains report: few people buy often, most buy once, and a
handful spend most of the money. Nothing here knows the time; coffee_orders.py turns a person into events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from service.cli.simulation.chance import happens, pick

APP_ID = "wx7c0ffee0c0ffee01"
CORP_ID = "ww7c0ffee0c0ffee02"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a kind of customer lives with the brand, in one month."""

    share: int  # of a thousand people
    orders: tuple[int, int]
    looks: tuple[int, int]  # visits without buying
    days: str = "any"  # any, workday, weekend, or early: only the first ten days, then silence
    hours: Mapping[int, int]
    scenarios: Mapping[str, int]
    channels: Mapping[str, int]
    categories: Mapping[str, int]
    items: Mapping[int, int]
    coupon: float = 0.15  # chance that an order uses one
    member: float = 0.5  # share who were members before the month began
    joins: float = 0.3  # share of the others who join with their first order
    social: float = 0.08  # chance to share or invite, for each order
    stars: Mapping[int, int]


CONTENT: Mapping[int, int] = {5: 55, 4: 30, 3: 9, 2: 3, 1: 3}
STRICT: Mapping[int, int] = {5: 35, 4: 35, 3: 15, 2: 9, 1: 6}
SMALL: Mapping[int, int] = {1: 80, 2: 17, 3: 3}

HABITS: Mapping[str, Habit] = {
    "office_regular": Habit(
        share=50, orders=(8, 14), looks=(0, 2), days="workday", hours={8: 40, 9: 25, 13: 20, 14: 10, 15: 5},
        scenarios={"office": 65, "commute": 28, "meeting": 7},
        channels={"mini_program": 60, "app": 25, "pos": 5, "delivery": 10},
        categories={"latte": 50, "espresso": 30, "cold_brew": 15, "tea": 5}, items={1: 86, 2: 9, 3: 2, 6: 3},
        member=0.92, social=0.02, stars=CONTENT,
    ),
    "weekend_visitor": Habit(
        share=150, orders=(1, 3), looks=(0, 3), days="weekend", hours={10: 15, 14: 35, 15: 30, 16: 15, 19: 5},
        scenarios={"leisure": 60, "date": 30, "gift": 10}, channels={"mini_program": 55, "pos": 40, "app": 5},
        categories={"latte": 45, "tea": 20, "bakery": 20, "cold_brew": 10, "hand_brew": 5},
        items={1: 30, 2: 50, 3: 15, 5: 5},
        member=0.45, social=0.15, stars=CONTENT,
    ),
    "student": Habit(
        share=120, orders=(1, 4), looks=(0, 3), hours={11: 15, 14: 30, 16: 25, 19: 20, 20: 10},
        scenarios={"study": 80, "leisure": 20}, channels={"mini_program": 85, "pos": 15},
        categories={"latte": 45, "tea": 35, "cold_brew": 20}, items=SMALL,
        coupon=0.4, member=0.35, joins=0.55, social=0.18, stars=CONTENT,
    ),
    "connoisseur": Habit(
        share=45, orders=(3, 8), looks=(0, 3), hours={10: 20, 11: 15, 15: 40, 16: 25},
        scenarios={"leisure": 65, "date": 20, "gift": 15}, channels={"mini_program": 50, "pos": 45, "app": 5},
        categories={"hand_brew": 70, "beans": 15, "cold_brew": 10, "espresso": 5}, items={1: 50, 2: 40, 3: 10},
        coupon=0.03, member=0.9, social=0.1, stars=STRICT,
    ),
    "one_time_visitor": Habit(
        share=305, orders=(1, 1), looks=(0, 1), hours={9: 15, 12: 20, 15: 40, 18: 25},
        scenarios={"leisure": 55, "travel": 30, "takeaway": 15}, channels={"mini_program": 100},
        categories={"latte": 55, "espresso": 15, "tea": 20, "bakery": 10}, items=SMALL,
        coupon=0.3, member=0.0, joins=0.3, social=0.03, stars=CONTENT,
    ),
    "lapsing_member": Habit(
        share=100, orders=(1, 2), looks=(0, 1), days="early", hours={9: 30, 13: 30, 16: 40},
        scenarios={"office": 50, "leisure": 50}, channels={"mini_program": 80, "pos": 20},
        categories={"latte": 60, "espresso": 25, "tea": 15}, items=SMALL, member=1.0, social=0.0, stars=STRICT,
    ),
    "coupon_hunter": Habit(
        share=100, orders=(1, 4), looks=(0, 3), hours={10: 25, 12: 25, 15: 30, 20: 20},
        scenarios={"takeaway": 60, "office": 40}, channels={"mini_program": 70, "delivery": 30},
        categories={"latte": 50, "tea": 30, "espresso": 20}, items=SMALL,
        coupon=0.9, member=0.6, joins=0.8, social=0.2, stars=CONTENT,
    ),
    "looker": Habit(
        share=130, orders=(0, 0), looks=(1, 4), hours={12: 40, 16: 20, 21: 40},
        scenarios={"leisure": 100}, channels={"mini_program": 100},
        categories={"latte": 60, "tea": 40}, items=SMALL, member=0.1, joins=0.0, stars=CONTENT,
    ),
}  # fmt: skip

# By city, then by what the store is near: everybody has a home store, and goes elsewhere now and then.
CITIES: Mapping[str, int] = {"上海": 34, "北京": 20, "广州": 9, "深圳": 12, "杭州": 8, "成都": 7, "南京": 6, "武汉": 4}
STORES: Mapping[str, Mapping[str, int]] = {
    "上海": {
        "sh_xintiandi": 3,
        "sh_jingan": 4,
        "sh_lujiazui": 5,
        "sh_zhangjiang": 4,
        "sh_wujiaochang": 3,
        "sh_hongqiao": 1,
    },
    "北京": {"bj_sanlitun": 3, "bj_guomao": 5, "bj_zhongguancun": 4, "bj_wudaokou": 3},
    "广州": {"gz_tianhe": 5, "gz_beijing_road": 3},
    "深圳": {"sz_futian": 4, "sz_nanshan": 5, "sz_mixc": 3},
    "杭州": {"hz_binjiang": 4, "hz_west_lake": 3},
    "成都": {"cd_taikooli": 4, "cd_jiaozi": 3},
    "南京": {"nj_xinjiekou": 4, "nj_xianlin": 3},
    "武汉": {"wh_optics_valley": 1},
}
FLAGSHIPS: Mapping[str, str] = {"上海": "sh_xintiandi", "北京": "bj_sanlitun", "深圳": "sz_mixc", "成都": "cd_taikooli"}
CAMPUSES: Mapping[str, str] = {
    "上海": "sh_wujiaochang",
    "北京": "bj_wudaokou",
    "南京": "nj_xianlin",
    "武汉": "wh_optics_valley",
}
STATIONS: Mapping[str, int] = {"sh_hongqiao": 5, "sh_pudong_airport": 3, "bj_daxing_airport": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing on the menu; the price is in whole yuan."""

    name: str
    price: int
    new: bool = False


MENU: Mapping[str, Sequence[Item]] = {
    "espresso": (Item(name="浓缩", price=16), Item(name="美式", price=19)),
    "latte": (Item(name="拿铁", price=25), Item(name="澳白", price=27), Item(name="桂花拿铁", price=30, new=True)),
    "hand_brew": (
        Item(name="耶加雪菲手冲", price=48),
        Item(name="云南日晒手冲", price=52),
        Item(name="瑰夏手冲", price=88),
    ),
    "cold_brew": (Item(name="冷萃", price=30), Item(name="氮气冷萃", price=36)),
    "tea": (Item(name="茉莉茶咖", price=23, new=True), Item(name="柠檬茶咖", price=22)),
    "bakery": (Item(name="可颂", price=16), Item(name="巴斯克", price=28)),
    "beans": (Item(name="拼配豆 250g", price=98), Item(name="单一产地豆 200g", price=138)),
}
WITH_MILK = frozenset({"latte"})
DRINKS = frozenset({"espresso", "latte", "hand_brew", "cold_brew", "tea"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One customer. A traveller from nowhere and a member of ten years have the same fields."""

    index: int
    habit: Habit
    kind: str
    city: str
    home: str
    iced: float
    sugar: str
    milk: str
    old_member: bool
    joins: bool
    born_in: int  # month

    @property
    def openid(self) -> str:
        """Known as soon as he opens the mini-program."""
        return f"openid@{APP_ID}:oCafe{self.index:08d}"

    @property
    def unionid(self) -> str:
        """The same person in every mini-program of the brand."""
        return f"unionid:uBrand{self.index:08d}"

    @property
    def member(self) -> str:
        """The member card; only members have one."""
        return f"member:{80_000_000 + self.index}"

    @property
    def phone(self) -> str:
        """A number that cannot be anybody's: no number in Beijing (10) begins with 0."""
        return f"phone:+8610{self.index:08d}"

    @property
    def wecom(self) -> str:
        """The same person as a contact of the brand's WeCom."""
        return f"external_userid@{CORP_ID}:wmCafe{self.index:08d}"


def home_store(rng: Random, city: str, kind: str) -> str:
    """The store he mostly goes to; students near the campus, connoisseurs at the flagship if the city has one."""
    if kind == "student" and city in CAMPUSES:
        return CAMPUSES[city]
    if kind == "connoisseur" and city in FLAGSHIPS:
        return FLAGSHIPS[city]
    return pick(rng, STORES[city])


def someone(rng: Random, index: int) -> Person:
    """A customer drawn at random."""
    kind = pick(rng, {name: habit.share for name, habit in HABITS.items()})
    habit = HABITS[kind]
    city = pick(rng, CITIES)
    old = happens(rng, habit.member)
    return Person(
        index=index,
        habit=habit,
        kind=kind,
        city=city,
        home=home_store(rng, city, kind),
        iced=rng.choice((0.1, 0.5, 0.9)),
        sugar=pick(rng, {"full": 35, "less": 40, "no_sugar": 25}),
        milk=pick(rng, {"whole": 75, "oat": 25}),
        old_member=old,
        joins=not old and happens(rng, habit.joins),
        born_in=rng.randint(1, 12),
    )
