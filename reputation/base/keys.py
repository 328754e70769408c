"""API keys: made, revoked, and known again from the Authorization header."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from reputation.base.audit import audit_append, by_operator
from reputation.base.models import ApiKey
from reputation.base.time import now

EVIDENCE_WRITE = "evidence:write"
SEEN_EVERY = timedelta(minutes=1)  # how exact last_used_at is: a busy key must not write a row per request
_SCOPE = re.compile(r"[a-z]+:[a-z]+")
_PREFIX_LENGTH = 12


@dataclass(frozen=True)
class Platform:
    """Who calls: a program with a key, not a person."""

    name: str
    is_authenticated: bool = True


@transaction.atomic
def api_key_create(*, name: str, scopes: Sequence[str], by: str = "") -> tuple[ApiKey, str]:
    """The key's row and the key itself, which is told this once and kept nowhere."""
    wrong = [scope for scope in scopes if not _SCOPE.fullmatch(scope)]
    if wrong or not scopes or not name.strip():
        raise ValidationError(_("A key needs a name and scopes such as evidence:write."), code="scope")
    secret = "ls_" + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name.strip(), prefix=secret[:_PREFIX_LENGTH], digest=_digest(secret), scopes=sorted(set(scopes))
    )
    _written("api_key.created", key, by, name=key.name, scopes=key.scopes)
    return key, secret


@transaction.atomic
def api_key_revoke(*, prefix: str, by: str = "") -> list[ApiKey]:
    """Revoke the keys that begin so, at once. Returns those that were in force."""
    found = list(ApiKey.objects.select_for_update().filter(prefix=prefix[:_PREFIX_LENGTH], revoked_at=None))
    ApiKey.objects.filter(pk__in=[key.pk for key in found]).update(revoked_at=now())
    for key in found:
        _written("api_key.revoked", key, by, name=key.name)
    return found


def api_key_find(secret: str) -> ApiKey | None:
    return ApiKey.objects.filter(digest=_digest(secret), revoked_at=None).first()


def api_keys() -> list[ApiKey]:
    return list(ApiKey.objects.order_by("created_at"))


def _written(action: str, key: ApiKey, by: str, **data: object) -> None:
    audit_append(actor=by or by_operator(), action=action, object_kind="api_key", object_id=key.prefix, data=data)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class BearerKey(BaseAuthentication):
    """`Authorization: Bearer KEY`."""

    def authenticate(self, request: Request) -> tuple[Platform, ApiKey] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != "bearer":
            return None
        key = api_key_find(words[1]) if len(words) == 2 else None
        if key is None:
            raise AuthenticationFailed(_("The key is unknown or revoked. Make one with: manage.py api_key create."))
        _mark_used(key)
        return Platform(key.name), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The key must have the scope that the view names in `scope`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "scope", EVIDENCE_WRITE)
        self.message = _("The key lacks the scope %(scope)s. Use a key made with --scope %(scope)s.") % {"scope": scope}
        return isinstance(request.auth, ApiKey) and scope in request.auth.scopes


class BearerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerKey
    name = "bearerKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def _mark_used(key: ApiKey) -> None:
    moment = now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=moment - SEEN_EVERY)
    if key.last_used_at is None or key.last_used_at < moment - SEEN_EVERY:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=moment)
