"""Logging in with a key, and out again."""

import re
from secrets import token_urlsafe

from starlette.responses import Response

from service.api.attempts import Attempts
from service.api.console.cookies import SESSION, STRANGER
from service.api.console.page import ANYBODY, STAFF, Desk
from service.api.console.visit import Visit
from service.api.keyring import LONGEST
from service.usecases.sessions import close_session, form_token, open_session

desk = Desk()
USEFUL = frozenset({"profiles:read", "profiles:search", "playbook:read", "sources:read", "quarantine:read"})
_REST = re.compile(r"(?:[/?][^\s\\]*)?", re.ASCII)  # of an address of ours
REFUSED, WAIT = 401, 429


@desk.get("/login", ANYBODY)
async def login(visit: Visit) -> Response:
    return _form(visit, _wanted(visit, visit.asked("then")))


@desk.post("/login", ANYBODY)
async def log_in(visit: Visit) -> Response:
    then = _wanted(visit, visit.fields.get("then"))
    attempts: Attempts = visit.scope["state"]["attempts"]
    address = visit.client.host if visit.client else ""
    seconds = attempts.wait(address)
    if seconds:
        response = _form(visit, then, visit.words.too_many % seconds, WAIT)
        response.headers["retry-after"] = str(seconds)
        return response
    secret = visit.fields.get("key", "")
    found = await open_session(visit.lantern, secret) if 0 < len(secret) <= LONGEST else None
    if found is None:
        attempts.wrong(address)
        return _form(visit, then, visit.words.key_wrong, REFUSED)
    if not USEFUL & found.actor.scopes:
        await close_session(visit.lantern, found.token)
        return _form(visit, then, visit.words.key_useless, REFUSED)
    if before := SESSION.of(visit):
        await close_session(visit.lantern, before)
    response = visit.go_back(then)
    SESSION.put(visit, response, found.token)
    STRANGER.drop(visit, response)
    return response


@desk.post("/logout", STAFF)
async def log_out(visit: Visit) -> Response:
    await close_session(visit.lantern, SESSION.of(visit))
    response = visit.go("login")
    SESSION.drop(visit, response)
    return response


def _form(visit: Visit, then: str, wrong: str = "", status: int = 200) -> Response:
    held = STRANGER.of(visit) or token_urlsafe(24)
    response = visit.page("login.html", then=then, wrong=wrong, login_form=form_token(held))
    response.status_code = status
    STRANGER.put(visit, response, held)
    return response


def _wanted(visit: Visit, then: str | None) -> str:
    """Where he wanted to go, if that is a page of ours: nothing leads to another site."""
    first = visit.link()
    return then if then and then.startswith(first) and _REST.fullmatch(then, len(first)) else first
