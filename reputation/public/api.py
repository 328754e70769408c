"""The read API. Whatever it answers is good until the pointer moves; see `conditional`."""

from functools import lru_cache
from typing import Any

import msgspec
import psycopg
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reputation.governance.publicity import notices, sanctioned
from reputation.public import documents
from reputation.public.conditional import Bodies, etag_of, not_modified, stamped
from reputation.public.filters import PAGING, Pages, RatingFilter, refuse_unknown
from reputation.ratings import selectors
from reputation.ratings.models import Rating
from reputation.ratings.representation import history_as_dict, rating_as_dict
from reputation.ratings.selectors import Shown

BODIES = 50_000  # about 60 MB in each worker
_LISTS = Bodies(limit=200)  # at most 40 MB, where every reader asks for 200 results a page
LANG = OpenApiParameter("lang", enum=["en", "zh-hans"], description="Language, instead of Accept-Language.")


@lru_cache(maxsize=BODIES)
def _rating_body(kind: str, subject_id: str, shown: Shown, language: str) -> bytes:
    """Raises LookupError (which is not kept) where the night has no rating of this subject.

    `language` is that at hand, in which the reasons of sanctions are told: it is named for the sake of what is kept.
    """
    row = selectors.rating_row(shown.night, kind, subject_id) if shown.night and "\0" not in subject_id else None
    if row is None:
        raise LookupError(subject_id)
    told = notices(kind, [subject_id]).get(subject_id, ()) if subject_id in _sanctioned(kind, shown) else ()
    return msgspec.json.encode(rating_as_dict(row, shown, told))


@lru_cache(maxsize=4)
def _sanctioned(kind: str, shown: Shown) -> frozenset[str]:
    """Few have a sanction: all others need no query for it. Every sanction that begins or ends moves the counter."""
    return sanctioned(kind)


class NightView(APIView):
    """Answers a reader who already holds this night's answer before the framework has done any work."""

    kind: str = ""
    known_parameters = frozenset({"lang"})

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.rating_kind = self.kind
        if request.method not in ("GET", "HEAD"):
            return super().dispatch(request, *args, **kwargs)
        try:
            request.shown = selectors.shown()
        except OperationalError:
            return super().dispatch(request, *args, **kwargs)  # which asks once more, where errors become problems
        etag = etag_of(request, request.shown)
        if (held := not_modified(request, etag)) is not None:
            return held
        response = self.answer(request, **kwargs)
        return stamped(response, etag) if response.status_code == 200 else response

    def answer(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return super().dispatch(request, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        request.shown = selectors.shown()
        refuse_unknown(request, self.known_parameters)


@extend_schema(
    parameters=[LANG],
    responses={200: documents.RatingDocument, 404: documents.ProblemDocument},
    description="The rating that the latest night published, with what it rests on.",
)
class RatingDetail(NightView):
    def answer(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.META.get("QUERY_STRING"):
            return super().answer(request, **kwargs)
        try:
            body = _rating_body(self.kind, kwargs["subject_id"], request.shown, request.LANGUAGE_CODE)
        except (LookupError, OperationalError, psycopg.OperationalError):
            return super().answer(request, **kwargs)
        return HttpResponse(body, content_type="application/json")

    def get(self, request: Request, subject_id: str) -> HttpResponse:
        try:
            body = _rating_body(self.kind, subject_id, request.shown, request.LANGUAGE_CODE)
        except LookupError as error:
            raise NotFound(_("No rating of this id has been published.")) from error
        return HttpResponse(body, content_type="application/json")


class PagedView(NightView, ListAPIView):
    """A list, kept as it was rendered. The address is part of the key because it stands in `next` and `previous`."""

    pagination_class = Pages
    queryset = Rating.objects.none()

    def answer(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        key = (request.method, request.build_absolute_uri(), request.LANGUAGE_CODE, request.shown)
        if (body := _LISTS.get(key)) is not None:
            return HttpResponse(body, content_type="application/json")
        response = super().answer(request, **kwargs)
        if response.status_code == 200:
            _LISTS.put(key, response.render().content)
        return response


@extend_schema(
    parameters=[LANG],
    responses={200: documents.RatingDocument(many=True), 400: documents.ProblemDocument},
    description="Ratings of the latest night; an empty list before the first one.",
)
class RatingList(PagedView):
    filter_backends = (DjangoFilterBackend,)
    filterset_class = RatingFilter
    known_parameters = PAGING | frozenset(RatingFilter.base_filters)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        told = notices(self.kind, [row.subject_id for row in rows])
        found = [rating_as_dict(row, request.shown, told.get(row.subject_id, ())) for row in rows]
        return self.get_paginated_response(found)


@extend_schema(
    parameters=[LANG],
    responses={200: documents.HistoryDocument(many=True), 404: documents.ProblemDocument},
    description="What each night published, newest first. Where no id stands before the last /history, but it ends an id"
    " itself, the rating of that id.",
)
class RatingHistory(PagedView):
    known_parameters = PAGING

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        subject_id, night = kwargs["subject_id"], request.shown.night
        rows = selectors.history(self.kind, subject_id, night) if night and "\0" not in subject_id else None
        if rows is None or not rows.exists():
            return self._rating_of_an_id_that_ends_so(f"{subject_id}/history")
        page = self.paginate_queryset(rows.only("night", "revision", "state", "stars"))
        return self.get_paginated_response([history_as_dict(row) for row in page])

    def _rating_of_an_id_that_ends_so(self, subject_id: str) -> Response:
        try:
            body = _rating_body(self.kind, subject_id, self.request.shown, self.request.LANGUAGE_CODE)
            return Response(msgspec.json.decode(body))
        except LookupError as error:
            raise NotFound(_("No rating of this id has been published.")) from error


@extend_schema_view(
    get=extend_schema(
        parameters=[LANG],
        responses={200: documents.NightDocument, 404: documents.ProblemDocument},
        description="The night whose ratings are shown, its figures, and through which day each kind was closed.",
    )
)
class LatestNight(NightView):
    def get(self, request: Request) -> Response:
        if request.shown.night is None:
            raise NotFound(_("No ratings have been published yet."))
        return Response(selectors.night_figures(request.shown.night)._asdict())
