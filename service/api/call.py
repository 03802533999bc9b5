"""One call: who makes it, to which service, and its body read within limits."""

import asyncio
import zlib
from typing import TypedDict, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from service.api.attempts import Attempts
from service.api.complaints import SHAPE, complaints
from service.api.keyring import Keyring
from service.api.pace import Pace
from service.api.problems import TooLarge, TooSlow, Unreadable
from service.core.oddities import oddities
from service.core.problem import Problem
from service.core.wire import parse_json, plain
from service.usecases.app import App
from service.usecases.failures import Forbidden, Invalid
from service.usecases.keys import Actor

LARGEST = 1024 * 1024  # after inflation
PATIENCE = 30.0  # seconds for a body to arrive
GZIP = b"\x1f\x8b"
LARGE = "body_too_large", "请求体最大 1 MiB（解压后），请分批发送", "a body is at most 1 MiB, inflated; send less"
SLOW = "body_too_slow", "请求体迟迟没有发完", "the body did not arrive in time"
BAD_GZIP = "not_gzip", "gzip 数据不完整或已损坏", "the gzip data is cut or damaged"

Model = TypeVar("Model", bound=BaseModel)


class State(TypedDict):
    """What the lifespan hands to every request."""

    app: App
    keyring: Keyring
    pace: Pace
    attempts: Attempts


class Call(Request):
    """A request by a known actor. Bodies are read as they are: many clients name the wrong Content-Type, or none."""

    @property
    def lantern(self) -> App:
        app: App = self.scope["state"]["app"]
        return app

    @property
    def keyring(self) -> Keyring:
        keyring: Keyring = self.scope["state"]["keyring"]
        return keyring

    @property
    def pace(self) -> Pace:
        pace: Pace = self.scope["state"]["pace"]
        return pace

    @property
    def actor(self) -> Actor:
        actor: Actor = self.scope["actor"]
        return actor

    async def identify(self, needs: str) -> None:
        """Let in only who may; everything else about the request comes later."""
        self.scope["actor"] = await self.keyring.open(self.headers, needs)

    def require(self, scope: str) -> None:
        """Refuse an actor who lacks a further scope that this request turned out to need."""
        if scope not in self.actor.scopes:
            raise Forbidden("scope_missing", f"这个密钥没有权限 {scope}", f"this key lacks the scope {scope}")

    async def payload(self) -> bytes:
        """The body, inflated if it is gzip; never more than a mebibyte of it."""
        declared = self.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > LARGEST:
            raise TooLarge(*LARGE)
        body = bytearray()
        try:
            async with asyncio.timeout(PATIENCE):
                async for chunk in self.stream():
                    body += chunk
                    if len(body) > LARGEST:
                        raise TooLarge(*LARGE)
        except TimeoutError:
            raise TooSlow(*SLOW) from None
        return inflated(bytes(body)) if body[:2] == GZIP else bytes(body)

    async def tree(self) -> object:
        """The body as `wire.parse_json` reads it: numbers exact, oddities as markers."""
        return parsed(await self.payload())

    async def read(self, model: type[Model], *, deeper: int = 0) -> Model:
        """The body as one of the door's own models; an empty body is an empty object. `deeper`: levels beyond most."""
        body = await self.payload()
        found = parsed(body) if body.strip() else {}
        if odd := tuple(oddities(found, depth=-deeper)):
            raise Invalid(*SHAPE, odd)
        try:
            return model.model_validate(plain(found))
        except ValidationError as error:
            raise Invalid(*SHAPE, complaints(error.errors(include_url=False, include_input=False))) from None


def parsed(body: bytes) -> object:
    """What JSON says; Unreadable if it is none."""
    found = parse_json(body)
    if isinstance(found, Problem):
        raise Unreadable(found.code, found.zh, found.en, (found,))
    return found


def inflated(body: bytes) -> bytes:
    """One whole gzip member and nothing behind it, unpacked no further than what is taken."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(body, LARGEST + 1)
    except zlib.error:
        raise Unreadable(*BAD_GZIP) from None
    if len(found) > LARGEST:
        raise TooLarge(*LARGE)
    if not unpacking.eof or unpacking.unused_data:
        raise Unreadable(*BAD_GZIP)
    return found
