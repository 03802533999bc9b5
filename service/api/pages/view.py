"""What the page of a link shows: told in the reader's language, with only what he may see."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from service.api.pages.words import TAGS, chosen, say, visible
from service.api.templates import page
from service.core.calendar import local_date, read_instant

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
Json = Mapping[str, Any]
RUNS = 20  # on one page


def policy(*styles: str) -> str:
    """Nothing may be loaded or run, but for exactly these styles; forms go to this service only."""
    hashes = [f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in styles]
    allowed = f"style-src {' '.join(hashes)}; " if hashes else ""
    return f"default-src 'none'; {allowed}base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def progress_page(
    shown: Json, base: str, language: str, *, zone: ZoneInfo, links: Sequence[Json] = (), fresh: str = ""
) -> tuple[str, str]:
    """The page and its policy. `base`: the page's own address, relative; `fresh`: a link that was just made.

    `zone`: whose days it speaks of.
    """
    words, owner, chosen_runs = say(language), shown["kind"] == "owner", few(shown["journeys"])
    runs = [_run(each, language, owner=owner) for each in chosen_runs]
    colours = "".join(_colours(place, each["brand"]) for place, each in enumerate(chosen_runs, 1))
    names = {each["journey"]: each["name"] for each in runs}
    text = page(
        "pages/progress.html",
        tag=TAGS[language],
        title=words["all"] if owner else words["shared"],
        say=words,
        css=CSS,
        colours=colours,
        runs=runs,
        owner=owner,
        base=base,
        links=[_link(each, names, words, zone) for each in links],
        fresh=fresh,
    )
    return text, policy(CSS, colours)


def few(runs: Sequence[Json]) -> list[Json]:
    """What a page shows of many runs: those that go on, and of each journey otherwise the newest; it stands first."""
    found: list[Json] = []
    for each in runs:
        if each["status"] == "active" or each["journey"] not in {one["journey"] for one in found}:
            found.append(each)
    return found[:RUNS]


def notice_page(title: str, more: str, language: str, back: str = "") -> tuple[str, str]:
    """A page that only says something, and its policy."""
    said = say(language)
    return page("pages/notice.html", tag=TAGS[language], title=title, more=more, say=said, css=CSS, back=back), policy(
        CSS
    )


def _colours(place: int, brand: Json) -> str:
    """The colours of one run, by day and by night; the playbook lets none in but `#rrggbb`."""
    day = f".run-{place}{{--brand:{brand['colour']};--on-brand:{brand['ink']}}}"
    night = f".run-{place}{{--brand:{brand['colour_dark']};--on-brand:{brand['ink_dark']}}}"
    return f"{day}@media (prefers-color-scheme:dark){{{night}}}"


def _run(run: Json, language: str, *, owner: bool) -> dict[str, Any]:
    words = say(language)
    gone = {"used": words["used"], "expired": words["expired"]}
    over = {"ended": words["ended"], "completed": words["completed"]}
    return {
        "journey": run["journey"],
        "key": visible(run.get("key") or "")[:60] if "~" not in (run.get("key") or "") else "",
        "key_value": run.get("key") or "",
        "name": chosen(run, "name", language),
        "slogan": chosen(run["brand"], "slogan", language) or chosen(run, "theme", language),
        "badge": run["brand"]["badge"],
        "percent": run["percent"],
        "over": over.get(run["status"], ""),
        "stages": [_stage(each, run["brand"], language, owner=owner) for each in run["stages"]],
        "earned": [
            {"name": chosen(each, "name", language), "word": gone.get(each["state"], "")}
            for each in run.get("benefits", ())
        ],
    }


def _stage(stage: Json, brand: Json, language: str, *, owner: bool) -> dict[str, Any]:
    words = say(language)
    by = {"user": words["by_user" if owner else "by_user_of_friend"], "friends": words["by_friends"]}
    dimmed, expected = stage.get("dimmed"), stage.get("expected")
    return {
        "stage": stage["stage"],
        "name": chosen(stage, "name", language),
        "state": stage["state"],
        "word": visible(brand["words" if language == "zh" else "words_en"][stage["state"]]),
        "day": stage["day"],
        "by": by.get(stage["lit_by"], ""),
        "key_moment": stage["key_moment"],
        "optional": stage["optional"],
        "benefit": chosen(stage, "benefit", language),
        "dimmed": dimmed and chosen(dimmed, "text", language),
        "expected": expected and chosen(expected, "text", language),
        "services": [chosen(each, "name", language) for each in stage.get("services", ())],
        "friends": stage["friends"],
        "can_light": stage.get("can_light", False),
    }


def _link(link: Json, names: Mapping[str, str], words: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    state = link["status"]
    until = date.fromordinal(local_date((read_instant(link["expires_at"]) or 1) - 1, zone))  # its last day
    return {
        **link,
        "open": state == "open",
        "name": names.get(link["journey"], link["journey"]),
        "status": f"{words['open']} {until}" if state == "open" else words[state],
    }
