"""What a store's or an anchor's own programs read: its rating with every metric, its incidents, its notices."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from reputation.base.keys import OWN_READ
from reputation.governance.appeals.units import subject_units
from reputation.governance.models import Action, Notice
from reputation.governance.publicity import notices
from reputation.public import documents, own_documents
from reputation.public.actions_api import PlatformView, whole
from reputation.public.filters import PAGING, Pages, refuse_unknown
from reputation.ratings import selectors
from reputation.ratings.own_figures import own_figures
from reputation.ratings.representation import rating_as_dict
from reputation.ratings.standings import explainable

_ERRORS = dict.fromkeys((400, 401, 403), documents.ProblemDocument)
_LANG = OpenApiParameter("lang", enum=["en", "zh-hans"], description="Language, instead of Accept-Language.")


class OwnView(PlatformView):
    """The key says whose: no address names a subject."""

    scope = OWN_READ
    known_parameters = frozenset({"lang"})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request, self.known_parameters)
        self.subject = (request.auth.subject_kind, request.auth.subject_id)


class OwnRating(OwnView):
    @extend_schema(
        operation_id="own",
        summary="Your own rating, with every metric against your category",
        parameters=[_LANG],
        responses={200: own_documents.OwnDocument, **_ERRORS},
        description="`rating` is null before the first night. `metrics` is empty where there are no stars, and right"
        " after a correction.",
    )
    def get(self, request: Request) -> Response:
        kind, subject_id = self.subject
        shown = selectors.shown()
        row = selectors.rating_row(shown.night, kind, subject_id) if shown.night else None
        if row is None:
            return Response({"rating": None, "metrics": [], "peers": None})
        told = notices(kind, [subject_id]).get(subject_id, ())
        found = explainable(shown, row)
        peers = {"subjects": found.peers, "of_category": found.of_category} if found else None
        metrics = [own_documents.figure_as_dict(one) for one in own_figures(found)] if found else []
        return Response({"rating": rating_as_dict(row, shown, told), "metrics": metrics, "peers": peers})


class OwnIncidents(OwnView):
    known_parameters = frozenset({"lang", "after", "limit", "search"})

    @extend_schema(
        operation_id="own_incidents",
        summary="What speaks against you, the latest first: orders, complaints, chats",
        parameters=[
            _LANG,
            OpenApiParameter("after", str, description="Of the answer before; `next` has it in."),
            OpenApiParameter("limit", int, description="Results in one answer, 1 to 200; default 50"),
            OpenApiParameter("search", str, description="How the id of the order, complaint or chat begins."),
        ],
        responses={200: own_documents.IncidentPageDocument, **_ERRORS},
        description="What buyers and viewers answered is told as a rate alone, never one by one: an order of which"
        " nothing but an answer speaks against you is not here.",
    )
    def get(self, request: Request) -> Response:
        limit = whole(request, "limit", Pages.page_size, 1, Pages.max_page_size)
        asked = {name: request.query_params.get(name, "").replace("\0", "") for name in ("search", "after")}
        page = subject_units(*self.subject, search=asked["search"], after=asked["after"], size=limit)
        results = [own_documents.incident_as_dict(one) for one in page.units]
        return Response({"next": self._next(page.after), "results": results})

    def _next(self, after: str) -> str | None:
        address = self.request.build_absolute_uri()
        return str(replace_query_param(address, "after", after)) if after else None


class OwnNotices(OwnView):
    known_parameters = PAGING

    @extend_schema(
        operation_id="own_notices",
        summary="Statements of reasons of the measures against you, the latest first",
        parameters=[
            _LANG,
            OpenApiParameter("page", int, description="1 is the first."),
            OpenApiParameter("page_size", int, description="Results on a page, 1 to 200; default 50"),
        ],
        responses={200: own_documents.NoticePageDocument, **_ERRORS},
        description="To read them here leaves them unread in your pages.",
    )
    def get(self, request: Request) -> Response:
        kind, subject_id = self.subject
        mine = Action.objects.filter(kind=kind, subject_id=subject_id, starts_at__isnull=False)
        rows = Notice.objects.filter(action__in=mine).select_related("action").order_by("-id")
        pages = Pages()
        found = pages.paginate_queryset(rows.prefetch_related("action__appeals"), request, view=self)
        return pages.get_paginated_response([own_documents.notice_as_dict(row) for row in found])
