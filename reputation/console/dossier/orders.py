"""What is known of orders that something went wrong with, in a few lines each: promises, returns, complaints, answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.evidence.models import Complaint, Order, Response, Return, Shipment
from reputation.governance.appeals.units import WHAT

TEXT = 300  # characters of what a buyer wrote
_QUESTIONS = {
    "overall": gettext_lazy("overall"),
    "as_described": gettext_lazy("as described"),
    "service": gettext_lazy("service"),
    "logistics": gettext_lazy("delivery"),
}

NOBODYS = {  # reasons of a return that speak against nobody
    "size": gettext_lazy("Returned: size"),
    "no_reason": gettext_lazy("Returned without a reason"),
    "other": gettext_lazy("Returned: another reason"),
}
OUTCOMES = {
    "upheld": gettext_lazy("upheld"),
    "rejected": gettext_lazy("rejected"),
    "settled": gettext_lazy("settled"),
    "withdrawn": gettext_lazy("withdrawn"),
}


def order_facts(order_ids: Iterable[str]) -> dict[str, list[str]]:
    """Order -> its facts, oldest kind first."""
    ids = list(order_ids)
    orders = {row.order_id: row for row in Order.objects.filter(pk__in=ids)}
    shipped = {row.order_id: row for row in Shipment.objects.filter(pk__in=ids, retracted=False)}
    facts = {one: _promises(orders.get(one), shipped.get(one)) for one in ids}
    for model, words, at in (
        (Return, _return, "opened_at"),
        (Complaint, _complaint, "opened_at"),
        (Response, _answer, "answered_at"),
    ):
        for row in _rows(model, ids).order_by(at, "pk"):
            facts[row.order_id].append(words(row))
    return facts


def _rows(model: type[Model], ids: list[str]) -> QuerySet[Any]:
    return model._default_manager.filter(order_id__in=ids, retracted=False)


def _promises(order: Order | None, shipment: Shipment | None) -> list[str]:
    if order is None:
        return []
    lines = []
    if order.ship_by:
        done = {"by": moment(order.ship_by), "at": moment(shipment.shipped_at if shipment else None)}
        lines.append(_("to be dispatched by %(by)s, dispatched %(at)s") % done)
    if order.deliver_by:
        done = {"by": moment(order.deliver_by), "at": moment(shipment.delivered_at if shipment else None)}
        lines.append(_("to be delivered by %(by)s, delivered %(at)s") % done)
    if order.cancelled_at:
        lines.append(_("cancelled %(at)s by %(who)s") % {"at": moment(order.cancelled_at), "who": order.cancelled_by})
    return lines


def _coded(family: str, code: str | None) -> str:
    """A reason or category by the words of its symptom; one that has none as it was sent."""
    words = WHAT.get(f"{family}_{code}") or NOBODYS.get(code or "")
    return str(words) if words else code or "–"


def _return(row: Return) -> str:
    values = {
        "at": moment(row.opened_at),
        "reason": _coded("return", row.first_reason),
        "refunded": moment(row.refunded_at),
    }
    if row.closed_at and not row.refunded_at:
        return _("%(at)s %(reason)s; closed without a refund") % values
    return _("%(at)s %(reason)s; refunded %(refunded)s") % values


def _complaint(row: Complaint) -> str:
    values = {
        "at": moment(row.opened_at),
        "category": _coded("complaint", row.category),
        "outcome": OUTCOMES.get(row.outcome or "", row.outcome or "–"),
    }
    return _quoted(_("%(at)s %(category)s; outcome: %(outcome)s") % values, row.text)


def _answer(row: Response) -> str:
    given = [(label, getattr(row, name)) for name, label in _QUESTIONS.items()]
    scores = ", ".join(f"{label} {score}" for label, score in given if score is not None)
    values = {"at": moment(row.answered_at), "scores": scores or "–"}
    return _quoted(_("%(at)s answer: %(scores)s") % values, row.text)


def _quoted(fact: str, text: str | None) -> str:
    return _("%(fact)s: “%(text)s”") % {"fact": fact, "text": text[:TEXT]} if text else fact


def moment(instant: datetime | None) -> str:
    return date_format(localtime(instant), "Y-m-d H:i") if instant else "–"
