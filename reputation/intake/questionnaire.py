"""The questions that a buyer or a live room's viewer answers by a link: once, and for a while."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from reputation.base.time import now
from reputation.evidence.faults import Fault
from reputation.evidence.models import Invitation, Order, Response
from reputation.evidence.services import BatchResult, batch_ingest
from reputation.intake.evidence import evidence_write
from reputation.intake.tokens import UnknownLinkError, questionnaire_read, questionnaire_token
from reputation.subjects.models import LiveSession, SubjectKind
from reputation.subjects.services import MODELS

VALID_DAYS = 7
STARS = ("overall", "as_described", "service", "logistics")
OF_LIVE = ("overall", "false_promotion", "hype")
OF_ORDER = STARS


class GoneError(ValueError):
    """The invitation was taken back."""


@dataclass(frozen=True)
class Asked:
    """`name`: of the store or anchor, its id where it has none, empty where it is not known."""

    invitation: Invitation
    kind: str
    name: str
    questions: tuple[str, ...]
    at: datetime | None  # when the live room began or the order was placed


@dataclass(frozen=True)
class Link:
    invitation_id: str
    url: str
    expires_at: datetime


def invitations_link(
    *, rows: Sequence[Mapping[str, Any] | Fault], source: str, days: Sequence[int]
) -> tuple[list[Link], BatchResult]:
    """Take invitations as evidence and write a link for each good one. `days`: how long each link is good, from when
    the invitation was sent. An invitation without an id gets one that follows from the rest of it, so that the same
    rows again make the same links."""
    named = [row if isinstance(row, Fault) else _named(row) for row in rows]
    told = [key for row in named if not isinstance(row, Fault) and "\0" not in (key := row["invitation_id"])]
    there = set(Invitation.objects.filter(pk__in=told).values_list("pk", flat=True))
    sent = [row if isinstance(row, Fault) else _sent(row, there) for row in named]
    result = batch_ingest(kind="invitations", rows=sent, source=source)
    bad = {found.row for found in result.rejected}
    good = [
        (row["invitation_id"], days[place])
        for place, row in enumerate(named) if not isinstance(row, Fault) and place + 1 not in bad
    ]  # fmt: skip
    times = dict(Invitation.objects.filter(pk__in=told).values_list("pk", "sent_at"))
    return [invitation_link(pk, times[pk], many) for pk, many in good], result


def invitation_link(invitation_id: str, sent_at: datetime | None, days: int = VALID_DAYS) -> Link:
    expires = (sent_at or now()).replace(microsecond=0) + timedelta(days=days)
    address = reverse("questionnaire", args=[questionnaire_token(invitation_id, expires)])
    return Link(invitation_id, f"{settings.PUBLIC_URL}{address}", expires)


def questionnaire_open(token: str) -> Asked:
    """What is asked. Raises UnknownLinkError, ExpiredLinkError or GoneError."""
    invitation = Invitation.objects.filter(pk=questionnaire_read(token)).first()
    if invitation is None:
        raise UnknownLinkError
    if invitation.retracted:
        raise GoneError
    kind, subject_id, at = _about(invitation)
    known = MODELS[kind]._default_manager.filter(pk=subject_id).first() if subject_id else None
    questions = OF_LIVE if invitation.live_id else OF_ORDER
    return Asked(invitation, kind, str(known) if known else subject_id, questions, at)


def answered_before(invitation: Invitation) -> bool:
    """Whether it was answered, here or on the platform's own page."""
    if invitation.live_id:
        same = Q(live_id=invitation.live_id, respondent_ref=invitation.respondent_ref)
    else:
        same = Q(order_id=invitation.order_id)
    mine = Q(pk=response_id(invitation.pk))
    return Response.objects.filter(mine | (same & Q(invitation_id=invitation.pk))).exists()


@transaction.atomic
def questionnaire_answer(*, asked: Asked, answers: Mapping[str, int | bool]) -> bool:
    """Take the answers as evidence; False where it was answered before. Raises ValidationError without any answer."""
    given = {name: value for name, value in answers.items() if name in asked.questions}
    if not given:
        raise ValidationError(_("Answer at least one question."))
    invitation = Invitation.objects.select_for_update().get(pk=asked.invitation.pk)  # two taps are one answer
    if answered_before(invitation):
        return False
    about = {name: getattr(invitation, name) for name in ("live_id", "order_id", "respondent_ref")}
    row = {
        "response_id": response_id(invitation.pk), "invitation_id": invitation.pk, "answered_at": now(),
        "answers": given, **{name: value for name, value in about.items() if value},
    }  # fmt: skip
    evidence_write("responses", row, source="questionnaire")
    return True


def response_id(invitation_id: str) -> str:
    return "form-" + _short(invitation_id)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    if row.get("invitation_id"):
        return dict(row)
    whose = "\n".join(str(row.get(name) or "") for name in ("live_id", "order_id", "respondent_ref"))
    return {**row, "invitation_id": "form-" + _short(whose)}


def _sent(row: dict[str, Any], there: set[str]) -> dict[str, Any]:
    """One that is there already was sent when it was."""
    return row if "sent_at" in row or row["invitation_id"] in there else {**row, "sent_at": now()}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _about(invitation: Invitation) -> tuple[str, str, datetime | None]:
    if invitation.live_id:
        live = LiveSession.objects.filter(pk=invitation.live_id).first()
        return SubjectKind.ANCHOR, (live.anchor_id if live else None) or "", live and live.started_at
    order = Order.objects.filter(pk=invitation.order_id).first()
    return SubjectKind.STORE, (order.store_id if order else None) or "", order and order.placed_at
