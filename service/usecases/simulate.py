"""Simulating: what would these events do? Everything is computed, nothing is kept."""

from collections.abc import Sequence

from service.core.intake import Admitted
from service.core.view import view
from service.store import Unit
from service.usecases.app import App
from service.usecases.batch import Item, Json, Submission, of
from service.usecases.definitions import Definitions
from service.usecases.folding import Folded, again, derive
from service.usecases.keeping import said_of_runs_over
from service.usecases.keys import Actor
from service.usecases.offers import name_offers
from service.usecases.record import answer, profile_id, read_items
from service.usecases.stored import to_row


async def simulate(app: App, actor: Actor, items: Sequence[object]) -> Json:
    """The receipt that recording would give, and each profile as it would be. Links are not simulated."""
    submission = read_items(app, actor, items, app.clock())
    return await app.read(lambda unit, definitions: _simulate(unit, definitions, submission))


def _simulate(unit: Unit, definitions: Definitions, submission: Submission) -> Json:
    groups: dict[str, list[Item]] = {}
    for item in submission.items:
        if isinstance(item.verdict, Admitted):
            groups.setdefault(item.verdict.identities[0], []).append(item)
    views = [_one(unit, definitions, identity, items, submission.received_at) for identity, items in groups.items()]
    return {**answer(submission.items), "profiles": views}


def _one(unit: Unit, definitions: Definitions, identity: str, items: Sequence[Item], now: int) -> Json:
    known = unit.identities.find([identity]).get(identity)
    row = unit.profiles.load([known.profile]).get(known.profile) if known else None
    members = unit.identities.of_profiles([known.profile])[known.profile] if known else []
    roots = [each.root for each in members]
    log = unit.events.of_roots(roots)
    kept = {(each.source, each.event_id): each.fingerprint for each in log}
    for item in items:
        event = to_row(0, of(item), now)
        found = kept.setdefault((event.source, event.event_id), event.fingerprint)
        new = found is event.fingerprint
        item.status = "accepted" if new else "duplicate" if found == event.fingerprint else "conflict"
        log += [event] if new else []
    folded = again(definitions, row, known.profile if known else 0, lambda _after: log, roots=roots)
    over = said_of_runs_over(unit, definitions.plan, folded) if known else {}
    derive(folded, definitions, now, over)
    name_offers(unit, definitions.plan.playbook, [folded])
    _report(folded, items, known is not None)
    shown = view(definitions.plan, folded.state, folded.at, definitions.calibrations)
    return {"identity": identity, "profile_id": profile_id(known.profile) if known else None, **shown}


def _report(folded: Folded, items: Sequence[Item], known: bool) -> None:  # noqa: FBT001 - it is a fact, not a switch
    accepted = [item for item in items if item.status == "accepted"]
    for item in items:
        item.profile = folded.profile if known else None
        item.version = folded.version if accepted else folded.version - 1
    if accepted:
        accepted[-1].changes = folded.changes
