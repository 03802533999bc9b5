"""Templates: escaped as HTML, strict about names; times in the playbook's zone, numbers as people write them."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import cast

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from service.api.templates import environment
from service.core.calendar import read_instant, say_instant
from service.core.playbook.definitions import Named
from service.usecases.app import App

HERE = Path(__file__).parent


def render(template: str, app: App, values: Mapping[str, object]) -> str:
    """A template with its values."""
    plan = app.shelf.latest_known.plan
    return PAPER.get_template(template).render(zone=plan.layout.frame.zone, plan_version=plan.version, **values)


@pass_context
def say(context: Context, found: Mapping[str, object], name: str = "text") -> object:
    """What an answer says in two languages, in the reader's."""
    english = found.get(f"{name}_en") if context["lang"] == "en" else None
    return english or found[name]


@pass_context
def named(context: Context, found: Named) -> str:
    """What a definition is called in the reader's language, if it has a name there."""
    return str(context["name_of"].of(found))


@pass_context
def when(context: Context, instant: str | None) -> Markup | str:
    """An instant of an answer as staff read it, in the playbook's zone."""
    at = read_instant(instant or "")
    if at is None:
        return "—"
    return Markup('<time datetime="{}">{}</time>').format(instant, say_instant(at, context["zone"]))


@pass_context
def word(context: Context, kind: str, key: object) -> object:
    """The word for a key of ours, such as a status; of one that has none, the key."""
    return getattr(context["w"], f"{kind}_{key}", key)


@pass_context
def number(context: Context, value: object) -> str:
    """With thousands apart, and no more decimals than it has; yes and no as words."""
    if isinstance(value, bool):
        return str(context["w"].yes if value else context["w"].no)
    if isinstance(value, float):
        return f"{Decimal(str(round(value, 3))).normalize():,f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


@pass_context
def about(context: Context, value: int) -> str:
    """An estimate as people say it: two figures, in Chinese by tens of thousands."""
    digits = len(str(value))
    rounded = round(value, min(2 - digits, 0))
    if context["lang"] == "zh" and rounded >= 10_000:  # noqa: PLR2004 - from there on by 万
        return f"{rounded / 10_000:g} 万"
    return f"{rounded:,}"


@pass_context
def duration(context: Context, seconds: float) -> str:
    """About how long, in the largest unit of which there is more than one and a half."""
    words = context["w"]
    for unit, length in ((words.days, 86_400), (words.hours, 3_600), (words.minutes, 60)):
        if seconds >= 1.5 * length:
            return f"{round(seconds / length, 1):g} {unit}"
    return f"{seconds:.0f} {words.seconds}"


def percent(share: object) -> str:
    """A share of 1 as a whole percentage."""
    return f"{round(100 * cast('float', share))}%"


def masked(identity: str) -> str:
    """An identity as it is shown: of a phone number not all digits."""
    namespace, _, value = identity.partition(":")
    if namespace.partition("@")[0] != "phone" or len(value) < 8:  # noqa: PLR2004 - else there is little to hide
        return identity
    return f"{namespace}:{value[:-8]}••••{value[-4:]}"


def _made() -> Environment:
    found = environment(HERE / "templates")
    found.filters |= {
        "say": say,
        "named": named,
        "when": when,
        "number": number,
        "about": about,
        "percent": percent,
        "duration": duration,
        "masked": masked,
    }
    found.globals["word"] = word
    return found


PAPER = _made()
