"""Pages are made of templates in which everything is escaped; a name that is missing is a fault, never a gap."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def page(name: str, **values: object) -> str:
    """A template filled in; names are relative to this folder, such as `pages/progress.html`."""
    return ENVIRONMENT.get_template(name).render(values)
