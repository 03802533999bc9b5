"""Regular expressions in RE2 syntax: what they cost grows with the text alone, whatever somebody writes."""

from collections.abc import Callable

import re2

LONGEST = 200  # characters of a pattern
_QUIET = re2.Options()
_QUIET.log_errors = False


def compile_pattern(text: str) -> Callable[[str], bool] | None:
    """Whether a pattern is found anywhere in a text, as a function; None if it is no RE2 pattern, or too long.

    Syntax: github.com/google/re2/wiki/Syntax.
    """
    if len(text) > LONGEST:
        return None
    try:
        found = re2.compile(text, _QUIET)
    except re2.error:
        return None
    return lambda subject: found.search(subject) is not None
