"""What a form may ask of an endpoint, by name: the same for the staff and for members."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reputation.base.outbox import endpoints

Deed = Callable[[int, str, Mapping[str, str]], str | None]


def endpoint_deed(*, name: str, allowed: Collection[str], pk: int, by: str, sent: Mapping[str, str]) -> str:
    """Do what the form asks; returns a new secret where that makes one. A name that is not allowed does nothing.

    Raises ValidationError for what cannot be done.
    """
    return _DEEDS[name](pk, by, sent) or "" if name in allowed else ""


def _replay(pk: int, by: str, sent: Mapping[str, str]) -> None:
    try:
        letter = UUID(sent.get("delivery", ""))
    except ValueError:
        raise ValidationError(_("There is no dead letter with this number.")) from None
    endpoints.delivery_replay(pk=letter, by=by, endpoint=pk)


def _switch(active: bool) -> Deed:
    def switch(pk: int, by: str, sent: Mapping[str, str]) -> None:
        endpoints.endpoint_switch(pk=pk, active=active, by=by)

    return switch


_DEEDS: dict[str, Deed] = {
    "rotate": lambda pk, by, sent: endpoints.endpoint_rotate(pk=pk, by=by),
    "retire": lambda pk, by, sent: endpoints.endpoint_secret_retire(pk=pk, by=by),
    "disable": _switch(False),
    "enable": _switch(True),
    "remove": lambda pk, by, sent: endpoints.endpoint_remove(pk=pk, by=by),
    "replay": _replay,
}
OF_MEMBERS = frozenset(_DEEDS)
OF_STAFF = OF_MEMBERS - {"remove"}
