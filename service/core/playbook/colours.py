"""Colours of brands: whether they can be told from the page by day and by night, and what is legible on them."""

import re
from fractions import Fraction

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
LIGHT, DARK = "#ffffff", "#121212"  # the pages they stand on
ENOUGH = 3  # of contrast, for shapes and large letters (WCAG 2.2, 1.4.11)


def is_colour(text: str) -> bool:
    """Whether a text is `#rrggbb`."""
    return _HEX.fullmatch(text) is not None


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = ((each / 12.92) if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)  # noqa: PLR2004 - the definition of sRGB
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, cut to two decimals."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return int((high + 0.05) / (low + 0.05) * 100) / 100


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour; one of them always is at 4.5 or more."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, colour))


def nearest(colour: str, page: str) -> str:
    """The colour, as little darker or lighter as makes it stand out from a page."""
    target = 0 if page == LIGHT else 255
    tried = (_mixed(colour, target, Fraction(step, 100)) for step in range(101))  # up to black or white itself
    return next(each for each in tried if contrast(each, page) >= ENOUGH)


def _mixed(colour: str, target: int, share: Fraction) -> str:
    channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(each + (target - each) * share):02x}" for each in channels)
