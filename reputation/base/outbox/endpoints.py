"""Where events are sent to: added, paused, and their secrets changed over, always with an entry in the audit log."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append
from reputation.base.ledger_lock import ledger_lock
from reputation.base.models import Delivery, WebhookEndpoint, WebhookSecret
from reputation.base.outbox.addresses import private_allowed
from reputation.base.outbox.events import EVENTS, OWN_EVENTS
from reputation.base.time import now

LIVE_SECRETS = 2
MOST_OF_A_SUBJECT = 5
PLATFORM = ("", "")
_PLAIN = re.compile(r"[!-~]{1,2000}")  # visible ASCII: what may stand in a request line


def endpoint_create(
    *, url: str, events: Sequence[str], by: str, subject: tuple[str, str] = PLATFORM
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which is told this once. `subject`: the kind and id of the store or anchor whose own
    it is, which then hears of itself alone. Raises ValidationError saying what to write instead."""
    kind, subject_id = subject
    _check(url, events, members=bool(kind))
    whose = {"subject_kind": kind, "subject_id": subject_id}
    with transaction.atomic():
        if kind:
            _few(whose)
        wanted = {"events": sorted(set(events)), "created_at": now(), "made_by": by}
        endpoint, made = WebhookEndpoint.objects.get_or_create(url=url, **whose, defaults=wanted)
        if not made:
            raise ValidationError(_("There is an endpoint with this URL already."), code="url")
        secret = _secret_make(endpoint)
        _written("webhook.added", endpoint, by, url=url, events=endpoint.events)
    return endpoint, secret


def _few(whose: Mapping[str, str]) -> None:
    """Those who add at the same moment come one after the other, so that the count holds."""
    ledger_lock()
    if WebhookEndpoint.objects.filter(**whose).count() >= MOST_OF_A_SUBJECT:
        text = _("%(most)d webhooks are as many as there can be. Remove one first.") % {"most": MOST_OF_A_SUBJECT}
        raise ValidationError(text, code="most")


def _check(url: str, events: Sequence[str], *, members: bool) -> None:
    known = OWN_EVENTS if members else EVENTS
    unknown = [event for event in events if event not in known]
    if unknown or not events:
        raise ValidationError(_("Name events among: %(events)s.") % {"events": ", ".join(known)}, code="events")
    if not _is_reachable(url, members=members):
        raise ValidationError(
            _("Write an https address with a host and without a password, such as https://example.com/hooks."),
            code="url",
        )


def _is_reachable(url: str, *, members: bool) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if private_allowed(members=members) else ("https",)
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


def endpoint_remove(*, pk: int, by: str) -> None:
    """For good, with what was due to it. Again changes nothing."""
    with transaction.atomic():
        found = WebhookEndpoint.objects.select_for_update().filter(pk=pk)
        if (endpoint := found.first()) is not None:
            found.delete()
            _written("webhook.removed", endpoint, by, url=endpoint.url)


def delivery_replay(*, pk: UUID, by: str, endpoint: int | None = None) -> Delivery:
    """A dead letter, of this endpoint if one is named, is due again at once, with 24 hours before it. Raises
    ValidationError for any other."""
    with transaction.atomic():
        found = Delivery.objects.select_for_update().filter(pk=pk, state=Delivery.State.DEAD)
        found = found if endpoint is None else found.filter(endpoint=endpoint)
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
    if endpoint.subject_kind:
        data["subject"] = [endpoint.subject_kind, endpoint.subject_id]
    audit_append(actor=by, action=action, object_kind="webhook", object_id=str(endpoint.pk), data=data)
