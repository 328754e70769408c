"""Keys and webhooks of a subject end with those who could look after them."""

from __future__ import annotations

from django.db import transaction

from reputation.base.keys import own_key_revoke
from reputation.base.models import ApiKey, WebhookEndpoint
from reputation.base.outbox.endpoints import endpoint_switch


@transaction.atomic
def made_end(*, kind: str, subject_id: str, maker: str, by: str) -> None:
    """Revoke the subject's keys and pause its webhooks: those that `maker` made, or all with "". Both are actors of the
    audit log. All rows are locked before the log is."""
    about = {"subject_kind": kind, "subject_id": subject_id} | ({"made_by": maker} if maker else {})
    hooks = list(WebhookEndpoint.objects.filter(**about, active=True).order_by("pk").select_for_update())
    keys = list(ApiKey.objects.filter(**about, revoked_at=None).order_by("pk").select_for_update())
    for hook in hooks:
        endpoint_switch(pk=hook.pk, active=False, by=by)
    for key in keys:
        own_key_revoke(pk=key.pk, subject=(kind, subject_id), by=by)
