import json
from typing import NamedTuple

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reputation.base.models import AuditEntry
from reputation.console.forms import Filters
from reputation.console.permitted import permitted

PAGE = 50
# Names of actions; one that is not here is shown as it is, and cannot be filtered by.
ACTIONS = {
    "hold.released": _("Held evidence released"),
    "hold.confirmed": _("Held evidence confirmed"),
    "rejected_row.resent": _("Rejected row sent again"),
    "api_key.created": _("API key made"),
    "api_key.revoked": _("API key revoked"),
    "model.put_back": _("Model put back"),
    "model.released": _("Model released to the gate"),
    "scale.announced": _("Scale announced"),
    "membership.granted": _("Membership granted"),
    "membership.changed": pgettext_lazy("audit", "Role of a member changed"),
    "membership.left": pgettext_lazy("audit", "Member left"),
    "membership.removed": pgettext_lazy("audit", "Member removed"),
    "invitation.made": pgettext_lazy("audit", "Member invited"),
    "invitation.renewed": pgettext_lazy("audit", "Invitation sent again"),
    "invitation.revoked": pgettext_lazy("audit", "Invitation taken back"),
    "invitation.accepted": pgettext_lazy("audit", "Invitation accepted"),
    "notifications.chosen": _("Choice of notifications"),
    "webhook.added": _("Webhook added"),
    "webhook.removed": _("Webhook removed"),
    "webhook.rotated": _("Second secret made"),
    "webhook.secret_retired": _("Older secret retired"),
    "webhook.disabled": _("Webhook paused"),
    "webhook.enabled": _("Webhook resumed"),
    "webhook.replayed": _("Dead letter replayed"),
    "action.held": pgettext_lazy("audit", "Sanction proposed, waits for a second person"),
    "action.started": pgettext_lazy("audit", "Sanction in force"),
    "action.agreed": pgettext_lazy("audit", "Sanction agreed to by a second person"),
    "action.refused": pgettext_lazy("audit", "Sanction refused by a second person"),
    "action.superseded": pgettext_lazy("audit", "Another sanction chosen by the second person"),
    "action.withdrawn": pgettext_lazy("audit", "Held sanction withdrawn"),
    "action.stayed": pgettext_lazy("audit", "Sanction put off"),
    "action.resumed": pgettext_lazy("audit", "Sanction resumed"),
    "action.lifted": pgettext_lazy("audit", "Sanction lifted"),
    "action.replaced": pgettext_lazy("audit", "Sanction replaced by another"),
    "action.expired": pgettext_lazy("audit", "Sanction expired"),
    "action.overturned": pgettext_lazy("audit", "Sanction overturned on appeal"),
    "action.acknowledged": pgettext_lazy("audit", "Sanction acknowledged by the platform"),
    "flag.dismissed": pgettext_lazy("audit", "Flag dismissed"),
    "flag.reopened": pgettext_lazy("audit", "Flag opened again"),
    "appeal.filed": pgettext_lazy("audit", "Appeal filed"),
    "appeal.withdrawn": pgettext_lazy("audit", "Appeal withdrawn"),
    "appeal.won": pgettext_lazy("audit", "Appeal won"),
    "appeal.lost": pgettext_lazy("audit", "Appeal lost"),
    "complaint.filed": pgettext_lazy("audit", "Complaint filed"),
    "complaint.written": pgettext_lazy("audit", "Complainant added to a complaint"),
    "complaint.withdrawn": pgettext_lazy("audit", "Complaint withdrawn"),
    "complaint.taken_up": pgettext_lazy("audit", "Complaint taken up"),
    "complaint.refused": pgettext_lazy("audit", "Complaint not taken up"),
    "complaint.answered": pgettext_lazy("audit", "Complaint answered"),
    "complaint.decided": pgettext_lazy("audit", "Complaint decided"),
    "objection.filed": pgettext_lazy("audit", "Objection filed"),
    "objection.withdrawn": pgettext_lazy("audit", "Objection withdrawn"),
    "objection.decided": pgettext_lazy("audit", "Objection decided"),
    "correction.done": pgettext_lazy("audit", "Past nights corrected"),
    "correction.retried": pgettext_lazy("audit", "Correction of past nights tried again"),
    "correction.failed": pgettext_lazy("audit", "Past nights not corrected"),
    "batch.decided": pgettext_lazy("audit", "Many items decided in one go"),
    "batch.undone": pgettext_lazy("audit", "Batch undone"),
    "note.written": pgettext_lazy("audit", "Note written"),
    "night.governed": pgettext_lazy("audit", "Night governed"),
    "platform.silent": pgettext_lazy("audit", "Sanctions not acknowledged in time"),
    "policy.draft": pgettext_lazy("audit", "Policy saved"),
    "policy.shadow": pgettext_lazy("audit", "Policy run as a shadow"),
    "policy.announced": pgettext_lazy("audit", "Policy announced"),
    "policy.live": pgettext_lazy("audit", "Policy in force"),
    "policy.retired": pgettext_lazy("audit", "Policy retired"),
    "policy.trial": pgettext_lazy("audit", "Backtest started"),
    "policy.trial_stop": pgettext_lazy("audit", "Backtest stopped"),
    "drift.cleared": pgettext_lazy("audit", "Jump looked at and cleared"),
    "staff.added": pgettext_lazy("audit", "Staff account added"),
    "staff.removed": pgettext_lazy("audit", "Staff account removed"),
    "staff.reset": pgettext_lazy("audit", "Staff account reset"),
    "subject.exported": pgettext_lazy("audit", "Data exported"),
    "second_factor.added": pgettext_lazy("audit", "Second factor added"),
    "second_factor.removed": pgettext_lazy("audit", "Second factor removed"),
    "second_factor.renewed": pgettext_lazy("audit", "Recovery codes renewed"),
}
_PAGES = {"hold": "console:hold", "rejected_row": "console:rejected_row", "model": "console:model",
          "webhook": "console:webhook", "action": "console:action", "policy": "console:policy"}  # fmt: skip


class Line(NamedTuple):
    entry: AuditEntry
    action: str
    link: str
    data: str


class AuditFilters(Filters):
    actor = forms.CharField(label=_("Who"), required=False, max_length=200)
    object = forms.CharField(label=_("Object"), required=False, max_length=200)
    action = forms.ChoiceField(label=_("Action"), required=False, choices=[("", _("All actions")), *ACTIONS.items()])


@permitted("base.view_auditentry")
def listing(request: HttpRequest) -> HttpResponse:
    filters = AuditFilters(request.GET)
    page = Paginator(_entries(**filters.wanted()), PAGE).get_page(request.GET.get("page"))
    context = {"filters": filters, "page": page, "lines": [_line(entry) for entry in page]}
    return render(request, "console/audit.html", context)


def _entries(*, actor: str, object: str, action: str) -> QuerySet[AuditEntry]:  # noqa: A002 (the form's field)
    """The newest first. An actor by any part of the name, an object by its whole number or name."""
    rows = AuditEntry.objects.order_by("-sequence")
    if actor:
        rows = rows.filter(actor__icontains=actor.strip())
    if object:
        rows = rows.filter(object_id=object.strip())
    return rows.filter(action=action) if action else rows


def _line(entry: AuditEntry) -> Line:
    return Line(
        entry,
        str(ACTIONS.get(entry.action, entry.action)),
        _page_of(entry),
        json.dumps(json.loads(entry.data), ensure_ascii=False, indent=1) if entry.data != "{}" else "",
    )


def _page_of(entry: AuditEntry) -> str:
    try:
        return reverse(_PAGES[entry.object_kind], args=[entry.object_id])
    except (KeyError, NoReverseMatch):
        return ""
