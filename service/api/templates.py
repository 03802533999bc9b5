"""Pages are made of templates in which everything is escaped; a name that is missing is a fault, never a gap."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def environment(folder: Path) -> Environment:
    """The templates of a folder."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


HERE = environment(Path(__file__).parent)


def page(name: str, **values: object) -> str:
    """A template filled in; names are relative to this folder, such as `pages/progress.html`."""
    return HERE.get_template(name).render(values)
