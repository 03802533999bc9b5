"""The command line: `lantern`, or `python -m service`."""

import sys

from service.cli.commands import app
from service.store import StoreError
from service.usecases.failures import Failure


def main() -> None:
    """Run the command that was asked for; what is wrong with the database or the request is said in one line."""
    try:
        app()
    except StoreError as error:
        sys.exit(f"数据库不可用 · the database cannot be used: {error}")
    except Failure as failure:
        sys.exit(f"{failure.zh} · {failure.en}")
