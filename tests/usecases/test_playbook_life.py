"""The life of a playbook: single definitions, previews, confirmation, a second pair of eyes, going back, comparison."""

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from service.core.calendar import DAY, HOUR, MINUTE
from service.usecases import jobs
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.compare import compare, history
from service.usecases.definition import delete_definition, get_definition, put_definition
from service.usecases.due import rederive_due, refold_stale
from service.usecases.failures import Failure
from service.usecases.keys import PRESETS, Actor
from service.usecases.look import look
from service.usecases.playbook import discard_draft, get_draft, published, put_draft
from service.usecases.preview import go_on, preview, preview_all, try_out
from service.usecases.publish import approve, publish, restore
from service.usecases.verify import verify
from tests.usecases.given import NOON, PLAIN, RICH, STAFF, Clock, Json, event, opened, put_in_force, send
from tests.usecases.lives import in_order, instant, life, of_run, shuffled

YAML = "application/yaml"
COLLEAGUE = Actor(key_id="k3", name="han", kind="staff", scopes=PRESETS["admin"], source=None)
REGULAR: Mapping[str, object] = {"name": "常客", "when": {"count": {"event": "order_paid"}, "gte": 2}}
ALWAYS: Mapping[str, object] = {"name": "所有人", "when": {"always": True}}


async def people(app: App, number: int, orders: int = 1) -> None:
    for who in range(1, number + 1):
        await send(app, *(event(f"e{who}-{n}", f"member:{who}", t=NOON - n, amount=1) for n in range(orders)))


async def refused(awaitable: object, code: str) -> Failure:
    with pytest.raises(Failure) as found:
        await awaitable  # type: ignore[misc]
    assert found.value.code == code
    return found.value


@pytest.mark.anyio
async def test_one_definition_is_edited_and_the_rest_stays_as_it_was_written(app: App) -> None:
    text = "# 标题注释\n" + PLAIN.strip() + "\n"
    await put_draft(app, STAFF, text.encode(), YAML, None)
    saved: Json = await put_definition(app, STAFF, "tags/regular", dict(REGULAR), None)
    assert (saved["before"], saved["own_problems"]) == (None, [])
    assert saved["after"] == {"text": "常客：order_paid次数 ≥ 2 次", "text_en": "regular: count of order_paid ≥ 2"}
    draft: Json = await get_draft(app)
    assert draft["source"].startswith("# 标题注释\n"), "comments stay"
    assert draft["playbook"]["tags"]["regular"] == REGULAR
    assert list(draft["playbook"]["tags"])[:2] == ["buyer", "fresh"], "the others stand where they stood"
    found: Json = await get_definition(app, "tags/regular")
    assert (found["value"], found["etag"]) == (REGULAR, saved["etag"])
    worse: Json = await put_definition(app, STAFF, "tags/regular", {"when": {"count": {"event": "no_such"}}}, None)
    assert {each["pointer"] for each in worse["own_problems"]} == {"/tags/regular/when"}
    gone: Json = await delete_definition(app, STAFF, "tags/regular", worse["etag"])
    assert (gone["after"], gone["removed"]) == (None, ["/tags/regular"])
    await refused(delete_definition(app, STAFF, "tags/regular", None), "unknown_definition")
    await refused(put_definition(app, STAFF, "tags/regular", {}, "stale"), "draft_changed")
    await refused(put_definition(app, STAFF, "tagz/regular", {}, None), "unknown_definition")


@pytest.mark.anyio
async def test_without_a_draft_one_begins_from_what_is_in_force(app: App) -> None:
    first: Json = await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)
    assert first["problems"] == []
    await publish(app, STAFF, "", None)
    await app.store.write(lambda unit: unit.playbooks.remove_draft())
    await put_definition(app, STAFF, "tag_groups/care", {"name": "关怀"}, None)
    draft: Json = await get_draft(app)
    assert (draft["playbook"]["tags"], draft["playbook"]["tag_groups"]) == ({"all": ALWAYS}, {"care": {"name": "关怀"}})


@pytest.mark.anyio
async def test_a_draft_is_thrown_away(app: App) -> None:
    await put_in_force(app)
    saved: Json = await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)
    await refused(discard_draft(app, "stale"), "draft_changed")
    gone: Json = await discard_draft(app, saved["etag"])
    assert (gone["etag"], gone["saved_by"]) == (saved["etag"], STAFF.name)
    await refused(discard_draft(app, None), "no_draft")
    assert (await published(app))["version"] == 1


@pytest.mark.anyio
async def test_only_chosen_definitions_are_published(app: App) -> None:
    await put_in_force(app)
    for name, value in (("tags/regular", REGULAR), ("tags/all", ALWAYS)):
        await put_definition(app, STAFF, name, dict(value), None)
    await delete_definition(app, STAFF, "tags/hundred", None)
    await send(app, event("e1"), event("e2"))
    await publish(app, STAFF, "先发一个", None, definitions=["tags/regular", "tags/hundred"])
    shown: Json = await look(app, "member:1")
    assert [tag["key"] for tag in shown["tags"]] == ["buyer", "fresh", "regular"]
    found: Json = await compare(app, None, None)
    assert [(each["definition"], each["change"]) for each in found["items"]] == [("tags/all", "added")]
    await refused(publish(app, STAFF, "", None, definitions=["tags/nothing"]), "unknown_definition")


@pytest.mark.anyio
async def test_a_preview_says_who_and_why_and_can_look_at_everybody(app: App) -> None:
    await put_in_force(app)
    await people(app, 130, orders=2)
    await put_definition(app, STAFF, "tags/regular", dict(REGULAR), None)
    found: Json = await preview(app, 50)
    assert (found["profiles"], found["of"], found["moved"], found["would_move"]) == (43, 130, 43, 130)
    (sample, *_) = found["tags"]["regular"]["samples"]["enter"]
    assert (sample["before"], sample["after"]) == (None, True)
    assert sample["text"] == "order_paid次数 2 次（要求 ≥ 2 次）"
    begun: Json = await preview_all(app, by="lily")
    assert (begun["status"], begun["done"], begun["total"]) == ("running", 0, 130)
    assert [await go_on(app) for _ in range(3)] == [100, 30, 0]
    done: Json = await jobs.job(app, begun["job_id"])
    assert (done["status"], done["done"], done["moved"], done["progress"]) == ("done", 130, 130, 1.0)
    only: Json = await preview(app, 10, ["tags/buyer"])
    assert only["moved"] == 0, "the definition that is tried alone is as it was"


@pytest.mark.anyio
async def test_a_preview_counts_keyed_runs_that_are_over_as_what_they_are(app: App, clock: Clock) -> None:
    """They have left the facts; that alone moves nobody. What a change does to them is counted, run by run."""
    await put_in_force(app)
    for n in range(3):
        await send(app, event(f"e{n}", order_id=f"o{n}", amount=1))
        await send(app, event(f"r{n}", kind="order_ready", t=NOON + MINUTE, order_id=f"o{n}"))
    await send(app, event("e9", order_id="o9", amount=1))
    clock.now = NOON + 3 * DAY
    await rederive_due(app)
    await send(app, event("v", kind="menu_viewed", t=clock.now))  # now the facts let go of them
    await put_definition(app, STAFF, "tags/regular", dict(REGULAR), None)
    found: Json = await preview(app)
    assert (found["moved"], list(found["tags"]), found["journeys"]) == (1, ["regular"], {})
    await put_draft(app, STAFF, PLAIN.replace("stage: ready,", "stage: fetched,").encode(), YAML, None)
    changed: Json = await preview(app)
    assert {move: changed["journeys"]["pickup"][move] for move in ("enter", "leave", "change")} == {
        "enter": 0, "leave": 0, "change": 4
    }  # fmt: skip
    samples = changed["journeys"]["pickup"]["samples"]["change"]
    assert [(each["key"], each["before"], each["after"]) for each in samples] == [
        ("o0", "completed ready", "completed fetched"), ("o1", "completed ready", "completed fetched"),
        ("o2", "completed ready", "completed fetched"), ("o9", "dropped ready", "dropped fetched"),
    ]  # fmt: skip


@pytest.mark.anyio
async def test_a_preview_says_why_a_class_changes(app: App) -> None:
    await put_in_force(app)
    await people(app, 3)
    ruled = {"classes": [{"class": "all", "name": "人人", "when": {"count": {"event": "order_paid"}, "gte": 1}},
                         {"class": "mass"}]}  # fmt: skip
    await put_definition(app, STAFF, "personas/tier", ruled, None)
    found: Json = await preview(app)
    (first, *_) = found["personas"]["tier"]["samples"]["enter"]
    assert (first["before"], first["after"], first["text"]) == (None, "all", "符合这一层的规则")
    await publish(app, STAFF, "", None)
    await delete_definition(app, STAFF, "personas/tier", None)
    gone: Json = await preview(app)
    (last, *_) = gone["personas"]["tier"]["samples"]["leave"]
    assert (last["before"], last["after"], last["text"]) == ("all", None, "方案里不再有这种分层")


@pytest.mark.anyio
async def test_the_sample_is_spread_over_all_who_came(app: App) -> None:
    await put_in_force(app)
    for who in range(1, 41):
        await send(app, event(f"e{who}", f"member:{who}"))
    await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)
    found: Json = await preview(app, 8)
    assert found["profiles"] == 8
    sampled = {each["profile_id"] for each in found["tags"]["all"]["samples"]["enter"]}
    everybody = sorted(row.profile for row in await app.store.read(lambda unit: unit.profiles.scan(0, 99)))
    places = sorted(everybody.index(int(each, 16)) for each in sampled)
    assert places == [4, 9, 14, 19, 24]


@pytest.mark.anyio
async def test_who_changes_many_repeats_the_number_shown(app: App) -> None:
    await put_in_force(app)
    await people(app, 120)
    await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)
    await preview(app, 1)  # a look at one person is none at all
    refusal = await refused(publish(app, STAFF, "", None), "confirm_needed")
    assert "120" in refusal.zh
    await refused(publish(app, STAFF, "", None, confirm=119), "confirm_needed")
    assert (await publish(app, STAFF, "", None, confirm=120))["version"] == 2
    await refused(restore(app, STAFF, 1, ""), "confirm_needed")
    assert (await restore(app, STAFF, 1, "退回", confirm=120))["version"] == 3
    shown: Json = await look(app, "member:1")
    assert [tag["key"] for tag in shown["tags"]] == ["buyer", "fresh"]
    await refused(restore(app, STAFF, 9, ""), "unknown_version")


@pytest.mark.anyio
async def test_a_second_pair_of_eyes(home: str, clock: Clock) -> None:
    async with opened(home, clock, second_approver=True) as app:
        saved: Json = await put_draft(app, STAFF, PLAIN.encode(), YAML, None)
        await refused(publish(app, STAFF, "", None), "not_approved")
        await refused(approve(app, STAFF, None), "own_draft")
        await refused(approve(app, COLLEAGUE, "stale"), "draft_changed")
        assert (await approve(app, COLLEAGUE, saved["etag"]))["approved_by"] == "han"
        assert (await publish(app, STAFF, "", saved["etag"]))["version"] == 1
        await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)
        await refused(publish(app, STAFF, "", None), "not_approved")


@pytest.mark.anyio
async def test_a_definition_that_names_what_is_not_there_is_told_all_the_same(app: App) -> None:
    await put_in_force(app)
    wrong: Json = {"when": {"all": [{"persona": {"scheme": "tire", "in": ["mass"]}}, {"journey": {"journey": "no"}}]}}
    saved: Json = await put_definition(app, STAFF, "tags/wrong", wrong, None)
    assert saved["after"]["text"] == "wrong：tire属于 mass，且 旅程“no”"
    assert len(saved["own_problems"]) == 2
    found: Json = await get_definition(app, "tags/wrong")
    assert found["text_en"] == "wrong: persona tire in mass and journey no"
    differ: Json = await compare(app, None, None)
    assert [each["after"]["text"] for each in differ["items"]] == [found["text"]]
    gone: Json = await delete_definition(app, STAFF, "tags/wrong", None)
    assert gone["before"]["text"] == found["text"]


@pytest.mark.anyio
async def test_a_section_is_told_once_and_an_empty_one_is_nothing(app: App) -> None:
    await put_in_force(app)
    await put_definition(app, STAFF, "identities/phone", {"at_most": 2}, None)
    (item,) = dict[str, Any](await compare(app, None, None))["items"]
    assert (item["definition"], item["change"], item["before"]) == ("identities/phone", "added", None)
    assert (item["after"]["text"], item["after"]["text_en"]) == (
        "每人最多 2 个 phone",
        "at most 2 phone of one profile",
    )
    await publish(app, STAFF, "", None)
    await put_definition(app, STAFF, "identities/phone", {"at_most": 3}, None)
    await delete_definition(app, STAFF, "identities/phone", None)
    draft: Json = await get_draft(app)
    assert "identities" not in draft["playbook"]
    emptied = {**draft["playbook"], "identities": {}}
    await put_draft(app, STAFF, json.dumps(emptied).encode(), "application/json", None)
    assert [each["change"] for each in dict[str, Any](await compare(app, None, None))["items"]] == ["removed"]
    assert dict[str, Any](await compare(app, 1, "draft"))["items"] == []
    policy = {**draft["playbook"], "contact_policy": {"at_most": 2, "within": "1d"}}
    await put_draft(app, STAFF, json.dumps(policy).encode(), "application/json", None)
    await publish(app, STAFF, "", None)
    told: Json = await history(app, "identities")
    assert [(each["version"], each["change"]) for each in told["items"]] == [(3, "removed"), (2, "added")]
    assert told["items"][0]["before"]["text"] == "身份：每人最多 2 个 phone"
    changed: Json = await compare(app, 1, 3)
    assert [each["after"]["text"] for each in changed["items"]] == ["触达频控：同一项服务 1 天内最多出现 2 次"]


@pytest.mark.anyio
async def test_every_change_of_a_definition_is_remembered_as_sentences(app: App) -> None:
    await put_in_force(app)
    for number in (2, 3):
        when = {"count": {"event": "order_paid"}, "gte": number}
        await put_definition(app, STAFF, "tags/buyer", {"name": "买家", "when": when}, None)
        await publish(app, STAFF, f"改为 {number} 次", None)
    found: Json = await history(app, "tags/buyer")
    told = [(each["version"], each["by"], each["note"], each["change"]) for each in found["items"]]
    assert told == [(3, "lily", "改为 3 次", "changed"), (2, "lily", "改为 2 次", "changed"), (1, "lily", "", "added")]
    newest = found["items"][0]
    assert newest["before"]["text"] == "买家：order_paid次数 ≥ 2 次"
    assert newest["after"]["text"] == "买家：order_paid次数 ≥ 3 次"
    between: Json = await compare(app, 1, 3)
    assert [each["definition"] for each in between["items"]] == ["tags/buyer"]
    await refused(compare(app, 7, None), "unknown_version")
    await refused(history(app, "tags/nobody"), "unknown_definition")


@pytest.mark.anyio
async def test_folding_everybody_anew_is_a_job_that_can_be_steered(home: str, clock: Clock) -> None:
    async with opened(home, clock) as app:
        await put_in_force(app)
        await people(app, 30)
        while await refold_stale(app, 50):
            pass
        await put_in_force(app, tags={"all": ALWAYS})
        assert await refold_stale(app, 10) == 10
        listed: Json = await jobs.jobs(app)
        running = next(each for each in listed["items"] if each["status"] == "running")
        assert (running["kind"], running["done"], running["total"]) == ("refold", 10, 30)
        assert (await jobs.steer(app, running["job_id"], "pause"))["status"] == "paused"
        assert await refold_stale(app, 10) == 0
        await refused(jobs.steer(app, running["job_id"], "pause"), "wrong_status")
        shown: Json = await look(app, "member:29")
        assert "all" in [tag["key"] for tag in shown["tags"]], "no read is ever stale"
    async with opened(home, clock) as app:  # a restart
        assert (await jobs.job(app, running["job_id"]))["done"] == 10
        await jobs.steer(app, running["job_id"], "resume")
        assert [await refold_stale(app, 10) for _ in range(3)] == [10, 10, 0]
        assert (await jobs.job(app, running["job_id"]))["status"] == "done"
        await refused(jobs.steer(app, running["job_id"], "cancel"), "wrong_status")
        await refused(jobs.job(app, "refold:nothing"), "unknown_job")
        await put_in_force(app, tags={"all": ALWAYS, "regular": REGULAR})
        await refold_stale(app, 10)
        listed = dict(await jobs.jobs(app))
        again = next(each for each in listed["items"] if each["status"] == "running")
        await put_in_force(app, tags={"all": ALWAYS})  # back to what was in force before
        assert [await refold_stale(app, 20) for _ in range(3)] == [20, 10, 0]
        assert (await jobs.job(app, again["job_id"]))["status"] == "superseded"
        assert (await verify(app))["stale"] == 0


@pytest.mark.anyio
async def test_the_draft_is_tried_on_one_person(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1"), event("e2"))
    await refused(look(app, "member:1", None, 5), "unknown_version")
    await put_definition(app, STAFF, "tags/regular", dict(REGULAR), None)
    shown: Json = await look(app, "member:1", None, "draft")
    assert [tag["key"] for tag in shown["tags"]] == ["buyer", "fresh", "regular"]
    now: Json = await look(app, "member:1", None, 1)
    assert [tag["key"] for tag in now["tags"]] == ["buyer", "fresh"]
    await put_definition(app, STAFF, "tags/regular", {}, None)
    await refused(look(app, "member:1", None, "draft"), "draft_has_problems")


@pytest.mark.anyio
async def test_a_preview_of_everybody_ends_where_the_draft_changes(app: App) -> None:
    await put_in_force(app)
    await people(app, 3)
    await put_draft(app, STAFF, json.dumps({"playbook": "other"}).encode(), "application/json", None)
    begun: Json = await preview_all(app, by="lily")
    await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)
    assert await go_on(app) == 1
    assert (await jobs.job(app, begun["job_id"]))["status"] == "superseded"


@pytest.mark.anyio
async def test_whoever_went_into_another_is_looked_at_no_more(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await people(app, 2)
    clock.now += 1
    await send(app, event("l1", "crm:1"), event("l2", "crm:1", "identity_linked", identity="member:1", t=clock.now))
    await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)
    found: Json = await preview(app)
    assert (found["profiles"], found["of"], found["moved"]) == (2, 2, 2)
    await publish(app, STAFF, "", None)
    made: Json = await calibrate(app)
    assert made["schemes"]["tier"]["profiles"] == 2, "also while their facts are old"


@pytest.mark.anyio
async def test_a_whole_section_is_published_by_its_name(app: App) -> None:
    await put_in_force(app)
    draft: Json = await get_draft(app)
    policy = {"at_most": 2, "within": "1d"}
    text = json.dumps({**draft["playbook"], "contact_policy": policy, "name": "新名字"}).encode()
    await put_draft(app, STAFF, text, "application/json", None)
    await publish(app, STAFF, "", None, definitions=["contact_policy"])
    found: Json = await compare(app, None, None)
    assert [(each["definition"], each["change"]) for each in found["items"]] == [("name", "added")]


@pytest.mark.anyio
async def test_an_earlier_version_is_read_as_if_it_were_in_force(app: App) -> None:
    await put_in_force(app)
    await put_in_force(app, tags={"all": ALWAYS})
    await send(app, event("e1"))
    shown: Json = await look(app, "member:1", None, 1)
    assert (shown["playbook_version"], [tag["key"] for tag in shown["tags"]]) == (1, ["buyer", "fresh"])


@pytest.mark.anyio
async def test_without_a_draft_there_is_nothing_to_compare(app: App) -> None:
    await put_in_force(app)
    begun: Json = await preview_all(app, by="lily")
    await app.store.write(lambda unit: unit.playbooks.remove_draft())
    assert await go_on(app) == 1
    assert (await jobs.job(app, begun["job_id"]))["status"] == "superseded"


@pytest.mark.anyio
async def test_a_draft_that_changes_while_it_is_looked_at_is_not_published(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_in_force(app)
    await put_definition(app, STAFF, "tags/all", dict(ALWAYS), None)

    async def slowly(*given: Any, **more: Any) -> Json:
        found: Json = await try_out(*given, **more)
        await put_definition(app, COLLEAGUE, "tags/regular", dict(REGULAR), None)
        return found

    monkeypatch.setattr("service.usecases.publish.try_out", slowly)
    await refused(publish(app, STAFF, "", None), "draft_changed")
    assert [tag["key"] for tag in dict[str, Any](await look_at_somebody(app))["tags"]] == ["buyer", "fresh"]


async def look_at_somebody(app: App) -> Json:
    await send(app, event("e1"))
    shown: Json = await look(app, "member:1")
    return shown


@pytest.mark.anyio
@pytest.mark.parametrize("added", [{}, {"rich": {"when": {"count": {"event": "order_paid"}, "gte": 9999}}}])
async def test_a_draft_that_moves_nobody_is_seen_to_move_nobody(app: App, clock: Clock, added: Json) -> None:
    """At whatever instant, whether the worker was there or not, whatever has left the facts, folded anew or not."""
    chance = random.Random(5)
    await put_in_force(app, RICH)
    await put_draft(app, STAFF, RICH.encode(), YAML, None)
    for key, tag in added.items():
        await put_definition(app, STAFF, f"tags/{key}", tag, None)
    ways = in_order, shuffled
    for turn in range(6):
        told = [
            batch
            for who in range(6)
            for batch in ways[who % 2]([of_run(f"{turn}x{who}", each) for each in life(chance)], chance)
        ]
        for batch in told:
            clock.now = max([clock.now, *(instant(each) for each in batch)])
            await send(app, *batch)
        clock.now += chance.choice((MINUTE, HOUR, DAY, 9 * DAY))
        if chance.random() < 0.5:
            await rederive_due(app)
        found: Json = await preview(app)
        assert found["profiles"] > 0
        assert (found["moved"], found["tags"], found["personas"], found["journeys"]) == (0, {}, {}, {})
