"""Links, cuts and events in any order, at any limits, are the people that an independent reading of the log says."""

import asyncio
import json
from collections.abc import Generator, Iterable, Sequence
from contextlib import AsyncExitStack, contextmanager
from itertools import count, cycle, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core import persons
from service.core.calendar import HOUR, MINUTE
from service.store import Unit, migrate
from service.usecases.app import App
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, STAFF, Clock, Json, event, opened, put_in_force, send
from tests.usecases.who_is_who import Answer, Said, who

EXAMPLES = {"deep": 10_000}.get(settings.get_current_profile_name(), 150)
SHARED_ABOVE = 2
AT_MOST = {"unionid": 1, "openid": 1, "member": 2, "phone": 1, "email": 2, "device": 100}
BOOK = """
playbook: who
identities: {member: {at_most: 2}, phone: {at_most: 1}, email: {at_most: 2}}
events: {order_paid: {properties: {order_id: string, amount: integer}}}
tags:
  spent: {when: {sum: {event: order_paid, property: amount}, gte: 1}}
  vip: {kind: manual}
journeys:
  pickup:
    key: order_id
    enter: {event: order_paid}
    stages: [{stage: pay, phase: in_sale, completed_by: {event: order_paid}}]
"""
SPELLINGS = {  # of each identity; the first is the one that is kept
    **{f"{kind}@RUN:{kind[0]}{n}": () for kind in ("unionid", "openid", "member") for n in (1, 2, 3)},
    "phone@RUN:+8613800138000": ("phone@RUN:138 0013 8000", "phone@RUN:１３８００１３８０００"),
    "phone@RUN:+8613900139000": ("phone@RUN:86-139-0013-9000",),
    "email@RUN:a@example.org": ("email@RUN:A@Example.org",),
    "device@RUN:till": (),
}
WHAT = ("order", "order", "link", "link", "link", "cut", "cut", "vip", "not_vip", "consent", "no_consent")
TYPES = {"order": "order_paid", "link": "identity_linked", "cut": "identity_unlinked", "vip": "tag_set",
         "not_vip": "tag_removed", "consent": "trait_set", "no_consent": "trait_set"}  # fmt: skip


@st.composite
def logs(draw: st.DrawFn) -> list[Said]:
    """Some events; now and then one event comes a second time under another name, later and with other content."""
    found = list[Said]()
    people = st.sampled_from(draw(st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=3, max_size=7, unique=True)))
    for number in range(draw(st.integers(2, 14))):
        what = draw(st.sampled_from(WHAT))
        names = draw(st.lists(people, min_size=1, max_size=3, unique=True).map(tuple))
        found.append(
            Said(
                minute=draw(st.integers(0, 6)), source=draw(st.sampled_from(("app", "pos"))), event_id=f"e{number}",
                names=names, what=what, amount=2**number if what == "order" else 0,
                other=draw(people if what == "link" else st.none() | people) if what in ("link", "cut") else None,
            )
        )  # fmt: skip
        if draw(st.integers(0, 5)) == 0:
            first = found[-1]
            twin = Said(
                minute=first.minute + draw(st.integers(1, 3)), source=first.source, event_id=first.event_id,
                names=(draw(people),), what="order", amount=2 ** (number + 20),
            )  # fmt: skip
            found += [twin] if twin.names[0] != names[0] else []
    return found


def sent(said: Said, run: str, spelling: int) -> Json:
    """As a client sends it, in one of the spellings."""

    def spelt(name: str) -> str:
        ways = (name, *SPELLINGS[name])
        return ways[spelling % len(ways)].replace("RUN", run)

    properties: Json = {"identity": spelt(said.other)} if said.other else {}
    if said.what == "order":
        properties = {"amount": said.amount, "order_id": f"o{said.amount}"}
    elif said.what in ("vip", "not_vip"):
        properties = {"tag": "vip"}
    elif said.what in ("consent", "no_consent"):
        properties = {"consent": said.what == "consent"}
    made = event(said.event_id, spelt(said.names[0]), TYPES[said.what], NOON + said.minute * MINUTE, source=said.source)
    if len(said.names) > 1:
        made = {**made, "identities": [spelt(name) for name in said.names]}
        del made["identity"]
    return {**made, "properties": properties}


def found_in(unit: Unit, run: str) -> Answer:
    """Who is who, and what was refused, as the service keeps it."""
    rows = unit.identities.find([name.replace("RUN", run) for name in SPELLINGS])
    names = {row.root: name.replace(run, "RUN") for name, row in rows.items()}
    groups = dict[int, set[str]]()
    for row in rows.values():
        groups.setdefault(row.profile, set()).add(names[row.root])
    links = unit.links.of_roots(list(names))
    refused = {
        frozenset((names[each.left], names[each.right])): each.refused.replace(run, "RUN")
        for each in links
        if each.refused
    }
    return Answer({frozenset(each) for each in groups.values()}, refused)


class World:
    """The real use cases on a real file; every telling of a story has people of its own."""

    def __init__(self, runner: asyncio.Runner, *apps: App) -> None:
        self.runner = runner
        self.app, *self.others = apps
        self.runs = (f"r{number}" for number in count(1))

    def tell(self, log: Sequence[Said], batches: Iterable[Sequence[int]], spelling: int) -> None:
        """Let it arrive so, and compare everything with what the log says."""
        run, expected = next(self.runs), who(log, AT_MOST, SHARED_ABOVE)
        arriving = [[sent(log[n], run, spelling + n) for n in batch] for batch in batches]
        for results in self.runner.run(self.arrive(arriving)):
            assert {each["status"] for each in results} <= {"accepted", "duplicate"}, results
        answer = self.runner.run(self.app.read(lambda unit, _: found_in(unit, run)))
        assert answer.groups == expected.groups
        assert answer.refused == expected.refused
        for group, truth in expected.portraits.items():
            for name in group:
                shown: Json = self.runner.run(look(self.app, sent_name(name, run, spelling)))
                assert portrait_of(shown, run) == (sorted(group), truth)

    async def arrive(self, batches: Sequence[Sequence[Json]]) -> list[list[Json]]:
        """One after the other; or, where there are several services, all at once."""
        if not self.others:
            return [await send(self.app, *batch, actor=STAFF) for batch in batches]
        apps = cycle([self.app, *self.others])
        return await asyncio.gather(*(send(next(apps), *batch, actor=STAFF) for batch in batches))


def sent_name(name: str, run: str, spelling: int) -> str:
    ways = (name, *SPELLINGS[name])
    return ways[spelling % len(ways)].replace("RUN", run)


def portrait_of(shown: Json, run: str) -> tuple[list[str], Json]:
    tags = {each["key"]: each for each in shown["tags"]}
    found: Json = {
        "spent": tags["spent"]["because"]["value"] if "spent" in tags else 0,
        "runs": sorted(each["key"] for each in shown["journeys"]),
        "vip": "vip" in tags,
        "consent": shown["traits"].get("consent"),
    }
    return sorted(json.loads(json.dumps(shown["identities"]).replace(run, "RUN"))), found


@contextmanager
def world_on(url: str, services: int = 1) -> Generator[World]:
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        patch.setattr(persons, "SHARED_ABOVE", SHARED_ABOVE)
        stack = AsyncExitStack()
        clock = Clock(NOON + HOUR)
        apps = [runner.run(stack.enter_async_context(opened(url, clock, may_lose_data=True))) for _ in range(services)]
        runner.run(put_in_force(apps[0], BOOK))
        yield World(runner, *apps)
        assert runner.run(verify(apps[0]))["differences"] == 0
        runner.run(stack.aclose())


def cut_up(order: Sequence[int], ends: Sequence[bool]) -> list[list[int]]:
    """Batches: a new one begins wherever it is said."""
    found: list[list[int]] = [[]]
    for number, ends_here in zip(order, ends, strict=False):
        found[-1].append(number)
        found += [[]] if ends_here else []
    return [batch for batch in found if batch]


@pytest.mark.no_cover
def test_any_arrival_makes_the_people_that_the_log_says(sqlite_home: str) -> None:
    with world_on(sqlite_home) as world:

        @settings(max_examples=EXAMPLES)
        @given(st.data())
        def check(data: st.DataObject) -> None:
            log = data.draw(logs())
            for spelling in (0, 1):
                again = data.draw(st.lists(st.sampled_from(range(len(log))), max_size=3))
                order = data.draw(st.permutations([*range(len(log)), *again]))
                ends = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
                world.tell(log, cut_up(order, ends), spelling)

        check()


ONE, TWO, OTHER, TILL = "unionid@RUN:u1", "unionid@RUN:u2", "member@RUN:m1", "device@RUN:till"
STORIES = {  # in which every order of arrival is tried
    "a link between two cuts": (("cut", 5, ONE, None), ("cut", 2, ONE, None), ("link", 3, OTHER, ONE)),
    "a link, a cut, a link": (
        ("link", 1, ONE, OTHER), ("cut", 2, TILL, OTHER), ("link", 3, OTHER, ONE), ("order", 4, ONE, None),
    ),
    "a refusal before a cut": (
        ("link", 1, TILL, ONE), ("link", 2, TILL, TWO), ("link", 3, TWO, OTHER), ("cut", 4, TILL, ONE),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_every_order_of_a_story(sqlite_home: str, story: str) -> None:
    log = [
        Said(minute=minute, source="app", event_id=f"e{minute}", names=(name,), what=what, other=other, amount=minute)
        for what, minute, name, other in STORIES[story]
    ]
    with world_on(sqlite_home) as world:
        for order in permutations(range(len(log))):
            world.tell(log, [[number] for number in order], spelling=0)


def test_two_services_at_once_make_the_same_people(postgres_url: str) -> None:
    """Every batch on its own way at the same time: whoever is first, the log decides."""
    migrate(postgres_url)
    with world_on(postgres_url, services=2) as world:

        @settings(max_examples=EXAMPLES // 10)
        @given(logs(), st.data())
        def check(log: list[Said], data: st.DataObject) -> None:
            order = data.draw(st.permutations(range(len(log))))
            world.tell(log, [order[n : n + 2] for n in range(0, len(order), 2)], spelling=0)

        check()
