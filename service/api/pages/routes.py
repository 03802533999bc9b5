"""What a link opens, without any key: the page, its JSON, its card; and what its owner may do there.

The token in the address is the only credential. Wrong, expired and revoked ones get one and the same answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from service.api.call import Call
from service.api.complaints import SHAPE, complaints
from service.api.pages.card import card_of, draw_svg
from service.api.pages.picture import draw_png, font_file
from service.api.pages.view import notice_page, policy, progress_page
from service.api.pages.words import language_of, say
from service.api.problems import TooMany, answer, render, request_id
from service.api.schemas.pages import PageLight, PageRevoke, PageShare
from service.core.calendar import DAY
from service.usecases.failures import Failure, Forbidden, Invalid, Unknown
from service.usecases.light import Lighting, light_by_token
from service.usecases.progress import progress_by_token
from service.usecases.shares import Wish, list_shares_by_token, make_share_by_token, revoke_share_by_token
from service.usecases.tokens import no_such_link

Asked = TypeVar("Asked", PageLight, PageShare, PageRevoke)
Handler = Callable[[Call, str], Awaitable[Response]]
HEADERS = {"cache-control": "private, no-store", "x-robots-tag": "noindex, nofollow", "vary": "accept-language"}
SLOW = "too_many_requests", "打开得太频繁，请稍后再试", "too many requests; try again in a moment"
ELSEWHERE = "cross_site", "只能在本页面操作", "this can only be done on the page itself"
CARD = policy()


def _route(method: str, part: str, handler: Handler, *, for_people: bool = False) -> Route:
    """Let a handler answer at a fair pace; what it refuses is told as a page to people, else as a problem document."""

    async def handle(request: Request) -> Response:
        request.scope["route"] = made  # logs name it, never the address with the token in it
        call, token = Call(request.scope, request.receive), str(request.path_params["token"])
        try:
            _slow_down(call, "link:" + token[:40])
            return await handler(call, token)
        except Failure as failure:
            told = _after_miss(call, failure)
            if for_people and not _sends_json(call):
                return _notice(call, told, token)
            return render(told, request_id(call), HEADERS)

    made = Route("/j/{token}" + part, handle, methods=[method])
    return made


def _slow_down(call: Call, name: str) -> None:
    if wait := call.pace.wait(name):
        slow = TooMany(*SLOW)
        slow.retry_after = wait
        raise slow


def _after_miss(call: Call, failure: Failure) -> Failure:
    """Whoever tries many wrong links is slowed down; links that are good open all the same, for him and for others."""
    if failure.code == no_such_link().code:
        try:
            _slow_down(call, f"miss:{call.client.host if call.client else ''}")
        except TooMany as slow:
            return slow
    return failure


def _language(call: Call) -> str:
    return language_of(call.query_params.get("lang", ""), call.headers.get("accept-language", ""))


def _sends_json(call: Call) -> bool:
    return call.headers.get("content-type", "").startswith("application/json")


def _html(text: str, allowed: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, {**HEADERS, "content-security-policy": allowed})


def _notice(call: Call, failure: Failure, token: str) -> Response:
    """What went wrong, for people."""
    language = _language(call)
    said = say(language)
    if isinstance(failure, Unknown) and failure.code == no_such_link().code:
        return _html(*notice_page(said["gone"], said["gone_more"], language), failure.status)
    if isinstance(failure, TooMany):
        answered = _html(*notice_page(said["wait"], "", language), failure.status)
        answered.headers["retry-after"] = str(failure.retry_after)
        return answered
    back = f"../{token}" if call.method == "POST" else ""
    more = failure.zh if language == "zh" else failure.en
    return _html(*notice_page(said["refused"], more, language, back), failure.status)


# ---- looking


async def _page(call: Call, token: str) -> Response:
    shown = await progress_by_token(call.lantern, token, visit=call.method == "GET")
    return await _shown(call, token, shown, token)


async def _shown(call: Call, token: str, shown: dict[str, object], base: str, fresh: str = "") -> Response:
    listed: Any = await list_shares_by_token(call.lantern, token) if shown["kind"] == "owner" else {"items": []}
    zone = call.lantern.shelf.latest_known.plan.layout.frame.zone
    return _html(*progress_page(shown, base, _language(call), links=listed["items"], fresh=fresh, zone=zone))


async def _progress(call: Call, token: str) -> Response:
    shown = await progress_by_token(call.lantern, token, visit=call.method == "GET")
    if shown["kind"] == "owner":
        shown["shares"] = (await list_shares_by_token(call.lantern, token))["items"]
    return answer(shown, headers=HEADERS)


async def _svg(call: Call, token: str) -> Response:
    text = draw_svg(card_of(await _first_run(call, token), _language(call)))
    return Response(text, 200, {**HEADERS, "content-security-policy": CARD}, "image/svg+xml")


async def _png(call: Call, token: str) -> Response:
    card = card_of(await _first_run(call, token), _language(call))
    font = font_file(call.lantern.settings.font)
    return Response(await asyncio.to_thread(draw_png, card, font), 200, HEADERS, "image/png")


async def _first_run(call: Call, token: str) -> dict[str, object]:
    """The run that a card shows: of an owner's own page the one at its top."""
    runs = (await progress_by_token(call.lantern, token))["journeys"]
    if not isinstance(runs, list) or not runs:
        raise no_such_link()
    found: dict[str, object] = runs[0]
    return found


# ---- what the owner may do


async def _light(call: Call, token: str) -> Response:
    asked = await _asked(call, PageLight)
    wanted = Lighting(journey=asked.journey, stage=asked.stage, key=asked.key)
    found = await light_by_token(call.lantern, token, wanted, asked.share)
    return answer(found, headers=HEADERS) if _sends_json(call) else _back(token)


async def _share(call: Call, token: str) -> Response:
    asked = await _asked(call, PageShare)
    wish = Wish(journey=asked.journey, key=asked.key, lasts=asked.days * DAY)
    made = await make_share_by_token(call.lantern, token, wish)
    if _sends_json(call):
        return answer(made, 201, HEADERS)
    shown = await progress_by_token(call.lantern, token)
    return await _shown(call, token, shown, f"../{token}", f"{call.base_url}j/{made['token']}")


async def _revoke(call: Call, token: str) -> Response:
    asked = await _asked(call, PageRevoke)
    found = await revoke_share_by_token(call.lantern, token, asked.share)
    return answer(found, headers=HEADERS) if _sends_json(call) else _back(token)


def _back(token: str) -> Response:
    """To the page again, so that loading it once more sends nothing."""
    return Response(status_code=303, headers={**HEADERS, "location": f"../{token}"})


async def _asked(call: Call, model: type[Asked]) -> Asked:
    """The body: JSON, or a form of the page itself."""
    _only_here(call)
    if _sends_json(call):
        return await call.read(model)
    fields = parse_qs((await call.payload()).decode(errors="replace"))
    try:
        return model.model_validate({name: values[-1] for name, values in fields.items()}, strict=False)
    except ValidationError as error:
        raise Invalid(*SHAPE, complaints(error.errors(include_url=False, include_input=False))) from None


def _only_here(call: Call) -> None:
    """Refuse what another site's page sends. With `no-referrer` browsers name their own origin `null`."""
    site, origin = call.headers.get("sec-fetch-site"), call.headers.get("origin", "null")
    if site not in {None, "same-origin", "none"}:
        raise Forbidden(*ELSEWHERE)
    if site is None and origin != "null" and origin.partition("://")[2] != call.headers.get("host"):
        raise Forbidden(*ELSEWHERE)


routes = [
    _route("GET", "", _page, for_people=True),
    _route("GET", "/progress", _progress),
    _route("GET", "/card.svg", _svg),
    _route("GET", "/card.png", _png),
    _route("POST", "/light", _light, for_people=True),
    _route("POST", "/share", _share, for_people=True),
    _route("POST", "/revoke", _revoke, for_people=True),
]
