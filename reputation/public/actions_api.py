"""What a platform has to carry out: a feed of sanctions, read by cursor, and its word that each has been done."""

from typing import IO, Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from reputation.base.keys import BearerKey, HasScope
from reputation.base.problems import Problem
from reputation.governance.actions.selectors import action_changes
from reputation.governance.actions.services import action_acknowledge
from reputation.governance.models import Action, ActionChange
from reputation.public import documents
from reputation.public.filters import Pages, refuse_unknown

ACTIONS_READ, ACTIONS_ACK = "actions:read", "actions:ack"
LAST_SEQUENCE = 2**63 - 1
MOST_BYTES = 4096
_ERRORS = dict.fromkeys((400, 401, 403), documents.ProblemDocument)


class AcknowledgementParser(BaseParser):
    """The bytes, whatever they call themselves: clients label JSON in many ways, and the content says what it is."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> bytes:
        return stream.read(settings.EVIDENCE_MAX_BYTES)


class JsonAcknowledgementParser(AcknowledgementParser):
    """Named so that the API's schema shows it."""

    media_type = "application/json"


class Acknowledgement(msgspec.Struct, forbid_unknown_fields=True):
    sequence: int | None = None


class PlatformView(APIView):
    authentication_classes = (BearerKey,)
    permission_classes = (HasScope,)
    scope = ""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Never kept on the way: the next answer may be another one, and both are meant for this key alone."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        finished.headers["Cache-Control"] = "no-store"
        return finished


class ActionFeed(PlatformView):
    scope = ACTIONS_READ

    @extend_schema(
        operation_id="actions_feed",
        summary="Changes of sanctions that the platform has to carry out, in the order in which they became true",
        parameters=[
            OpenApiParameter(
                "after", int, description="The sequence read last; 0, which is the default: from the first"
            ),
            OpenApiParameter("limit", int, description="Results in one answer, 1 to 200; default 50"),
        ],
        responses={200: documents.ActionPageDocument, **_ERRORS},
        description="`count` is how many are left, this page included; `next` is null where nothing more is there yet:"
        " ask again with the sequence read last. A change is listed once, and for good, so whoever keeps that number"
        " misses nothing.",
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, frozenset({"after", "limit", "lang"}))
        after = whole(request, "after", 0, 0, LAST_SEQUENCE)
        limit = whole(request, "limit", Pages.page_size, 1, Pages.max_page_size)
        results = [change.document for change in action_changes(after, limit)]
        count = ActionChange.objects.filter(told=True, sequence__gt=after).count()
        more = _next(request, results[-1]["sequence"]) if len(results) < count and results else None
        return Response({"count": count, "next": more, "previous": None, "results": results})


def _next(request: Request, sequence: int) -> str:
    return str(replace_query_param(request.build_absolute_uri(), "after", sequence))


def whole(request: Request, name: str, usual: int, least: int, most: int) -> int:
    """A parameter; raises ValidationError with its name and what to send instead."""
    text = request.query_params.get(name, str(usual))
    if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    wanted = _("Send a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
    raise ValidationError({name: [wanted]})


class ActionAcknowledge(PlatformView):
    scope = ACTIONS_ACK
    parser_classes = (JsonAcknowledgementParser, AcknowledgementParser)

    @extend_schema(
        operation_id="action_acknowledge",
        summary="The platform has carried out an action, or its change",
        request=documents.AcknowledgementDocument,
        responses={200: documents.AcknowledgedDocument, 404: documents.ProblemDocument, **_ERRORS},
        description="Without a body: the newest change that was told. With a sequence: that change and those before it."
        " To say it again changes nothing.",
    )
    def post(self, request: Request, pk: int) -> Response:
        sequence = _sequence(request)
        try:
            action = action_acknowledge(action_id=pk, by_key=request.user.name, sequence=sequence)
        except Action.DoesNotExist as error:
            raise NotFound(_("There is no action with this number.")) from error
        return Response(
            {
                "id": action.pk,
                "sequence": action.acknowledged_sequence,
                "waiting": action.acknowledged_sequence < action.told_sequence,
                "acknowledged_at": action.acknowledged_at,
            }
        )


def _sequence(request: Request) -> int | None:
    body = request.data
    if not isinstance(body, bytes) or not body.strip():
        return None
    if len(body) > MOST_BYTES:
        raise Problem(413, _('The body is too long. Send nothing, or {"sequence": 812}.'))
    try:
        sequence = msgspec.json.decode(body, type=Acknowledgement).sequence
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, _('%(error)s. Send nothing, or {"sequence": 812}.') % {"error": error}) from error
    if sequence is not None and not 0 < sequence <= LAST_SEQUENCE:
        raise Problem(400, _("There is no such sequence. Send one that the feed named for this action."))
    return sequence
