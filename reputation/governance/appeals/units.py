"""The incidents that a subject may dispute, in words, with what was said against them so far.

What its members see of single orders and complaints comes through here, and without what buyers and viewers answered
(scoring.outcomes.rules.ANSWERS): who answered must not be known to whom it is about. Staff ask for that too.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reputation.evidence.incidents import PAGE, Incident, subject_incidents, units_known
from reputation.governance.models import Appeal, ObjectionLine

WHAT: dict[str, Promise] = {
    "late_dispatch": _("Dispatched late"),
    "late_delivery": _("Delivered late"),
    "merchant_cancel": _("Cancelled by the store"),
    "return_damaged": _("Returned: damaged"),
    "return_wrong_item": _("Returned: wrong item"),
    "return_missing": _("Returned: something missing"),
    "return_quality": _("Returned: bad quality"),
    "return_counterfeit": _("Returned: counterfeit"),
    "return_not_as_described": _("Returned: not as described"),
    "return_late": _("Returned: came late"),
    "slow_refund": _("Refunded late"),
    "refused_return": _("Refund refused"),
    "negative_answer": _("Bad score overall"),
    "described_low": _("Low score: as described"),
    "service_low": _("Low score: service"),
    "logistics_low": _("Low score: delivery"),
    "complaint_counterfeit": _("Complaint: counterfeit"),
    "complaint_safety": _("Complaint: safety"),
    "complaint_quality": _("Complaint: quality"),
    "complaint_delivery": _("Complaint: delivery"),
    "complaint_service": _("Complaint: service"),
    "complaint_other": _("Complaint: other"),
    "complaint_refund": _("Complaint: refund"),
    "complaint_false_advertising": _("Complaint: false advertising"),
    "complaint_brushing": _("Complaint: fake orders"),
    # Of complaints without an order, chats and viewers the metric alone is told.
    "complaint_product": _("Complaint about goods"),
    "complaint_logistics": _("Complaint about delivery"),
    "complaint_after_sales": _("Complaint about after-sales service"),
    "complaint_honesty": _("Complaint about honesty"),
    "false_promotion": _("A viewer says: false promises"),
    "hype": _("A viewer says: hype"),
    "slow_reply": _("Chat answered late"),
    "chat_low": _("Chat with a low score"),
    "chat_unresolved": _("Chat left unresolved"),
}
FAMILY = {"o": _("Order"), "c": _("Complaint"), "v": _("Live room"), "h": _("Chat")}
REASON = {
    "force_majeure": _("Force majeure"),
    "carrier_event": _("The carrier's doing"),
    "platform_fault": _("The platform's fault"),
    "attack": _("An attack on the subject"),
    "other": _("Another reason"),
}


def symptom(key: str) -> str:
    """A thing that can speak against a subject, in words."""
    return str(WHAT[key])


@dataclass(frozen=True)
class Disputable:
    """An incident with what the subject has said against it. `objection`: the state of the last line about it, "" if
    none; `appealed`: an open appeal disputes it."""

    incident: Incident
    objection: str
    appealed: bool

    @property
    def unit(self) -> str:
        return self.incident.unit

    @property
    def family(self) -> Promise:
        return FAMILY[self.incident.family]

    @property
    def what(self) -> list[str]:
        """What counts, or did before it was set aside."""
        return [str(WHAT[key]) for key in self.incident.what or self.incident.aside]

    @property
    def reason(self) -> str:
        """Why it counts no more; "" where it counts, or where it is held."""
        return str(REASON[self.incident.reason]) if self.incident.reason else ""

    @property
    def open(self) -> bool:
        """Whether an objection to it can be filed."""
        return self.incident.counts and self.objection != ObjectionLine.State.OPEN


@dataclass(frozen=True)
class Units:
    """A page; `after` continues the list, "" at its end."""

    units: list[Disputable]
    after: str


def subject_units(
    kind: str, subject_id: str, *, families: str = "", search: str = "", after: str = "", size: int = PAGE,
    answers: bool = False,
) -> Units:  # fmt: skip
    """Incidents of the subject, the latest first, set aside or not. `families`: letters of units (o order, c complaint,
    v viewer, h chat), all if empty; `search`: how the id of the order, complaint, live room or chat begins; `after`: of
    the page before; `answers`: for staff, with what buyers and viewers answered."""
    page = subject_incidents(
        kind, subject_id, families=families, search=search[:128], after=after, size=size, answers=answers
    )
    return Units(_disputables(kind, subject_id, page.incidents), page.after)


def units_told(kind: str, subject_id: str, units: list[str], *, answers: bool = False) -> list[Disputable]:
    """Of these units those that are incidents of the subject, in the order given: what an appeal disputes. `answers`:
    as above."""
    known = units_known(kind, subject_id, units, answers=answers)
    return _disputables(kind, subject_id, [known[unit] for unit in units if unit in known])


def _disputables(kind: str, subject_id: str, incidents: list[Incident]) -> list[Disputable]:
    names = [incident.unit for incident in incidents]
    lines = ObjectionLine.objects.filter(kind=kind, subject_id=subject_id, unit__in=names).order_by("id")
    last = dict(lines.values_list("unit", "state"))
    about = {"action__kind": kind, "action__subject_id": subject_id}
    disputed = Appeal.objects.filter(state=Appeal.State.OPEN, **about).values_list("units", flat=True)
    appealed = {unit for units in disputed for unit in units}
    return [Disputable(one, last.get(one.unit, ""), one.unit in appealed) for one in incidents]
