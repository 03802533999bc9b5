"""The console's door: who gets in, how long, and that nobody acts in another's name."""

import logging
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from starlette.routing import Mount

from service.api.attempts import MOST, ROOM, WITHIN, Attempts
from service.api.console.page import ANYBODY, STAFF, Page
from service.api.console.routes import routes
from service.usecases.keys import PRESETS
from tests.api import consoling
from tests.api.consoling import PLACES, Visitor, visitor, words_in
from tests.api.serving import ADMIN, Door, opened, order, with_keys
from tests.usecases.given import Clock

PLAYBOOK = (Path(__file__).parents[2] / "playbooks" / "coffee.yaml").read_bytes()
LADDER = ("app", "operator", "admin")  # who can log in; each may do what the one before may
OPEN = {("GET", "/console/login"), ("POST", "/console/login")}
LEAST = {  # the least of them who may; written by hand, so that a changed scope is noticed
    "GET /console": "app",
    "GET /console/{rest}": "app",
    "POST /console/logout": "app",
    "GET /console/people": "app",
    "POST /console/people": "app",
    "GET /console/people/{profile}": "app",
    "GET /console/people/{profile}/timeline": "app",
    "GET /console/people/{profile}/tags/{tag}": "app",
    "GET /console/journeys": "operator",
    "GET /console/journeys/{journey}": "operator",
    "GET /console/journeys/{journey}/promises": "operator",
    "GET /console/journeys/{journey}/funnel": "operator",
    "GET /console/journeys/{journey}/lines": "operator",
    "GET /console/journeys/{journey}/compared": "operator",
    "GET /console/breakpoints": "operator",
    "GET /console/breakpoints/{id}": "operator",
    "POST /console/breakpoints/{id}": "operator",
    "GET /console/tags": "operator",
    "GET /console/tags/{tag}": "operator",
    "POST /console/tags/{tag}": "operator",
    "GET /console/playbook": "operator",
    "GET /console/playbook/versions/{version}": "operator",
    "POST /console/playbook/versions/{version}": "operator",
    "GET /console/playbook/diff": "operator",
    "GET /console/jobs": "operator",
    "GET /console/jobs/{job}": "operator",
    "POST /console/jobs/{job}": "operator",
    "POST /console/playbook/preview": "operator",
    "GET /console/playbook/publish": "operator",
    "POST /console/playbook/publish": "operator",
    "POST /console/playbook/approve": "operator",
    "POST /console/playbook/discard": "operator",
}
PAGES = {
    f"{method} {page.path_format}": page for page in routes if isinstance(page, Page) for method in page.methods or ()
}
EVIL = ("//evil.example", "https://evil.example", "/console//evil.example/..", "/consolation", "javascript:alert(1)",
        "/console/\\evil.example", "\\\\evil.example", "/console\r\nx: y", "/v1/keys", "", " ")  # fmt: skip


@pytest.fixture(scope="module")
def coffee(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    """A service with the coffee playbook and one customer."""
    with opened(f"sqlite:///{tmp_path_factory.mktemp('console') / 'lantern.db'}") as plain:
        door = with_keys(plain)
        headers = {"Content-Type": "application/yaml"}
        assert door.ask("PUT", "/v1/playbook/draft", content=PLAYBOOK, headers=headers).status_code == 200
        assert door.post("/v1/playbook/draft:publish", json={"note": "first"}).status_code == 200
        door.record(*(order(f"e{n}") for n in range(4)))
        yield door


def listed() -> set[str]:
    return {name for name in PAGES if not name.startswith("HEAD ")}


def path_of(name: str) -> tuple[str, str]:
    method, _, path = name.partition(" ")
    return method, path.removeprefix("/console").format(**PLACES)


# ---- who may what


def test_the_table_is_complete() -> None:
    assert listed() == LEAST.keys() | {" ".join(each) for each in OPEN}
    assert {(method, PAGES[f"{method} {path}"].needs) for method, path in OPEN} == {("GET", ANYBODY), ("POST", ANYBODY)}
    assert {page.needs for page in PAGES.values()} - {ANYBODY, STAFF} <= PRESETS["admin"]
    assert [route.path for route in routes if not isinstance(route, Page) and isinstance(route, Mount)] == [
        "/console/static"
    ]


@pytest.mark.parametrize("name", LEAST)
def test_without_a_session_there_is_only_the_login(coffee: Door, name: str) -> None:
    method, path = path_of(name)
    answer = visitor(coffee).ask(method, f"/console{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].partition("?")[0] == "/console/login"


@pytest.mark.parametrize("actor", LADDER)
def test_pages_by_scope(coffee: Door, actor: str) -> None:
    for name, least in LEAST.items():
        method, path = path_of(name)
        somebody = visitor(coffee, actor)
        form = {"identity": "member:1"}
        answer = somebody.get(path) if method == "GET" else somebody.send(path, form, at="")
        allowed = LADDER.index(actor) >= LADDER.index(least)
        own = "自己写的草稿须由别人批准" in answer.text  # refused to whoever he is, not for want of a scope
        expected = {200, 303, 404, 422} | ({403} if own else set()) if allowed else {403}
        assert answer.status_code in expected, (name, answer.status_code, words_in(answer.text))


def test_nobody_enters_who_has_no_business_here(coffee: Door) -> None:
    for actor in ("intake", "stranger", "revoked", "expired"):
        answer = visitor(coffee).log_in(coffee.keys[actor])
        assert answer.status_code == 401, actor
        assert "lantern-session" not in answer.cookies
    for key in ("", "x" * 513, "\0", "密钥"):
        assert visitor(coffee).log_in(key).status_code == 401


def test_parts_of_a_page_need_their_own_scopes(coffee: Door) -> None:
    """A mini-program's key sees a person, not how many others are like him."""
    somebody = visitor(coffee, "app")
    assert "journeys" not in somebody.get("").text
    assert somebody.get("/people?tag=frequent_buyer").status_code == 403


# ---- sessions


def test_cookies_are_closed_to_scripts_and_other_sites(coffee: Door) -> None:
    answer = visitor(coffee).log_in(coffee.keys["operator"])
    session = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("lantern-session="))
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(session.split("; "))
    assert "Secure" not in session, "on one's own machine there is no https"
    assert "Domain" not in session


def test_elsewhere_they_want_https(coffee: Door) -> None:
    cookies = visitor(coffee, host="lantern.example").get("/login").headers
    assert cookies["set-cookie"].startswith("__Host-lantern-login=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookies["set-cookie"].split("; "))


def test_a_browser_that_keeps_no_cookie_is_told_so(coffee: Door) -> None:
    answer = visitor(coffee).post("/login", data={"key": coffee.keys["admin"]})
    assert answer.status_code == 403
    assert "https" in words_in(answer.text)


def test_a_session_is_new_with_every_login(coffee: Door) -> None:
    somebody = visitor(coffee, "operator")
    first = somebody.cookies["lantern-session"]
    somebody.log_in(coffee.keys["operator"])
    assert somebody.cookies["lantern-session"] != first
    thief = visitor(coffee)
    thief.cookies.set("lantern-session", first, domain="127.0.0.1")
    assert thief.get("").status_code == 303, "the one before is over"


def test_a_revoked_key_ends_its_sessions_at_the_next_request(coffee: Door) -> None:
    made = coffee.post("/v1/keys", json={"name": "temp", "kind": "staff", "preset": "operator"}).json()
    somebody = visitor(coffee)
    somebody.log_in(made["secret"])
    assert somebody.get("").status_code == 200
    assert coffee.ask("DELETE", f"/v1/keys/{made['key_id']}").status_code == 200
    assert somebody.get("").status_code == 303


def test_logging_out(coffee: Door) -> None:
    somebody = visitor(coffee, "operator")
    token = somebody.cookies["lantern-session"]
    assert somebody.send("/logout", at="").headers["location"] == "/console/login"
    assert "lantern-session" not in somebody.cookies
    somebody.cookies.set("lantern-session", token, domain="127.0.0.1")
    assert somebody.get("").status_code == 303


@pytest.mark.parametrize("then", EVIL)
def test_login_leads_to_no_other_site(coffee: Door, then: str) -> None:
    answer = visitor(coffee).log_in(coffee.keys["operator"], then=then)
    location = answer.headers["location"]
    assert location == "/console" or location.startswith("/console//evil"), "only a path of this very host"
    assert visitor(coffee).get("/login", params={"then": then}).status_code == 200


def test_login_goes_on_to_the_page_that_was_wanted(coffee: Door) -> None:
    somebody = visitor(coffee)
    wanted = somebody.get("/breakpoints?kind=stalled").headers["location"]
    then = consoling.Page(somebody.ask("GET", wanted).text).field("then")
    assert (
        somebody.log_in(coffee.keys["operator"], then=then).headers["location"] == "/console/breakpoints?kind=stalled"
    )


# ---- forms


@pytest.mark.parametrize("name", [name for name in LEAST if name.startswith("POST")])
@pytest.mark.parametrize("whose", ["none", "other", "login"])
def test_a_form_of_somebody_else_does_nothing(coffee: Door, name: str, whose: str) -> None:
    _, path = path_of(name)
    somebody = visitor(coffee, "operator")
    other = {
        "none": "",
        "other": consoling.Page(visitor(coffee, "operator").get("").text).field("form"),
        "login": consoling.Page(visitor(coffee).get("/login").text).field("form"),
    }[whose]
    answer = somebody.post(f"{path}", data={"form": other, "identity": "member:1"})
    assert answer.status_code == 403
    assert somebody.get("").status_code == 200, "still logged in"


def test_a_login_form_is_of_one_browser(coffee: Door) -> None:
    """Else somebody could log you in as himself and read what you then look up."""
    token = consoling.Page(visitor(coffee).get("/login").text).field("form")
    somebody = visitor(coffee)
    somebody.get("/login")
    data = {"form": token, "key": coffee.keys["operator"]}
    assert somebody.post("/login", data=data).status_code == 403


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&" * 200, b"form=%00", b"\x1f\x8b", b"{}"])
def test_broken_forms_are_refused(coffee: Door, body: bytes) -> None:
    somebody = visitor(coffee, "operator")
    assert somebody.post("/people", content=body).status_code in {400, 403}
    assert somebody.post("/people", content=b"x" * 2**21).status_code == 413


# ---- guessing


def test_who_guesses_has_to_wait(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}") as door:
        somebody = visitor(door)
        assert [somebody.log_in(f"lk_{n}").status_code for n in range(MOST)] == [401] * MOST
        answer = somebody.log_in(ADMIN)
        assert (answer.status_code, 0 < int(answer.headers["retry-after"]) <= 300) == (429, True)


def test_attempts_are_counted_by_network_and_forgotten() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(MOST):
        assert attempts.wait("2001:db8::1") == 0
        attempts.wrong("2001:db8::1")
        clock.now += 1_000_000
    assert attempts.wait("2001:db8::ffff") == WITHIN // 1_000_000 - MOST
    assert attempts.wait("2001:db8:1::1") == attempts.wait("10.0.0.1") == attempts.wait("testclient") == 0
    clock.now += WITHIN - MOST * 1_000_000
    assert attempts.wait("2001:db8::1") == 0
    for n in range(ROOM + 1):
        attempts.wrong(f"host{n}")
    assert len(attempts._wrong) == ROOM


# ---- every page


def every_page(somebody: Visitor) -> dict[str, httpx.Response]:
    paths = {path_of(name)[1] for name in LEAST if name.startswith("GET")} | {
        "/login",
        "/tags/new",
        "/people?tag=member",
    }
    return {path: somebody.get(path) for path in sorted(paths)}


def test_headers_of_every_page(coffee: Door) -> None:
    for path, answer in every_page(visitor(coffee, "admin")).items():
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), path
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_hold_no_inline_script_style_or_foreign_address(coffee: Door) -> None:
    for path, answer in every_page(visitor(coffee, "admin")).items():
        for tag, attributes in consoling.Page(answer.text).elements:
            assert tag not in {"style", "iframe", "object", "embed", "base", "img"}, path
            assert not [name for name in attributes if name.startswith("on") or name == "style"], (path, tag)
            addresses = [attributes.get(name) or "/" for name in ("href", "src", "action")]
            assert all(each.startswith(("/", "?", "#")) for each in addresses), (path, addresses)
            assert not any(each.startswith("//") for each in addresses), path


def test_files_stay_for_ever_under_their_own_address(coffee: Door) -> None:
    page = consoling.Page(visitor(coffee).get("/login").text)
    found = [
        attributes.get("href") or attributes.get("src")
        for tag, attributes in page.elements
        if tag in {"link", "script"}
    ]
    assert len(found) == 3
    for address in found:
        answer = visitor(coffee).ask("GET", str(address))
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)


def test_a_key_is_in_no_page_no_address_and_no_log(coffee: Door, caplog: pytest.LogCaptureFixture) -> None:
    key = coffee.keys["operator"]
    with caplog.at_level(logging.DEBUG):
        somebody = visitor(coffee)
        answers = [
            somebody.log_in(key + "x"),
            somebody.log_in(key),
            somebody.send("/people", {"identity": "member:1"}, at=""),
        ]
        answers += every_page(somebody).values()
    said = "".join(str(vars(record)) for record in caplog.records if record.name.startswith("lantern"))
    assert "/console/people" in said
    for answer in answers:
        assert key not in answer.text + str(answer.headers) + str(answer.url)
        assert "member:1" not in str(answer.headers)
    assert key not in said
    assert "member:1" not in said


def test_the_language_is_chosen_or_the_browsers(coffee: Door) -> None:
    def spoken(**headers: str) -> str:
        return str(consoling.Page(visitor(coffee, **headers).get("/login").text).elements[0][1]["lang"])

    assert spoken() == spoken(**{"Accept-Language": "fr"}) == spoken(**{"Accept-Language": "zh-TW,en"}) == "zh-CN"
    assert spoken(**{"Accept-Language": "fr, EN-gb;q=0.8, zh"}) == "en"
    somebody = visitor(coffee)
    assert "Log in" in somebody.get("/login?lang=en").text
    assert "Log in" in somebody.get("/login").text, "it is remembered"
    assert "登录" in somebody.get("/login?lang=zh").text
    assert "登录" in somebody.get("/login?lang=xx").text


@pytest.mark.parametrize(
    "odd", ["\0", "\ud800".encode("utf-8", "surrogatepass"), "'\"><svg/onload=x>", "%", "x" * 5000, "[", "-1", "9" * 30]
)
def test_nothing_that_is_sent_breaks_a_page(coffee: Door, odd: str | bytes) -> None:
    somebody = visitor(coffee, "admin")
    names = ("tag", "value", "persona", "journey", "stage", "status", "cursor", "kind", "state", "days", "from", "to",
             "saved", "scenario", "channel", "lang", "then")  # fmt: skip
    quoted = str(httpx.QueryParams({"x": odd if isinstance(odd, str) else odd.decode("utf-8", "replace")}))[2:]
    raw = "%ED%A0%80" if isinstance(odd, bytes) else quoted
    for name in LEAST:
        method, path = name.split(" ")
        if method == "GET":
            good, bad = path.format(**PLACES), path.format(**dict.fromkeys(PLACES, raw.replace("%2F", "x")))
            for asked in (
                *(f"{good}?{asked}={raw}" for asked in names),
                f"{bad}?{'&'.join(f'{n}={raw}' for n in names[::2])}",
            ):
                answer = somebody.ask("GET", asked)
                assert answer.status_code < 500, (asked, answer.text)
    fields = (
        "key",
        "name",
        "group",
        "template",
        "event",
        "field",
        "days",
        "compare",
        "amount",
        "only",
        "only_value",
        "mark",
    )
    text = odd if isinstance(odd, str) else "�"
    for do in ("preview", "live", "save"):
        for path in ("/tags/new", "/tags/frequent_buyer"):
            assert somebody.send(path, {**dict.fromkeys(fields, text), "do": do}).status_code < 500
    assert somebody.send("/people", {"identity": text}).status_code < 500
