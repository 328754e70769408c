"""API keys: made, revoked, and known again from the Authorization header."""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from reputation.base.audit import audit_append, by_operator
from reputation.base.ledger_lock import ledger_lock
from reputation.base.models import ApiKey
from reputation.base.time import now

EVIDENCE_WRITE = "evidence:write"
OWN_READ = "own:read"  # of a store's or an anchor's key alone: what is about itself
MOST_OF_A_SUBJECT = 10  # in force at a time
LONGEST_NAME = 100
PLATFORM = ("", "")
SEEN_EVERY = timedelta(minutes=1)  # how exact last_used_at is: a busy key must not write a row per request
_SCOPE = re.compile(r"[a-z]+:[a-z]+")
_PREFIX_LENGTH = 12


@dataclass(frozen=True)
class Platform:
    """Who calls: a program with a key, not a person."""

    name: str
    is_authenticated: bool = True


@transaction.atomic
def api_key_create(
    *, name: str, scopes: Sequence[str], by: str = "", subject: tuple[str, str] = PLATFORM
) -> tuple[ApiKey, str]:
    """The key's row and the key itself, which is told this once and kept nowhere.

    `subject`: the kind and id of the store or anchor whose own it is; such a key has the one scope OWN_READ, which no
    key of the platform has. Raises ValidationError saying what to write instead.
    """
    kind, subject_id = subject
    _named(name)
    _scoped(scopes, own=bool(kind))
    secret = "ls_" + secrets.token_urlsafe(32)
    whose = {"subject_kind": kind, "subject_id": subject_id}
    if kind:
        _few(whose)
    key = ApiKey.objects.create(
        name=name.strip(), prefix=secret[:_PREFIX_LENGTH], digest=_digest(secret), scopes=sorted(set(scopes)),
        made_by=by or by_operator(), **whose,
    )  # fmt: skip
    _written("api_key.created", key, by, name=key.name, scopes=key.scopes)
    return key, secret


def _named(name: str) -> None:
    if not name.strip():
        raise ValidationError(_("Give the key a name, so that you know it again."), code="name")
    if len(name.strip()) > LONGEST_NAME or not name.isprintable():
        raise ValidationError(
            _("Write a name of at most %(longest)d characters, on one line.") % {"longest": LONGEST_NAME}, code="name"
        )


def _scoped(scopes: Sequence[str], *, own: bool) -> None:
    wrong = [scope for scope in scopes if not _SCOPE.fullmatch(scope)]
    if wrong or not scopes:
        raise ValidationError(_("A key needs scopes such as evidence:write."), code="scope")
    if any((scope == OWN_READ) != own for scope in scopes):
        raise ValidationError(
            _("The scope %(scope)s is for keys of a store or an anchor, and the only one that they have.")
            % {"scope": OWN_READ},
            code="scope",
        )


def _few(whose: Mapping[str, str]) -> None:
    """Those who make one at the same moment come one after the other, so that the count holds."""
    ledger_lock()
    if ApiKey.objects.filter(**whose, revoked_at=None).count() >= MOST_OF_A_SUBJECT:
        text = _("%(most)d keys are as many as there can be. Revoke one first.") % {"most": MOST_OF_A_SUBJECT}
        raise ValidationError(text, code="most")


@transaction.atomic
def api_key_revoke(*, prefix: str, by: str = "") -> list[ApiKey]:
    """Revoke the keys that begin so, at once. Returns those that were in force."""
    return _revoked(ApiKey.objects.filter(prefix=prefix[:_PREFIX_LENGTH]), by)


@transaction.atomic
def own_key_revoke(*, pk: int, subject: tuple[str, str], by: str) -> list[ApiKey]:
    """Revoke a key of this store or anchor, at once; nothing for one of somebody else, and again."""
    kind, subject_id = subject
    return _revoked(ApiKey.objects.filter(pk=pk, subject_kind=kind, subject_id=subject_id), by)


def _revoked(keys: QuerySet[ApiKey], by: str) -> list[ApiKey]:
    found = list(keys.filter(revoked_at=None).select_for_update())
    ApiKey.objects.filter(pk__in=[key.pk for key in found]).update(revoked_at=now())
    for key in found:
        _written("api_key.revoked", key, by, name=key.name)
    return found


def api_key_find(secret: str) -> ApiKey | None:
    return ApiKey.objects.filter(digest=_digest(secret), revoked_at=None).first()


def api_keys(subject: tuple[str, str] | None = None) -> list[ApiKey]:
    """`subject`: those of this store or anchor alone; None: all."""
    whose = {} if subject is None else {"subject_kind": subject[0], "subject_id": subject[1]}
    return list(ApiKey.objects.filter(**whose).order_by("created_at", "pk"))


def _written(action: str, key: ApiKey, by: str, **data: object) -> None:
    if key.subject_kind:
        data["subject"] = [key.subject_kind, key.subject_id]
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
    """The key must have the scope that the view names in `scope`. A store's or an anchor's key opens what is its own and
    nothing else, and no key of the platform opens that, whatever scopes it came by."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "scope", EVIDENCE_WRITE)
        self.message = _("The key lacks the scope %(scope)s. Use a key made with --scope %(scope)s.") % {"scope": scope}
        if not isinstance(request.auth, ApiKey) or bool(request.auth.subject_kind) != (scope == OWN_READ):
            return False
        return scope in request.auth.scopes


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
