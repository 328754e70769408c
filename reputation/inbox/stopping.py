"""Links that stop mails without signing in: signed, and good for ever, as mails are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from reputation.inbox.kinds import Kind

_SALT = "livestar.inbox.stop"


@dataclass(frozen=True)
class Stop:
    """What a link may do: end the mails of these kinds to this person, and nothing else."""

    user: User
    kinds: list[str]


def stop_path(user: int, kinds: Iterable[str]) -> str:
    token = Signer(salt=_SALT).sign(f"{user}:{','.join(sorted(kinds))}")
    return reverse("notifications-stop", args=[token])


def stop_of(token: str) -> Stop | None:
    """None for a token that is not ours, or of somebody who is gone."""
    try:
        pk, _colon, names = Signer(salt=_SALT).unsign(token).partition(":")
    except BadSignature:
        return None
    user = User.objects.filter(pk=int(pk)).first()
    known = [kind for kind in names.split(",") if kind in Kind.values]
    return Stop(user, known) if user and known else None
