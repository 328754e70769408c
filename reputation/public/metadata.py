"""What a page says of itself to search engines and to whoever shares its address."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from reputation.public.language import chosen

DESCRIPTION_CHARACTERS = 300
_LOCALES = {"en": "en_US", "zh-hans": "zh_CN"}
_TAGS = {"en": "en", "zh-hans": "zh-Hans"}  # as BCP 47 writes them


@dataclass(frozen=True)
class Meta:
    title: str
    description: str
    canonical: str
    alternates: list[tuple[str, str]]  # (language tag, address)
    locale: str


def metadata(request: HttpRequest, path: str, title: str, description: str = "") -> Meta:
    """`path`: the page's one address, query included where that makes another page."""
    language = chosen(request)
    return Meta(
        title=title,
        description=description[:DESCRIPTION_CHARACTERS],
        canonical=_in_language(path, language) if language else absolute(path),
        alternates=alternates(path),
        locale=_LOCALES[request.LANGUAGE_CODE],  # type: ignore[attr-defined]
    )


def alternates(path: str) -> list[tuple[str, str]]:
    """The page in each language, by its tag, and the one that chooses for the reader."""
    in_language = [(_TAGS[code], _in_language(path, code)) for code, _name in settings.LANGUAGES]
    return [*in_language, ("x-default", absolute(path))]


def _in_language(path: str, code: str) -> str:
    return f"{absolute(path)}{'&' if '?' in path else '?'}lang={code}"


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
