"""The card as PNG. Words need a font with Chinese: without one there are shapes only, and the log says so once."""

import logging
from collections.abc import Sequence
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from service.api.pages.card import BADGE_AT, BADGE_SCALE, CENTRE, HEIGHT, RADIUS, THICK, WIDTH, Card
from service.core.playbook.shapes import outlines

_log = logging.getLogger("lantern.pages")
FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
NAMES = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "NotoSansCJKsc-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
)
SMOOTH = 2  # drawn larger and then made smaller, for edges without steps
COLOURS = 64  # enough for two colours and the shades between them; it keeps the file small
KEPT = 256


@cache
def font_file(given: str) -> str:
    """The font that was set, else the first of the system's that has Chinese; empty if there is none."""
    if given and Path(given).is_file():
        return given
    for name in NAMES:
        for folder in FOLDERS:
            for found in sorted(folder.rglob(name)):
                return str(found)
    _log.warning("no font with Chinese was found: PNG cards have no words; set LANTERN_FONT")
    return ""


@lru_cache(KEPT)
def draw_png(card: Card, font: str) -> bytes:
    """The card; the same card is drawn once."""
    size = (WIDTH * SMOOTH, HEIGHT * SMOOTH)
    picture = Image.new("RGB", size, card.colour)
    pen = ImageDraw.Draw(picture)
    faint = _between(card.colour, card.ink, 0.25)
    (x, y), r = CENTRE, RADIUS + THICK / 2
    box = _scaled([x - r, y - r, x + r, y + r])
    pen.arc(box, 0, 360, fill=faint, width=THICK * SMOOTH)
    pen.arc(box, -90, -90 + 3.6 * card.percent, fill=card.ink, width=THICK * SMOOTH)
    picture.paste(card.ink, (0, 0), _badge(card.badge, size))
    for dot in card.dots:
        place = _scaled([dot.x - 16, 684, dot.x + 16, 716])
        pen.ellipse(place, fill=card.ink if dot.lit else None, outline=card.ink, width=4 * SMOOTH)
    if font:
        _write(pen, card, font)
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).quantize(COLOURS, dither=Image.Dither.NONE)
    out = BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _scaled(numbers: Sequence[float]) -> list[float]:
    return [each * SMOOTH for each in numbers]


def _badge(path: str, size: tuple[int, int]) -> Image.Image:
    """What is inside an odd number of outlines."""
    mask = Image.new("1", size)
    for outline in outlines(path):
        one = Image.new("1", size)
        points = [
            ((BADGE_AT[0] + x * BADGE_SCALE) * SMOOTH, (BADGE_AT[1] + y * BADGE_SCALE) * SMOOTH) for x, y in outline
        ]
        ImageDraw.Draw(one).polygon(points, fill=1)
        mask = ImageChops.logical_xor(mask, one)
    return mask


def _write(pen: ImageDraw.ImageDraw, card: Card, font: str) -> None:
    lines = [(500, 410, 48, f"{card.percent}%"), (500, 560, 60, card.title), (500, 622, 34, card.slogan)]
    lines += [(dot.x, 758, 24, dot.name) for dot in card.dots]
    for x, y, size, text in lines:
        if text:
            pen.text((x * SMOOTH, y * SMOOTH), text, card.ink, _font(font, size * SMOOTH), anchor="ms")


@lru_cache(16)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    """Of a collection the face for simplified Chinese."""
    for index in range(10):
        try:
            found = ImageFont.truetype(file, size, index=index)
        except OSError:
            break
        if "SC" in str(found.getname()[0]).split():
            return found
    return ImageFont.truetype(file, size)


def _between(one: str, other: str, share: float) -> tuple[int, ...]:
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return tuple(round(a + (b - a) * share) for a, b in pairs)
