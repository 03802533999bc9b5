"""One visit of a page: who it is, what his form says, and the page that he gets."""

from collections.abc import Mapping
from hashlib import blake2b
from hmac import compare_digest
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.api.call import Call
from service.api.console.cookies import SESSION
from service.api.console.language import HTML, LANGUAGES, PARAMETER, TABLES, language_of
from service.api.console.names import Names
from service.api.console.paper import HERE, render
from service.api.problems import Unauthorised, Unreadable
from service.core.playbook.definitions import Playbook
from service.usecases.failures import Forbidden
from service.usecases.sessions import Session, find_session

STATIC = HERE / "static"
EDITION = blake2b(b"".join(each.read_bytes() for each in sorted(STATIC.iterdir())), digest_size=6).hexdigest()
ROOT = "/console"
TOKEN = "form"  # noqa: S105 - the name of a field
MOST_FIELDS = 100
NOBODY = "not_logged_in", "请先登录", "log in first"
NOT_OURS = (
    "form_expired",
    "这个页面已经过期，请返回刷新后再提交",
    "this page has expired: go back, load it anew, send again",
)
NOT_A_FORM = "not_a_form", "表单无法读取", "the form cannot be read"
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
}


class Visit(Call):
    """A request by somebody in front of a browser."""

    @property
    def staff(self) -> Session | None:
        """Who is logged in; None on the pages before the door."""
        found: Session | None = self.scope.get("staff")
        return found

    @property
    def language(self) -> str:
        return language_of(self)

    @property
    def words(self) -> SimpleNamespace:
        """The table of words of his language."""
        return TABLES[self.language]

    @property
    def names(self) -> Names:
        """What the definitions in force are called in his language."""
        return self.names_in(self.lantern.shelf.latest_known.plan.playbook)

    def names_in(self, playbook: Playbook) -> Names:
        """What those of another playbook are called, such as the draft's."""
        return Names(playbook, self.language == "en")

    @property
    def fields(self) -> Mapping[str, str]:
        """What the form says, after `read_form`."""
        found: Mapping[str, str] = self.scope["fields"]
        return found

    def asked(self, name: str) -> str | None:
        """A parameter of the address; None if it is absent or empty."""
        return self.query_params.get(name, "").replace("\0", "").strip() or None

    def step(self, name: str) -> str:
        """A part of the path."""
        return str(self.path_params[name]).replace("\0", "")

    def may(self, scope: str) -> bool:
        return self.staff is not None and scope in self.staff.actor.scopes

    def require(self, scope: str) -> None:
        """Refuse whoever lacks a scope."""
        if not self.may(scope):
            raise Forbidden("scope_missing", f"你的密钥没有权限 {scope}", f"your key lacks the scope {scope}")

    async def recognise(self) -> None:
        """Find the session behind the cookie; Unauthorised if there is none."""
        token = SESSION.of(self)
        found = await find_session(self.lantern, token) if token else None
        if found is None:
            raise Unauthorised(*NOBODY)
        self.scope["staff"], self.scope["actor"] = found, found.actor

    async def read_form(self, expected: str) -> None:
        """Read the form, if it comes from a page that we gave to this very browser."""
        body = await self.payload()
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise Unreadable(*NOT_A_FORM) from None
        given = {name: value.replace("\0", "") for name, value in pairs}
        if not compare_digest(given.pop(TOKEN, "").encode(errors="replace"), expected.encode()):
            raise Forbidden(*NOT_OURS)
        self.scope["fields"] = {name: value.strip() for name, value in given.items()}

    async def is_waiting(self) -> bool:
        """Whether anybody still waits for the answer: who types on asks anew, and his browser hangs up."""
        return not await self.is_disconnected()

    def link(self, *steps: str, **query: object) -> str:
        """An address of the console; what is None stays away."""
        kept = {name: str(value) for name, value in query.items() if value is not None and value != ""}
        path = "".join("/" + quote(step, safe="") for step in steps)
        return f"{self.scope.get('root_path', '')}{ROOT}{path}" + (f"?{urlencode(kept)}" if kept else "")

    def go(self, *steps: str, **query: object) -> Response:
        """Elsewhere, by GET."""
        return RedirectResponse(self.link(*steps, **query), 303, HEADERS)

    def go_back(self, path: str) -> Response:
        """To an address of ours that he came from."""
        return RedirectResponse(path, 303, HEADERS)

    def page(self, template: str, /, **values: object) -> Response:
        """A page of ours."""
        known = {
            "visit": self,
            "w": self.words,
            "name_of": self.names,
            "link": self.link,
            "lang": self.language,
            "html_lang": HTML[self.language],
            "other": self._other(),
            "form": self.staff.form if self.staff else "",
            "path": self.url.path,
            "file": lambda name: self.link("static", name, v=EDITION),
            "docs": f"{self.scope.get('root_path', '')}/docs",
        }
        return HTMLResponse(render(template, self.lantern, {**known, **values}), 200, HEADERS)

    def _other(self) -> tuple[str, str]:
        """The other language, and this page in it."""
        other = LANGUAGES[1 - LANGUAGES.index(self.language)]
        query = {**self.query_params, PARAMETER: other}
        return other, "?" + urlencode(query)
