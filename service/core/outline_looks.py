"""What customers see of a journey, in words: who may light its stages, its looks, how it is shared."""

from collections.abc import Iterable

from service.core.playbook.brands import Brand, Sharing
from service.core.playbook.definitions import EventType, Journey, Stage
from service.core.words import Words


def name_words(stage: Stage | EventType) -> Iterable[Words]:
    """What customers call a stage, or what takes one back."""
    if stage.words is not None or stage.words_en is not None:
        said = " / ".join(each for each in (stage.words, stage.words_en) if each)
        yield f"用户看到“{said}”", f"customers read {said}"


def lit_by_words(stage: Stage) -> Iterable[Words]:
    """Who lights it beside what completes it."""
    by = stage.lit_by
    if by is None:
        return
    counts = ("，算数", ", verified") if by.verified else ("", "")
    if by.friends:
        yield f"{by.friends} 位好友助力点亮{counts[0]}", f"lit by {by.friends} friends{counts[1]}"
    else:
        yield f"用户自己点亮{counts[0]}", f"lit by the user{counts[1]}"


def looks_words(journey: Journey) -> Iterable[Words]:
    """What customers see of it."""
    brand, sharing = journey.brand or Brand(), journey.sharing or Sharing()
    looks = [each for each in (brand.colour, brand.colour_dark, brand.badge) if each]
    if looks:
        yield f"外观 {' '.join(looks)}", f"looks {' '.join(looks)}"
    said = [each for each in (brand.slogan, brand.slogan_en) if each]
    said += [f"{state}={word}" for words in (brand.words, brand.words_en) for state, word in words.items()]
    if said:
        yield f"口号与用语 {'、'.join(said)}", f"words {', '.join(said)}"
    shared = [each for each in (sharing.title, sharing.title_en, sharing.path) if each]
    if shared:
        yield f"分享 {' '.join(shared)}", f"shared as {' '.join(shared)}"
