"""Words of the desk: what kinds of work wait, how grave, how far a subject reaches, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reputation.base.time import now
from reputation.governance.sanctions import SANCTIONS

ITEM_KINDS = {
    "flag": gettext_lazy("Flag"),
    "decision": gettext_lazy("Second decision"),
    "appeal": gettext_lazy("Appeal"),
    "objection": gettext_lazy("Objection"),
}
ITEM_KINDS_MANY = {
    "flag": gettext_lazy("Flags"),
    "decision": gettext_lazy("Second decisions"),
    "appeal": gettext_lazy("Appeals"),
    "objection": gettext_lazy("Objections"),
}
SEVERITIES = {
    "critical": gettext_lazy("Critical"),
    "high": gettext_lazy("High"),
    "medium": gettext_lazy("Medium"),
    "low": gettext_lazy("Low"),
}
TIERS = {
    "head": gettext_lazy("Head"),
    "middle": gettext_lazy("Middle"),
    "tail": gettext_lazy("Tail"),
}
SUBJECT_KINDS = {"store": gettext_lazy("Store"), "anchor": gettext_lazy("Anchor")}
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SOON = timedelta(hours=24)


def sanction_label(key: str) -> str:
    return str(SANCTIONS[key].label) if key in SANCTIONS else key


class Due(NamedTuple):
    words: str
    urgency: str  # overdue, soon or later


def due_in_words(due: datetime, moment: datetime | None = None) -> Due:
    """How long there is still, in one unit: nobody at a queue does arithmetic with dates."""
    left = due - (moment or now())
    if left < timedelta(0):
        return Due(_("overdue by %(time)s") % {"time": _span(-left)}, "overdue")
    return Due(_("due in %(time)s") % {"time": _span(left)}, "soon" if left < _SOON else "later")


def _span(length: timedelta) -> str:
    if length < _HOUR:
        return _("%(count)s min") % {"count": max(1, length // timedelta(minutes=1))}
    if length < 2 * _DAY:
        return _("%(count)s h") % {"count": length // _HOUR}
    days = length // _DAY
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
