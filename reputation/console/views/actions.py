"""Sanctions: the list, one with all that happened to it, and imposing one by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from reputation.console.access import staff_only
from reputation.console.dossier.about import about
from reputation.console.forms import Filters
from reputation.console.items import readings
from reputation.console.items.flag import said
from reputation.console.items.page import ReasonForm
from reputation.console.items.wanted import WantedForm, by_hand, of_action, wanted_of
from reputation.console.permitted import not_permitted, permitted
from reputation.console.record_labels import FOUND_BY, GROUNDS
from reputation.governance.actions.selectors import STATE_WORDS, unacknowledged
from reputation.governance.actions.services import action_lift, action_propose, action_replace, action_withdraw
from reputation.governance.facts import measure_sentence
from reputation.governance.models import Action, ActionState, Notice
from reputation.governance.notices import FIELD_LABELS
from reputation.governance.sanctions import SANCTIONS

PAGE = 50
DECIDE, LIFT = "governance.decide_flag", "governance.lift_action"


class ActionFilters(Filters):
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False,
        choices=[("", gettext_lazy("Every state")), ("unconfirmed", gettext_lazy("not confirmed by the platform")),
                 *((key.value, label) for key, label in STATE_WORDS.items())],
    )  # fmt: skip
    sanction = forms.ChoiceField(
        label=gettext_lazy("Sanction"), required=False,
        choices=[("", gettext_lazy("Every sanction")), *((key, step.label) for key, step in SANCTIONS.items())],
    )  # fmt: skip
    subject = forms.CharField(label=gettext_lazy("Store or anchor"), required=False, max_length=200)


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    filters = ActionFilters(request.GET)
    page = Paginator(_found(**filters.wanted()), PAGE).get_page(request.GET.get("page"))
    context = {"filters": filters, "page": page, "unconfirmed": unacknowledged().count()}
    return render(request, "console/actions/listing.html", context)


def _found(state: str, sanction: str, subject: str) -> QuerySet[Action]:
    rows = unacknowledged() if state == "unconfirmed" else Action.objects.order_by("-id")
    if state and state != "unconfirmed":
        rows = rows.filter(state=state)
    if sanction:
        rows = rows.filter(sanction=sanction)
    return rows.filter(subject_id=subject.replace("\0", "").strip()) if subject else rows


@staff_only
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    action = get_object_or_404(Action.objects.select_related("policy", "proposer", "flag"), pk=pk)
    if request.method == "POST":
        return _sent(request, action)
    return _shown(request, action, {})


def _may(user: User, action: Action, deed: str) -> bool:
    """What is held may also be withdrawn by whoever proposed it."""
    if deed == "withdraw" and action.proposer_id == user.pk and user.has_perm(DECIDE):
        return True
    return user.has_perms([LIFT, DECIDE] if deed == "replace" else [LIFT])


def _allowed(user: User, action: Action) -> list[str]:
    """What this person may do to it now."""
    deeds = {ActionState.HELD: ["withdraw"], ActionState.ACTIVE: ["lift", "replace"], ActionState.STAYED: ["lift"]}
    return [deed for deed in deeds.get(ActionState(action.state), []) if _may(user, action, deed)]


def _sent(request: HttpRequest, action: Action) -> HttpResponse:
    name = request.POST.get("deed", "")
    if name not in _DEEDS or not _may(request.user, action, name):
        return not_permitted(request)
    make, do = _DEEDS[name]
    form = make(action, request.POST)
    if form.is_valid():
        try:
            told, shown = do(action, request.user, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, told)
            return redirect("console:action", pk=shown.pk)
    action.refresh_from_db()
    return _shown(request, action, {name: form})


def _shown(request: HttpRequest, action: Action, sent: dict[str, forms.Form]) -> HttpResponse:
    made = {name: _DEEDS[name][0](action, None) for name in _allowed(request.user, action)}
    rule = readings.rule_of(action.policy, action.rule)
    context = {
        "action": action,
        "forms": made | sent,
        "sent": next(iter(sent), ""),
        "about": about(action.kind, action.subject_id),
        "sentence": measure_sentence(action),
        "reason": action.reason.get(get_language() or "en", action.reason.get("en", "")),
        "ground": GROUNDS[action.ground],
        "found": FOUND_BY[action.found_by],
        "readings": readings.lines(action.facts.get("readings", [])),
        "condition": readings.rule_in_words(rule) if rule else "",
        "changes": action.changes.order_by("-sequence"),
        "notices": [_notice(notice) for notice in action.notices.select_related("read_by").order_by("-id")],
        "appeals": action.appeals.select_related("filed_by", "decided_by", "item").order_by("-id"),
        "before": action.replaces,
        "after": action.replaced_by.order_by("id"),
        "item": getattr(action, "item", None),
        "unconfirmed": action.told_sequence > action.acknowledged_sequence,
    }
    return render(request, "console/actions/detail.html", context)


def _notice(notice: Notice) -> tuple[Notice, list[tuple[Any, str]]]:
    """With its fields in the reader's language, in the order in which they are read."""
    told = notice.fields.get(get_language() or "en") or notice.fields.get("en", {})
    return notice, [(label, told.get(name, "")) for name, label in FIELD_LABELS.items()]


class ReplaceForm(WantedForm):
    """Another action in its place, with why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"] = ReasonForm(label=gettext_lazy("Why it is replaced")).fields["reason"]


def _reason_form(name: str, label: Any) -> Callable[[Action, Any], ReasonForm]:
    help_text = gettext_lazy("Staff alone read it; the subject is told what happened in the notice.")
    return lambda action, sent: ReasonForm(sent, prefix=name, label=label, help_text=help_text)


def _replace_form(action: Action, sent: Any) -> ReplaceForm:
    return ReplaceForm(sent, initial=of_action(action), kind=action.kind, cured=bool(action.rule), prefix="replace")


def _lift(action: Action, user: User, given: dict[str, Any]) -> tuple[str, Action]:
    return _("Lifted. The subject and the platform are told."), action_lift(
        action=action, by=user, note=given["reason"]
    )


def _withdraw(action: Action, user: User, given: dict[str, Any]) -> tuple[str, Action]:
    return _("Withdrawn. It never counted."), action_withdraw(action=action, by=user, note=given["reason"])


def _replace(action: Action, user: User, given: dict[str, Any]) -> tuple[str, Action]:
    made = action_replace(action=action, wanted=wanted_of(given), by=user, note=given["note"], request=given["request"])
    return said(made.state), made


_DEEDS: dict[str, tuple[Callable[[Action, Any], forms.Form], Callable[..., tuple[str, Action]]]] = {
    "lift": (_reason_form("lift", gettext_lazy("Why it is lifted")), _lift),
    "withdraw": (_reason_form("withdraw", gettext_lazy("Why it is withdrawn")), _withdraw),
    "replace": (_replace_form, _replace),
}


class ByHandForm(WantedForm):
    """Without a flag: also how it was found."""

    found_by = forms.ChoiceField(
        label=gettext_lazy("How it was found"),
        choices=[(key, FOUND_BY[key]) for key in (Action.Found.PERSON, Action.Found.NOTICE)],
    )


@permitted(DECIDE)
def by_hand_act(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    if (found := about(kind, subject_id)) is None:
        raise Http404
    form = ByHandForm(request.POST or None, initial=by_hand(kind), kind=kind)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            action = action_propose(
                kind=kind, subject_id=subject_id, wanted=wanted_of(given), by=request.user, request=given["request"],
                found_by=given["found_by"],
            )  # fmt: skip
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, said(action.state))
            return redirect("console:action", pk=action.pk)
    return render(request, "console/actions/by_hand.html", {"about": found, "form": form})
