"""The command line: `lantern`, or `python -m service`."""

from service.cli.commands import app


def main() -> None:
    """Run the command that was asked for."""
    app()
