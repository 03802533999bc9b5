"""What is wrong with what customers see: colours that cannot be told from the page, stages that nobody can light."""

from service.core.playbook.brands import Brand
from service.core.playbook.colours import DARK, ENOUGH, LIGHT, contrast, nearest
from service.core.playbook.definitions import Journey
from service.core.playbook.mistakes import Found, place_of, problem


def check_looks(journey: Journey, pointer: str) -> Found:
    """One journey."""
    if journey.brand is not None:
        yield from _colours(journey.brand, pointer + "/brand")
    for index, stage in enumerate(journey.stages):
        by = stage.lit_by
        if by is not None and not by.verified and not stage.optional and not stage.completed_by:
            zh = "必经阶段只由用户点亮，又没有 verified: true，就永远不算完成；请加 optional、completed_by 或 verified"
            en = "a required stage that only the user lights, unverified, is never done; add optional, or completed_by"
            yield problem("never_done", place_of(pointer + "/stages", journey.stages, index) + "/lit_by", zh, en)


def _colours(brand: Brand, pointer: str) -> Found:
    if brand.colour is None:
        if brand.colour_dark is not None:
            zh, en = "写了 colour_dark，也要写 colour", "colour_dark is given; give colour, too"
            yield problem("missing_field", pointer, zh, en)
        return
    dark = brand.colour if brand.colour_dark is None else brand.colour_dark
    for colour, page, name, where in (
        (brand.colour, LIGHT, "colour", ("浅色", "light")),
        (dark, DARK, "colour" if brand.colour_dark is None else "colour_dark", ("深色", "dark")),
    ):
        found = contrast(colour, page)
        if found < ENOUGH:
            mend = nearest(colour, page)
            field = "colour_dark: " if page == DARK and brand.colour_dark is None else ""
            zh = f"在{where[0]}页面上看不清（对比度 {found}，至少 {ENOUGH}），可写 {field}{mend}"
            en = f"hard to see on a {where[1]} page (contrast {found}, at least {ENOUGH}); write {field}{mend}"
            yield problem("low_contrast", f"{pointer}/{name}", zh, en)
