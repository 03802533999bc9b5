"""Documents are held to the code: what can be set, called, written or sent stands in them; links and commands exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.main import get_command

from service.api.events import bench
from service.api.specification import specification
from service.cli.commands import app
from service.core.check import check
from service.core.codes import TITLES
from service.core.playbook.read import read_playbook
from service.core.playbook.reserved import RESERVED
from service.main import AREAS
from service.settings import describe, known
from service.usecases.source import read_source

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
READERS = ROOT / "service" / "core" / "playbook"
LANGUAGES = ("operations.md", "operations.zh-CN.md")

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|[`\s]|bin/)(?:lantern|python -m service) ((?:keys )?[a-z]+)", re.MULTILINE)
TARGET = re.compile(r"(?:^|`)make (?:[A-Z]+=\S+ )*([a-z-]+)", re.MULTILINE)
OPERATION = re.compile(r"\b(GET|POST|PUT|DELETE) (/v1/[\w/:{}.-]*[\w}])")
CALLED = re.compile(r"\$LANTERN(/v1/[^\s\"?]+)")


def text(*names: str) -> str:
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


def complain(rule: str, found: list[str]) -> None:
    if found:
        pytest.fail(f"{rule}:\n  " + "\n  ".join(found), pytrace=False)


def each_page() -> Iterator[tuple[str, str]]:
    return ((path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in PAGES)


def operations() -> set[str]:
    """Every operation, as `METHOD /path`."""
    paths: dict[str, dict[str, object]] = specification(AREAS)["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def commands() -> set[str]:
    """Every command of the command line; those of a group as `group command`."""
    found = set()
    for name, command in getattr(get_command(app), "commands", {}).items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {part}" for part in inner} if inner else {name}
    return found


def fields_of_playbooks() -> set[str]:
    """The words in the lists of words that the readers of playbooks take."""
    found: set[str] = set()
    for path in READERS.glob("read*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            listed = node.elts if isinstance(node, ast.Tuple | ast.List) else ()
            words = [each.value for each in listed if isinstance(each, ast.Constant)]
            if all(isinstance(word, str) and re.fullmatch(r"[a-z_]+", word) for word in words):
                found.update(map(str, words))
    return found


@pytest.mark.parametrize("page", LANGUAGES)
def test_settings_are_described(page: str) -> None:
    """The table is the one that the code prints."""
    between = text(page).partition("<!-- settings")[2].partition("-->\n")[2].partition("<!-- /settings")[0]
    assert between.strip() == describe()
    complain("settings", [how.variable for _, how, _ in known() if how.variable not in text(page)])


@pytest.mark.parametrize("page", LANGUAGES)
def test_commands_are_described(page: str) -> None:
    complain("commands", sorted(name for name in commands() if f"`lantern {name}" not in text(page)))


def test_operations_are_described() -> None:
    said = {" ".join(found) for found in OPERATION.findall(text("api.md"))}
    complain("operations", sorted(operations() - said))


def test_reserved_event_types_are_described() -> None:
    """With their properties."""
    said = text("api.md")
    complain("event types", [key for key in RESERVED if f"`{key}`" not in said or key not in text("playbook.md")])
    names = {name for each in RESERVED.values() for name in each.properties}
    complain("properties of event types", sorted(name for name in names if f"`{name}`" not in said))


def test_codes_of_rejected_events_are_described() -> None:
    complain("codes", [code for code in TITLES if f"`{code}`" not in text("api.md")])


def test_fields_of_playbooks_are_described() -> None:
    found = fields_of_playbooks()
    assert {"stalled_after", "half_life", "between", "quiet_after", "in_sale", "exclusive"} <= found
    said = set(re.findall(r"[a-z_]+", text("playbook.md")))
    complain("fields", sorted(found - said))


def test_recipes_are_good() -> None:
    """The YAML of the guide is one playbook without a problem."""
    blocks = "".join(body for kind, body in FENCE.findall(text("playbook.zh-CN.md")) if kind == "yaml")
    playbook, problems = read_playbook(read_source(blocks.encode(), "application/yaml").tree)
    assert problems == () == check(playbook)


def test_links_lead_somewhere() -> None:
    found = []
    for page, said in each_page():
        for link in LINK.findall(FENCE.sub("", said)):
            place, _, anchor = link.partition("#")
            if "://" in place:
                continue
            target = (ROOT / page).parent / place if place else ROOT / page
            if not target.exists() or (anchor and unquote(anchor) not in anchors(target)):
                found.append(f"{page}: {link}")
    complain("links", found)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_what_is_to_be_typed_exists() -> None:
    """Commands of `lantern`, targets of make, paths of the API, wherever a page says them."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    groups = {name.partition(" ")[0] for name in commands()}
    existing = operations() | {f"POST {operation.path}" for operation in bench.operations}
    paths = [re.sub(r"\{\w+\}", "[^/]+", operation.partition(" ")[2]) for operation in operations()]
    found = []
    for page, said in each_page():
        found += [f"{page}: lantern {name}" for name in COMMAND.findall(said) if name not in commands() | groups]
        found += [f"{page}: make {name}" for name in TARGET.findall(said) if name not in targets]
        found += [f"{page}: {' '.join(each)}" for each in OPERATION.findall(said) if " ".join(each) not in existing]
        called = CALLED.findall("".join(body for _, body in FENCE.findall(said)))
        found += [f"{page}: {path}" for path in called if not any(re.fullmatch(each, path) for each in paths)]
    complain("typed", found)
