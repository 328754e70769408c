"""ETag and caching: an answer is good until the pointer moves, so 304 needs nothing but the pointer."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.http import parse_etags

from reputation.ratings.selectors import Shown

# A minute: caches in front may serve a night for that much longer, and spare us all but one request a minute per page.
CACHE_CONTROL = "public, max-age=60"


def etag_of(request: HttpRequest, shown: Shown) -> str:
    return shown.etag(request.LANGUAGE_CODE)


def not_modified(request: HttpRequest, etag: str) -> HttpResponse | None:
    """304 where the reader already holds this night's answer. A compressing proxy makes our tag a weak one."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if not header:
        return None
    held = [header] if header == etag else [tag.removeprefix("W/") for tag in parse_etags(header)]
    return stamped(HttpResponseNotModified(), etag) if etag in held else None


def stamped(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


def cached_page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page that anyone may read, of templates/public."""
    response = render(request, f"public/{template}", context, status=status)
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


class Bodies:
    """The rendered answers last used, at most `limit` of them, safe between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        with self._lock:
            if (body := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
            return body

    def put(self, key: Hashable, body: bytes) -> None:
        with self._lock:
            self._kept[key] = body
            self._kept.move_to_end(key)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
