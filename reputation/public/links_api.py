"""Links that a platform hands out: to a questionnaire, and to a complaint about an order that is thereby proven."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from msgspec import UNSET, Meta, UnsetType
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reputation.base.keys import EVIDENCE_WRITE
from reputation.base.problems import Problem
from reputation.base.time import now
from reputation.evidence.documents import RejectionDocument
from reputation.evidence.faults import Fault, of_validation
from reputation.evidence.kinds import KINDS
from reputation.evidence.models import Order
from reputation.evidence.rows import Id, LiveId, Time
from reputation.intake.questionnaire import VALID_DAYS, invitations_link
from reputation.intake.tokens import order_token
from reputation.public.actions_api import AcknowledgementParser, JsonAcknowledgementParser, PlatformView
from reputation.public.documents import ProblemDocument

MOST_ROWS = 1000
MOST_BYTES = 2 * 1024 * 1024
COMPLAINT_DAYS = 30
_ERRORS = dict.fromkeys((400, 401, 403, 413), ProblemDocument)
Days = Annotated[int, Meta(ge=1, le=60)]


class QuestionnaireRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to ask about a live room or an order. Without an invitation_id one is made of the rest."""

    respondent_ref: Id
    invitation_id: Id | UnsetType = UNSET
    live_id: LiveId | UnsetType = UNSET
    order_id: Id | UnsetType = UNSET
    sent_at: Time | UnsetType = UNSET
    valid_days: Days = VALID_DAYS


class ComplaintRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    order_id: Id
    complainant_ref: Id | UnsetType = UNSET
    valid_days: Days = COMPLAINT_DAYS


class QuestionnaireRowDocument(serializers.Serializer[Any]):
    invitation_id = serializers.CharField(required=False, max_length=128)
    live_id = serializers.CharField(required=False, max_length=128, help_text="This or order_id.")
    order_id = serializers.CharField(required=False, max_length=128)
    respondent_ref = serializers.CharField(max_length=128)
    sent_at = serializers.DateTimeField(required=False, help_text="Default: now.")
    valid_days = serializers.IntegerField(required=False, min_value=1, max_value=60, default=VALID_DAYS)


class QuestionnaireLinkDocument(serializers.Serializer[Any]):
    invitation_id = serializers.CharField()
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class QuestionnaireLinksDocument(serializers.Serializer[Any]):
    results = QuestionnaireLinkDocument(many=True)
    rejected = RejectionDocument(many=True)


class ComplaintRowDocument(serializers.Serializer[Any]):
    order_id = serializers.CharField(max_length=128)
    complainant_ref = serializers.CharField(required=False, max_length=128)
    valid_days = serializers.IntegerField(required=False, min_value=1, max_value=60, default=COMPLAINT_DAYS)


class ComplaintLinkDocument(serializers.Serializer[Any]):
    order_id = serializers.CharField()
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class ComplaintLinksDocument(serializers.Serializer[Any]):
    results = ComplaintLinkDocument(many=True)
    rejected = RejectionDocument(many=True)


class LinksView(PlatformView):
    scope = EVIDENCE_WRITE
    parser_classes = (JsonAcknowledgementParser, AcknowledgementParser)


class Questionnaires(LinksView):
    @extend_schema(
        operation_id="questionnaires_link",
        summary="Invite up to 1,000 viewers or buyers, and get a questionnaire's link for each",
        request=QuestionnaireRowDocument(many=True),
        responses={200: QuestionnaireLinksDocument, 207: QuestionnaireLinksDocument, **_ERRORS},
        description="The invitations are taken as evidence. A link is good once and until expires_at. The same rows"
        " again give the same links.",
    )
    def post(self, request: Request) -> Response:
        rows = _rows(request, QuestionnaireRow, "invitations")
        told = [row if isinstance(row, Fault) else _invitation(row) for row in rows]
        days = [VALID_DAYS if isinstance(row, Fault) else row.valid_days for row in rows]
        links, result = invitations_link(rows=told, source=request.user.name, days=days)
        results = [
            {"invitation_id": link.invitation_id, "url": link.url, "expires_at": link.expires_at.isoformat()}
            for link in links
        ]
        return _answer(results, [(bad.row, bad.field, bad.error) for bad in result.rejected])


class ComplaintLinks(LinksView):
    @extend_schema(
        operation_id="complaint_links",
        summary="Sign links with which the buyers of up to 1,000 orders can complain without a name",
        request=ComplaintRowDocument(many=True),
        responses={200: ComplaintLinksDocument, 207: ComplaintLinksDocument, **_ERRORS},
        description="Give each link to the buyer of its order alone: a complaint that comes by it is evidence at once.",
    )
    def post(self, request: Request) -> Response:
        rows = _rows(request, ComplaintRow, "complaints")
        wanted = [row.order_id for row in rows if not isinstance(row, Fault) and "\0" not in row.order_id]
        known = set(Order.objects.filter(pk__in=wanted, retracted=False).values_list("pk", flat=True))
        results, rejected = [], []
        for number, row in enumerate(rows, 1):
            if isinstance(row, Fault):
                rejected.append((number, row.field, row.error))
            elif row.order_id not in known:
                rejected.append((number, "order_id", _("There is no such order; send it as evidence first.")))
            else:
                results.append(_complaint(row))
        return _answer(results, rejected)


def _complaint(row: ComplaintRow) -> dict[str, str]:
    expires = now().replace(microsecond=0) + timedelta(days=row.valid_days)
    ref = "" if row.complainant_ref is UNSET else row.complainant_ref
    token = order_token(row.order_id, ref, expires)
    return {
        "order_id": row.order_id,
        "url": f"{settings.PUBLIC_URL}{reverse('complain')}?order={token}",
        "expires_at": expires.isoformat(),
    }


def _invitation(row: QuestionnaireRow) -> dict[str, Any] | Fault:
    about = [name for name in ("live_id", "order_id") if getattr(row, name) is not UNSET]
    if len(about) != 1:
        return Fault("live_id", _("send live_id or order_id, one of them"))
    told = {name: getattr(row, name) for name in ("invitation_id", *about, "respondent_ref", "sent_at")}
    return {name: value for name, value in told.items() if value is not UNSET}


def _rows(request: Request, row: Any, kind: str) -> Sequence[Any]:
    """Each row, or what is wrong with it."""
    body = request.data
    if not isinstance(body, bytes) or len(body) > MOST_BYTES:
        raise Problem(413, _("The body is over 2 MB. Send it in parts; sending a row twice is harmless."))
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, _("Nothing could be read: %(error)s. Send a JSON array.") % {"error": error}) from error
    if not isinstance(sent, list):
        raise Problem(400, _("Send a JSON array of rows."))
    if len(sent) > MOST_ROWS:
        raise Problem(413, _("More than %(rows)s rows. Nothing was taken: send them in parts of at most %(rows)s.")
                      % {"rows": f"{MOST_ROWS:,}"})  # fmt: skip
    return [_one(one, row, kind) for one in sent]


def _one(sent: Any, row: Any, kind: str) -> Any:
    try:
        return msgspec.convert(sent, row)
    except msgspec.ValidationError as error:
        return of_validation(KINDS[kind], error)


def _answer(results: Sequence[Any], rejected: Sequence[tuple[int, str, str]]) -> Response:
    told = [{"row": row, "field": name, "error": error} for row, name, error in rejected]
    return Response({"results": results, "rejected": told}, status=207 if rejected else 200)
