"""Logs for machines: one JSON object a line; of a fault its kinds and places, not its words, which may quote people."""

import json
import logging
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Any

FRAMES = 12


class Lines(logging.Formatter):
    """Formats a record with whatever `fields` it carries."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["fault"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def describe(error: BaseException) -> list[str]:
    """The kinds of an error and its causes, and where each arose."""
    said = []
    cause: BaseException | None = error
    while cause is not None:
        places = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(cause.__traceback__)[-FRAMES:]
        ]
        said += [f"{type(cause).__module__}.{type(cause).__qualname__}", *places]
        cause = cause.__cause__
    return said


def logging_config(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`, and so for uvicorn's `log_config`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": Lines}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": level.upper()},
    }
