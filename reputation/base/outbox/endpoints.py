"""Where events are sent to: added, paused, and their secrets changed over, always with an entry in the audit log."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append
from reputation.base.models import Delivery, WebhookEndpoint, WebhookSecret
from reputation.base.outbox.addresses import private_allowed
from reputation.base.outbox.events import EVENTS
from reputation.base.time import now

LIVE_SECRETS = 2
_PLAIN = re.compile(r"[!-~]{1,2000}")  # visible ASCII: what may stand in a request line


def endpoint_create(*, url: str, events: Sequence[str], by: str) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which is told this once. Raises ValidationError saying what to write instead."""
    _check(url, events)
    with transaction.atomic():
        wanted = {"events": sorted(set(events)), "created_at": now()}
        endpoint, made = WebhookEndpoint.objects.get_or_create(url=url, defaults=wanted)
        if not made:
            raise ValidationError(_("There is an endpoint with this URL already."), code="url")
        secret = _secret_make(endpoint)
        _written("webhook.added", endpoint, by, url=url, events=endpoint.events)
    return endpoint, secret


def _check(url: str, events: Sequence[str]) -> None:
    unknown = [event for event in events if event not in EVENTS]
    if unknown or not events:
        raise ValidationError(_("Name events among: %(events)s.") % {"events": ", ".join(EVENTS)}, code="events")
    if not _is_reachable(url):
        raise ValidationError(
            _("Write an https address with a host and without a password, such as https://example.com/hooks."),
            code="url",
        )


def _is_reachable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if private_allowed() else ("https",)
    plain = bool(_PLAIN.fullmatch(url)) and "#" not in url and "@" not in parts.netloc
    return plain and parts.scheme in schemes and bool(parts.hostname) and port != 0


def endpoint_rotate(*, pk: int, by: str) -> str:
    """A second live secret, told this once. Raises ValidationError while two are live."""
    with transaction.atomic():
        endpoint = _locked(pk)
        if endpoint.secrets.count() >= LIVE_SECRETS:
            raise ValidationError(_("Two secrets are live already. Retire the older one first."), code="secrets")
        secret = _secret_make(endpoint)
        _written("webhook.rotated", endpoint, by)
    return secret


def endpoint_secret_retire(*, pk: int, by: str) -> None:
    """The older of two secrets signs no more. Raises ValidationError where only one is live."""
    with transaction.atomic():
        endpoint = _locked(pk)
        live = list(endpoint.secrets.order_by("created_at", "id"))
        if len(live) < LIVE_SECRETS:
            raise ValidationError(_("Only one secret is live. Make a second one first."), code="secrets")
        live[0].delete()
        _written("webhook.secret_retired", endpoint, by)


def endpoint_switch(*, pk: int, active: bool, by: str) -> WebhookEndpoint:
    """Pause or go on. What becomes due meanwhile is kept and sent later, in order."""
    with transaction.atomic():
        endpoint = _locked(pk)
        if endpoint.active != active:
            endpoint.active = active
            endpoint.save(update_fields=["active"])
            _written("webhook.enabled" if active else "webhook.disabled", endpoint, by)
    return endpoint


def delivery_replay(*, pk: UUID, by: str) -> Delivery:
    """A dead letter is due again at once, with 24 hours before it. Raises ValidationError for any other."""
    with transaction.atomic():
        found = Delivery.objects.select_for_update().filter(pk=pk, state=Delivery.State.DEAD)
        if (delivery := found.first()) is None:
            raise ValidationError(_("There is no dead letter with this number."), code="delivery")
        delivery.state, delivery.due_at = Delivery.State.WAITING, now()
        delivery.attempts, delivery.first_failed_at = 0, None
        delivery.save(update_fields=["state", "due_at", "attempts", "first_failed_at"])
        _written("webhook.replayed", delivery.endpoint, by, delivery=str(pk))
    return delivery


def live_secrets(endpoint: WebhookEndpoint) -> list[str]:
    """The newest first."""
    return list(endpoint.secrets.order_by("-created_at", "-id").values_list("secret", flat=True))


def _locked(pk: int) -> WebhookEndpoint:
    if found := WebhookEndpoint.objects.select_for_update().filter(pk=pk).first():
        return found
    raise ValidationError(_("There is no endpoint with this number."), code="endpoint")


def _secret_make(endpoint: WebhookEndpoint) -> str:
    secret = "whsec_" + secrets.token_urlsafe(32)
    WebhookSecret.objects.create(endpoint=endpoint, secret=secret, created_at=now())
    return secret


def _written(action: str, endpoint: WebhookEndpoint, by: str, **data: object) -> None:
    audit_append(actor=by, action=action, object_kind="webhook", object_id=str(endpoint.pk), data=data)
