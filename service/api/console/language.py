"""In which language somebody reads: as he chose, else as his browser says, else Chinese."""

from collections.abc import Mapping
from types import SimpleNamespace

from starlette.requests import Request

from service.api.console.cookies import LANGUAGE
from service.api.console.words import WORDS

LANGUAGES = ("zh", "en")
PARAMETER = "lang"
HTML = {"zh": "zh-CN", "en": "en"}
TABLES: Mapping[str, SimpleNamespace] = {
    language: SimpleNamespace(**{name: both[place] for name, both in WORDS.items()})
    for place, language in enumerate(LANGUAGES)
}


def language_of(request: Request) -> str:
    """`?lang=` first, then the cookie, then the first language of the browser that we speak."""
    listed = request.headers.get("accept-language", "").split(",")
    browser = [each.strip()[:2].lower() for each in listed]
    wanted = [request.query_params.get(PARAMETER, ""), LANGUAGE.of(request), *browser]
    return next((each for each in wanted if each in LANGUAGES), LANGUAGES[0])
