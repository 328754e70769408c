"""Alarms of governance: what the platform was told to do and has not said that it did."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from django.db import transaction

from reputation.base.audit import SYSTEM, audit_append
from reputation.base.ledger_lock import ledger_lock
from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.actions.selectors import SILENCE, unacknowledged

NAMED = 20  # numbers of actions in one line
_ABOUT = {"object_kind": "platform", "object_id": "actions"}
_ALARM = "platform.silent"
logger = logging.getLogger(__name__)


def unacknowledged_alarm(*, moment: datetime | None = None) -> int:
    """Log actions that have waited 15 minutes for the platform, each once; returns how many are new among them.

    The audit log remembers through when alarms were raised, so that neither a restart nor a second worker repeats one.
    """
    at = moment or now()
    if not unacknowledged(at).exists():
        return 0
    with transaction.atomic():
        ledger_lock()
        found = list(unacknowledged(at).filter(told_at__gt=_through()).values_list("pk", flat=True))
        if found:
            through = (at - SILENCE).isoformat()
            data = {"through": through, "count": len(found), "actions": found[:NAMED]}
            audit_append(actor=SYSTEM, action=_ALARM, data=data, **_ABOUT)
    if found:
        named = ", ".join(map(str, found[:NAMED])) + (" …" if len(found) > NAMED else "")
        logger.error("%d actions not acknowledged by the platform for 15 minutes: %s", len(found), named)
    return len(found)


def _through() -> datetime:
    """What was told by then has been alarmed of, or acknowledged."""
    entries = AuditEntry.objects.filter(action=_ALARM, **_ABOUT).order_by("-sequence")
    last = entries.values_list("data", flat=True).first()
    return datetime.fromisoformat(json.loads(last)["through"]) if last else datetime.fromtimestamp(0, UTC)
