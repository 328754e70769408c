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
    plain = absolute(path)
    joint = "&" if "?" in path else "?"
    in_language = {code: f"{plain}{joint}lang={code}" for code, _name in settings.LANGUAGES}
    language = chosen(request)
    return Meta(
        title=title,
        description=description[:DESCRIPTION_CHARACTERS],
        canonical=in_language[language] if language else plain,
        alternates=[*((_TAGS[code], address) for code, address in in_language.items()), ("x-default", plain)],
        locale=_LOCALES[request.LANGUAGE_CODE],  # type: ignore[attr-defined]
    )


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
