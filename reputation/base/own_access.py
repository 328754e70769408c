"""The end of what programs of a store or an anchor may do: when whoever made them leaves, or nobody is left."""

from __future__ import annotations

from django.db import transaction

from reputation.base.keys import api_keys, own_key_revoke
from reputation.base.models import WebhookEndpoint
from reputation.base.outbox.endpoints import endpoint_switch


@transaction.atomic
def own_access_end(*, subject: tuple[str, str], by: str, made_by: str = "") -> int:
    """Revoke the subject's keys and pause its webhooks, all of them or those that one actor made; returns how many were
    in force. Again changes nothing."""
    kind, subject_id = subject
    keys = [key for key in api_keys(subject) if key.revoked_at is None and made_by in ("", key.made_by)]
    for key in keys:
        own_key_revoke(pk=key.pk, subject=subject, by=by)
    hooks = WebhookEndpoint.objects.filter(subject_kind=kind, subject_id=subject_id, active=True)
    found = [hook for hook in hooks.order_by("pk") if made_by in ("", hook.made_by)]
    for hook in found:
        endpoint_switch(pk=hook.pk, active=False, by=by)
    return len(keys) + len(found)
