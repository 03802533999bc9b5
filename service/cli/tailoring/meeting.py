"""Until something is commissioned: evenings with the lookbook, swatches, the first tea, the tape measure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from service.cli.simulation.chance import at_work, days, happens, minutes, pick
from service.cli.simulation.diary import MINI_PROGRAM, Wire
from service.cli.simulation.gestures import Moment, give, rate
from service.cli.tailoring.clients import CLOTHS, Cloth
from service.cli.tailoring.notes import BOOK, HOUSE, Diary, promised_by, tapped_by

STARS: Mapping[int, int] = {5: 64, 4: 26, 3: 7, 2: 2, 1: 1}
CONSULT, SWATCHES, AT_HOME, IN_THE_HOUSE = (
    Moment(journey="acquaintance", stage=stage) for stage in ("consult", "swatches", "measure_home", "measure_house")
)


def hour(diary: Diary, rng: Random, day: datetime) -> datetime:
    """When he comes: some want the house for themselves."""
    first, last = (19, 21) if diary.client.manner.late_hours else (10, 19)
    return at_work(rng, day, first, last)


def favourite(diary: Diary, rng: Random) -> Cloth:
    """Mostly the same cloth, now and then another."""
    return CLOTHS[diary.client.cloth] if happens(rng, 0.65) else rng.choice(CLOTHS)


def know(diary: Diary, at: datetime, since: str = "", **traits: object) -> None:
    """What the book of the house says; where card, phone and WeChat of one person come together."""
    said: Wire = {"city": diary.client.city, "birthday": diary.client.born, **traits}
    if since:
        said |= {"client_since": since, "first_suit_day": since}
    diary.note("trait_set", at, said, source=BOOK)


def look(diary: Diary, rng: Random, at: datetime) -> None:
    """An evening with the lookbook; some want to feel the cloth."""
    theme: Wire = {"theme": rng.choice(("秋冬法兰绒", "婚礼", "商旅", "一衣多穿"))}
    diary.note("lookbook_viewed", at, theme, source=MINI_PROGRAM, touchpoint="lookbook")
    cloth = favourite(diary, rng)
    if happens(rng, 0.6):
        seen: Wire = {"cloth": cloth.name, "mill": cloth.mill, "family": cloth.family}
        diary.note("cloth_viewed", at + minutes(rng, 1, 9), seen, source=MINI_PROGRAM, touchpoint="cloth_library")
    if happens(rng, 0.25 if diary.client.kind == "connoisseur" else 0.06):
        ask_for_swatch(diary, rng, at + minutes(rng, 10, 20), cloth)


def ask_for_swatch(diary: Diary, rng: Random, at: datetime, cloth: Cloth) -> None:
    """A piece of cloth in an envelope."""
    number = diary.next_number("W")
    wanted: Wire = {"swatch_id": number, "family": cloth.family}
    diary.note("swatch_requested", at, wanted, source=MINI_PROGRAM, touchpoint="cloth_library")
    if happens(rng, 0.92):
        diary.note("swatch_received", at + days(rng, 2, 6), {"swatch_id": number}, channel="post")
        if happens(rng, 0.3):
            give(promised_by(diary), rng, at + days(rng, 6, 7), SWATCHES, "swatch_box")


def consult(diary: Diary, rng: Random, at: datetime, wish: str) -> datetime | None:
    """The first tea; answers when it was, or nothing."""
    booked: Wire = {"booking_id": diary.next_number("A"), "wish": wish}
    diary.note("consultation_booked", at, booked, source=MINI_PROGRAM, touchpoint="appointment")
    met = hour(diary, rng, at + days(rng, 1, 10))
    if happens(rng, 0.08):
        diary.note("consultation_missed", met + timedelta(hours=1), {"booking_id": booked["booking_id"]})
        if happens(rng, 0.4):
            return None
        met = hour(diary, rng, met + days(rng, 3, 9))
    if happens(rng, 0.04):
        return None
    done: Wire = {"booking_id": booked["booking_id"], "minutes": rng.randint(40, 110), "language": "zh"}
    diary.note("consultation_done", met, done, staff=f"host_{rng.randint(1, 4)}", channel="store", touchpoint="house")
    if happens(rng, 0.5):
        rate(tapped_by(diary), met + minutes(rng, 60, 900), CONSULT, pick(rng, STARS))
    return met


def measure(diary: Diary, rng: Random, after: datetime) -> datetime:
    """Thirty-two points, at home or in the house."""
    at_home = happens(rng, diary.client.manner.home)
    booked: Wire = {"booking_id": diary.next_number("A"), "at_home": at_home}
    diary.note("measure_booked", after + minutes(rng, 5, 1_000), booked, source=MINI_PROGRAM)
    at = hour(diary, rng, after + days(rng, 1.5, 9))
    diary.note("measured", at, {**booked, "points": 32}, channel="visit" if at_home else "store", staff="tailor_gu")
    if happens(rng, 0.4):
        rate(tapped_by(diary), at + minutes(rng, 30, 600), AT_HOME if at_home else IN_THE_HOUSE, pick(rng, STARS))
    if happens(rng, 0.06):  # drops in once more to talk about the lapels
        talk: Wire = {"booking_id": diary.next_number("A"), "minutes": 25, "language": "zh"}
        diary.note("consultation_done", at + days(rng, 0.3, 0.5), talk, channel="store", touchpoint="house")
    return at


def come_to_terms(diary: Diary, rng: Random, at: datetime) -> tuple[str, datetime] | None:
    """From the appointment to the day on which he is ready to commission: what, and when; or nothing comes of it."""
    one = diary.client
    wish = pick(rng, one.manner.wishes)
    met = consult(diary, rng, at, wish)
    if met is None:
        return None
    if happens(rng, 0.25):
        ask_for_swatch(diary, rng, met + minutes(rng, 60, 600), favourite(diary, rng))
    if not happens(rng, one.manner.decides):
        if happens(rng, 0.4):  # measured, and thinks about it
            measure(diary, rng, met)
        return None
    if one.known and happens(rng, 0.08):  # his measures are known, and he knows what he wants
        return wish, met + minutes(rng, 40, 600)
    return wish, hour(diary, rng, measure(diary, rng, met) + days(rng, 0.5, 14))


def introduce(diary: Diary, rng: Random, at: datetime) -> None:
    """He sends a friend; two of three come."""
    number: Wire = {"invite_id": diary.next_number("I")}
    diary.note("friend_introduced", at, number, source="wecom", channel="wecom")
    if happens(rng, 0.65):
        diary.note("friend_came", at + days(rng, 3, 40), dict(number), source=HOUSE)


def befriend(diary: Diary, rng: Random, at: datetime) -> None:
    """The WeCom account of the house is added; one in twelve removes it again."""
    relation: Wire = {"relation_id": f"wr{diary.index:08d}"}
    diary.note("wecom_added", at, relation, source="wecom", channel="wecom", staff=f"host_{rng.randint(1, 4)}")
    if happens(rng, 0.08):
        diary.note("wecom_removed", at + days(rng, 5, 60), dict(relation), source="wecom", channel="wecom")
