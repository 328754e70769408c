from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import IO, Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reputation.base.audit import by_key
from reputation.base.keys import EVIDENCE_WRITE, BearerKey, HasScope
from reputation.base.problems import Problem, ProblemSerializer
from reputation.evidence import documents, selectors, services
from reputation.evidence.decode import TooManyRowsError
from reputation.evidence.kinds import KINDS
from reputation.evidence.models import Batch, RejectedRow

MOST_ROWS = 10_000
PIECE, MOST_DRAINED = 64 * 1024, 128 * 1024 * 1024
_ERRORS = dict.fromkeys((400, 401, 403, 404, 413), ProblemSerializer)
_KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(KINDS))


class BodyParser(BaseParser):
    """The bytes of any media type (the content says what it is), and never more of them than we take."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> bytes:
        return stream.read(settings.EVIDENCE_MAX_BYTES + 1)


class NdjsonParser(BodyParser):
    """Named so that the API's schema shows it."""

    media_type = "application/x-ndjson"


class JsonBodyParser(BodyParser):
    media_type = "application/json"


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class Complete(msgspec.Struct, forbid_unknown_fields=True):
    day: date


class EvidenceView(APIView):
    authentication_classes = (BearerKey,)
    permission_classes = (HasScope,)
    scope = EVIDENCE_WRITE


class EvidenceBatch(EvidenceView):
    parser_classes = (JsonBodyParser, NdjsonParser, BodyParser)

    @extend_schema(
        operation_id="evidence_send",
        summary="Send up to 10,000 rows of one kind, as a JSON array or as NDJSON",
        parameters=[_KIND],
        request={"application/json": documents.batch_schema(), "application/x-ndjson": OpenApiTypes.STR},
        responses={200: documents.BatchResultDocument, 207: documents.BatchResultDocument, **_ERRORS},
    )
    def post(self, request: Request, kind: str) -> Response:
        _known(kind)
        body = _body(request)
        with _explained():
            result = services.body_ingest(kind=kind, body=body, source=request.user.name, most_rows=MOST_ROWS)
        return _told(result)


class EvidenceComplete(EvidenceView):
    parser_classes = (JsonBodyParser, BodyParser)

    @extend_schema(
        operation_id="evidence_complete",
        summary="Close a day of a kind: nothing more will come for it",
        parameters=[_KIND],
        request=documents.CompleteDocument,
        responses={200: documents.CompletedDocument, **_ERRORS},
    )
    def post(self, request: Request, kind: str) -> Response:
        _known(kind)
        try:
            wanted = msgspec.json.decode(_body(request), type=Complete)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            message = _('%(error)s. Send a JSON object such as {"day": "2026-05-01"}.')
            raise Problem(400, message % {"error": error}) from error
        closed = services.day_close(kind, wanted.day)
        return Response(documents.CompletedDocument(closed).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="evidence_batch",
        summary="What became of a batch",
        responses={200: documents.BatchDocument, **_ERRORS},
    )
)
class BatchDetail(EvidenceView, RetrieveAPIView[Batch]):
    serializer_class = documents.BatchDocument
    queryset = Batch.objects.all()


@extend_schema_view(
    get=extend_schema(
        operation_id="evidence_rejected",
        summary="Rejected rows, newest first",
        parameters=[
            OpenApiParameter("kind", str, enum=list(KINDS)),
            OpenApiParameter("resent", bool, description="true: those that were resent; default: those still open"),
        ],
    )
)
class RejectedRows(EvidenceView, ListAPIView[RejectedRow]):
    serializer_class = documents.RejectedRowDocument
    pagination_class = Pages
    queryset = RejectedRow.objects.none()

    def get_queryset(self) -> Any:
        kind = self.request.query_params.get("kind", "")
        if kind:
            _known(kind)
        return selectors.rejected_rows(kind=kind, resent=self.request.query_params.get("resent") == "true")


class RejectedRowResend(EvidenceView):
    parser_classes = (JsonBodyParser, BodyParser)

    @extend_schema(
        operation_id="evidence_resend",
        summary="Send a rejected row again, mended",
        request={"application/json": {"oneOf": [documents.row_schema(kind) for kind in KINDS]}},
        responses={200: documents.BatchResultDocument, 207: documents.BatchResultDocument, **_ERRORS},
    )
    def post(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(RejectedRow, pk=pk)
        body = _body(request)
        with _explained():
            result = services.rejected_row_resend(
                row=row, raw=body, source=request.user.name, by=by_key(request.user.name)
            )
        return _told(result)


def _known(kind: str) -> None:
    if kind not in KINDS:
        message = _("Unknown kind %(kind)s. Use one of: %(kinds)s.")
        raise Problem(404, message % {"kind": kind, "kinds": ", ".join(KINDS)})


def _body(request: Request) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) <= settings.EVIDENCE_MAX_BYTES:
        body = request.data
        if not isinstance(body, bytes) or not body.strip():
            raise Problem(400, _("The body is empty. Send a JSON array or NDJSON, with its Content-Length."))
        if length.isdigit() and len(body) < int(length):
            raise Problem(
                400, _("The body was cut short: fewer bytes came than its Content-Length says. Send it again.")
            )
        if len(body) <= settings.EVIDENCE_MAX_BYTES:
            return body
    _drain(request)
    raise Problem(413, _("The body is over 16 MB. Send it in parts; sending a row twice is harmless."))


def _drain(request: Request) -> None:
    """Let the sender finish, up to a point: one that is still sending would see a broken pipe and no answer."""
    stream = request._request
    with suppress(Exception):  # however the reading ends, the answer is the same
        for _piece in range(MOST_DRAINED // PIECE):
            if not stream.read(PIECE):
                return


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except TooManyRowsError as error:
        message = _("More than %(rows)s rows. Nothing was taken: send them in parts of at most %(rows)s.")
        raise Problem(413, message % {"rows": f"{MOST_ROWS:,}"}) from error
    except services.UnreadableError as error:
        message = _("Nothing could be read: %(error)s. Send a JSON array, or one JSON object per line.")
        raise Problem(400, message % {"error": error}) from error


def _told(result: services.BatchResult) -> Response:
    rejected = [{"row": bad.row, "field": bad.field, "error": bad.error} for bad in result.rejected]
    counts = {"batch": result.batch, "accepted": result.accepted, "unchanged": result.unchanged}
    return Response({**counts, "rejected": rejected}, status=207 if rejected else 200)
