"""What pages and commands read of endpoints and their deliveries."""

from __future__ import annotations

from django.db.models import Count, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from reputation.base.models import Delivery, WebhookEndpoint

State = Delivery.State


def endpoints(subject: tuple[str, str] | None = None) -> QuerySet[WebhookEndpoint]:
    """Each with `secret_count`, `waiting`, `dead` and `last_delivered_at`. `subject`: those of this store or anchor alone,
    or of the platform (PLATFORM); None: all."""
    found = Delivery.objects.filter(endpoint=OuterRef("pk")).order_by().values("endpoint")

    def number(state: str) -> Coalesce:
        counted = found.filter(state=state).annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    last = found.filter(state=State.DELIVERED).annotate(last=Max("last_tried_at")).values("last")
    counts = {"waiting": number(State.WAITING), "dead": number(State.DEAD), "last_delivered_at": Subquery(last)}
    whose = {} if subject is None else {"subject_kind": subject[0], "subject_id": subject[1]}
    rows = WebhookEndpoint.objects.filter(**whose)
    return rows.annotate(secret_count=Count("secrets"), **counts).order_by("pk")


def deliveries(
    *, endpoint: int | None = None, subject: tuple[str, str] | None = None, state: str = ""
) -> QuerySet[Delivery]:
    """The newest event first. `subject`: to endpoints of this store or anchor alone, or of the platform (PLATFORM)."""
    wanted = Q() if endpoint is None else Q(endpoint=endpoint)
    if subject is not None:
        wanted &= Q(endpoint__subject_kind=subject[0], endpoint__subject_id=subject[1])
    if state:
        wanted &= Q(state=state)
    return Delivery.objects.filter(wanted).select_related("event", "endpoint").order_by("-event", "endpoint")
