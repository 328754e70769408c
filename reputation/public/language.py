"""Which language an answer is in: `?lang` wins, then (on pages only) what was chosen before, then Accept-Language."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import trans_real

COOKIE_SECONDS = 365 * 24 * 3600
_CODE = re.compile("[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}")
# Programs and embedded images name their language in each request: a cookie there would only spoil shared caches.
WITHOUT_COOKIE = ("/api/", "/badge/", "/embed/", "/q/", "/static/", "/healthz", "/readyz", "/robots.txt", "/sitemap")


def chosen(request: HttpRequest) -> str | None:
    """The supported language that `?lang` names; None where it is absent or unknown."""
    text = request.GET.get("lang", "").lower()
    if not _CODE.fullmatch(text):
        return None
    try:
        return translation.get_supported_language_variant(text)
    except LookupError:
        return None


def wanted(request: HttpRequest) -> str:
    if language := chosen(request):
        return language
    if not request.path_info.startswith(WITHOUT_COOKIE):
        return translation.get_language_from_request(request)
    return _accepted(request.headers.get("Accept-Language", ""))


def _accepted(header: str) -> str:
    for code, _quality in trans_real.parse_accept_lang_header(header):
        if code == "*":
            break
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


class LanguageMiddleware(LocaleMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        request.LANGUAGE_CODE = wanted(request)
        translation.activate(request.LANGUAGE_CODE)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        patch_vary_headers(response, ["Accept-Language"])
        if not request.path_info.startswith(WITHOUT_COOKIE):
            patch_vary_headers(response, ["Cookie"])
            self._remember(request, response)
        return response

    def _remember(self, request: HttpRequest, response: HttpResponseBase) -> None:
        if (language := chosen(request)) is None:
            return
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        response.headers["Cache-Control"] = "private, no-store"
