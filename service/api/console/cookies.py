"""The console's cookies: only this host, only our own pages, never a script; and what a form has to carry."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

LOCAL = ("localhost", "127.0.0.1", "::1")  # here browsers know no https; anywhere else they must
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cookie:
    """`lasting`: it stays for a year, and so is nothing secret."""

    name: str
    lasting: bool = False

    def of(self, request: Request) -> str:
        """What the browser holds; empty if it holds none."""
        return request.cookies.get(self._named(request), "")

    def put(self, request: Request, response: Response, value: str) -> None:
        """Let the browser hold it, as long as it runs or for a year."""
        response.set_cookie(
            self._named(request), value, max_age=YEAR if self.lasting else None, path="/",
            secure=is_secure(request), httponly=True, samesite="strict",
        )  # fmt: skip

    def drop(self, request: Request, response: Response) -> None:
        response.delete_cookie(
            self._named(request), path="/", secure=is_secure(request), httponly=True, samesite="strict"
        )

    def _named(self, request: Request) -> str:
        """`__Host-` has browsers refuse a cookie that another host, a part of the site or plain http would set."""
        return f"__Host-{self.name}" if is_secure(request) else self.name


def is_secure(request: Request) -> bool:
    """Everywhere but on one's own machine; also behind a proxy that does not say that it speaks https."""
    return request.url.scheme == "https" or request.url.hostname not in LOCAL


SESSION = Cookie("lantern-session")
STRANGER = Cookie("lantern-login")  # of somebody who is not logged in yet: his login form is his own
LANGUAGE = Cookie("lantern-language", lasting=True)
