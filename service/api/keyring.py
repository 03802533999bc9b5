"""Who asks: the key in the request, found once and remembered for a moment."""

from asyncio import get_running_loop
from hashlib import sha256

from starlette.datastructures import Headers

from service.api.problems import Unauthorised
from service.usecases.app import App
from service.usecases.failures import Forbidden
from service.usecases.keys import Actor, authenticate

REMEMBERED = 1.5  # seconds; a revoked key has to be refused within five, in every process
ROOM = 4_096
LONGEST = 512
NO_KEY = (
    "key_missing",
    "需要密钥：请在 Authorization: Bearer 或 X-API-Key 中提供",
    "a key is needed: in Authorization: Bearer or in X-API-Key",
)
BAD_KEY = "key_invalid", "密钥无效：不存在、已吊销或已过期", "the key is not valid: unknown, revoked or expired"


def secret_in(headers: Headers) -> str | None:
    """The key that a request carries."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    return (secret.strip() if scheme.lower() == "bearer" else None) or headers.get("x-api-key") or None


class Keyring:
    def __init__(self, app: App) -> None:
        self._app = app
        self._held: dict[bytes, tuple[float, Actor | None]] = {}

    async def open(self, headers: Headers, scope: str) -> Actor:
        """The actor behind the request's key, who may do what the scope names."""
        secret = secret_in(headers)
        if secret is None:
            raise Unauthorised(*NO_KEY)
        actor = await self._known(secret) if len(secret) <= LONGEST else None
        if actor is None:
            raise Unauthorised(*BAD_KEY)
        if scope not in actor.scopes:
            raise Forbidden("scope_missing", f"这个密钥没有权限 {scope}", f"this key lacks the scope {scope}")
        return actor

    async def _known(self, secret: str) -> Actor | None:
        digest = sha256(secret.encode()).digest()
        now = get_running_loop().time()
        until, actor = self._held.get(digest, (0.0, None))
        if until < now:
            actor = await authenticate(self._app, secret)
            if len(self._held) >= ROOM:
                self._held.clear()
            self._held[digest] = (now + REMEMBERED, actor)
        return actor

    def forget(self) -> None:
        """Ask anew: a key has just changed."""
        self._held.clear()
