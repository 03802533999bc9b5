"""Reading journeys."""

from collections.abc import Mapping

from service.core.calendar import DAY
from service.core.playbook.care import read_benefit, read_promises, read_target
from service.core.playbook.conditions import PERSON, PROFILE_TYPES
from service.core.playbook.definitions import ONCE, RE_ENTRIES, Journey, Pattern, Stage
from service.core.playbook.read_brands import LINE, read_brand, read_lit_by, read_sharing
from service.core.playbook.read_where import read_where
from service.core.playbook.tree import Fields, Node

PHASES = ("pre_sale", "in_sale", "after_sale")
KEYED_ABANDON_AFTER = 90 * DAY


def read_journey(key: str, node: Node) -> Journey:
    """One journey."""
    found = node.fields(
        ("name", "name_en", "theme", "theme_en", "value", "value_en", "for", "key", "re_entry", "enter", "exit",
         "goal", "abandon_after", "ends_after", "brand", "share", "stages"),
        ("enter", "stages"),
    )  # fmt: skip
    name, name_en = found.names(key)
    by = found.maybe("key", lambda item: item.text(128))
    stages = found.each("stages", _stage)
    if "stages" in found and all(stage.optional for stage in stages):
        found["stages"].wrong("no_required_stage", "至少要有一个必经阶段", "at least one stage must be required")
    return Journey(
        key=key, name=name, name_en=name_en,
        theme=found.maybe("theme", Node.text), theme_en=found.maybe("theme_en", Node.text),
        value=found.maybe("value", Node.text), value_en=found.maybe("value_en", Node.text),
        of=found.read("for", lambda item: item.choice(PROFILE_TYPES), PERSON),
        by=by,
        re_entry=_re_entry(found, by),
        enter=found.each("enter", read_pattern),
        exit=found.each("exit", read_pattern),
        goal=found.each("goal", read_pattern),
        abandon_after=found.read("abandon_after", Node.duration, KEYED_ABANDON_AFTER if by else None),
        ends_after=found.maybe("ends_after", Node.duration),
        brand=found.maybe("brand", read_brand),
        sharing=found.maybe("share", read_sharing),
        stages=stages,
    )  # fmt: skip


def _re_entry(found: Fields, by: str | None) -> str:
    chosen = found.read("re_entry", lambda item: item.choice(RE_ENTRIES), ONCE)
    if by is not None and chosen != ONCE:
        zh = "带 key 的旅程每个 key 各走一次，不能再写 re_entry"
        found["re_entry"].wrong(
            "re_entry_with_key", zh, "a journey with a key has one run for each of its values; leave out re_entry"
        )
    return chosen


def _stage(node: Node) -> Stage:
    written = node.value if isinstance(node.value, Mapping) else {}
    found = node.fields(
        ("stage", "name", "name_en", "phase", "completed_by", "goal", "benefit", "optional", "key_moment",
         "expected_within", "stalled_after", "fails_on", "dissatisfied_by", "made_good_by", "next", "was", "services",
         "touchpoints", "channels", "scenarios", "promises", "target", "benefits", "ritual", "feedback", "lit_by",
         "words", "words_en", "goal_en", "benefit_en", "ritual_en", "feedback_en"),
        ("stage", "phase") if "lit_by" in written else ("stage", "phase", "completed_by"),
    )  # fmt: skip
    key = found.read("stage", Node.key, "?")
    name, name_en = found.names(key)
    return Stage(
        key=key, name=name, name_en=name_en,
        phase=found.read("phase", lambda item: item.choice(PHASES), PHASES[0]),
        completed_by=found.each("completed_by", read_pattern),
        goal=found.maybe("goal", Node.text), goal_en=found.maybe("goal_en", Node.text),
        benefit=found.maybe("benefit", Node.text), benefit_en=found.maybe("benefit_en", Node.text),
        optional=found.read("optional", Node.flag, False),
        key_moment=found.read("key_moment", Node.flag, False),
        expected_within=found.maybe("expected_within", Node.duration),
        stalled_after=found.maybe("stalled_after", Node.duration),
        fails_on=found.each("fails_on", read_pattern),
        dissatisfied_by=found.each("dissatisfied_by", read_pattern),
        made_good_by=found.each("made_good_by", read_pattern),
        next=found.maybe("next", Node.words),
        was=found.read("was", Node.words, ()),
        services=found.read("services", Node.words, ()),
        touchpoints=found.read("touchpoints", Node.words, ()),
        channels=found.read("channels", Node.words, ()),
        scenarios=found.read("scenarios", Node.words, ()),
        promises=found.read("promises", read_promises, ()),
        target=found.maybe("target", read_target),
        benefits=found.each("benefits", read_benefit),
        ritual=found.maybe("ritual", Node.text), ritual_en=found.maybe("ritual_en", Node.text),
        feedback=found.maybe("feedback", Node.text), feedback_en=found.maybe("feedback_en", Node.text),
        lit_by=found.maybe("lit_by", read_lit_by),
        words=found.maybe("words", lambda item: item.text(LINE)),
        words_en=found.maybe("words_en", lambda item: item.text(LINE)),
    )  # fmt: skip


def read_pattern(node: Node) -> Pattern:
    """`{event, where}`."""
    found = node.fields(("event", "where"), ("event",))
    return Pattern(event=found.read("event", lambda item: item.text(128), "?"), where=found.maybe("where", read_where))
