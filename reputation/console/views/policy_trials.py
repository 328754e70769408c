"""Backtests of a policy: begun here, worked out elsewhere, shown when done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.console.permitted import writes
from reputation.console.policies.forms import SpanForm
from reputation.console.policies.reports import report_shown
from reputation.governance.models import PolicyTrial, PolicyVersion
from reputation.governance.services import PolicyError
from reputation.governance.trials import UNDONE, trial_ask, trial_stop, trials_shown

REFRESH_SECONDS = 3


@writes("governance.edit_policy")
def backtest(request: HttpRequest, version: int) -> HttpResponse:
    policy = get_object_or_404(PolicyVersion, version=version)
    form = SpanForm(request.POST or None)
    if request.method == "POST" and request.POST.get("deed") == "stop":
        return _stop(request, policy)
    if request.method == "POST" and form.is_valid() and (begun := _begin(request, policy, form)):
        return begun
    trials = trials_shown(policy)
    under_way = next((one for one in trials if one.state in UNDONE), None)
    chosen = _chosen(request, trials)
    context = {
        "version": policy,
        "form": form,
        "trials": trials,
        "under_way": under_way,
        "percent": f"{100 * under_way.step / max(under_way.steps, 1):.1f}" if under_way else "",
        "refresh": REFRESH_SECONDS if under_way else 0,
        "trial": chosen,
        "report": report_shown(chosen.report) if chosen and chosen.report else None,
    }
    return render(request, "console/policies/backtest.html", context)


def _chosen(request: HttpRequest, trials: list[PolicyTrial]) -> PolicyTrial | None:
    """The one that was asked for, else the newest that is done."""
    asked = request.GET.get("trial", "")
    done = [one for one in trials if one.state == PolicyTrial.State.DONE]
    return next((one for one in done if str(one.pk) == asked), done[0] if done else None)


def _begin(request: HttpRequest, policy: PolicyVersion, form: SpanForm) -> HttpResponse | None:
    from reputation.governance.trying import TrialError

    try:
        trial_ask(version=policy.version, by=request.user, **form.cleaned_data)
    except (PolicyError, TrialError) as error:
        form.add_error(None, str(error))
        return None
    return redirect("console:policy_backtest", version=policy.version)


def _stop(request: HttpRequest, policy: PolicyVersion) -> HttpResponse:
    trial = policy.trials.filter(state__in=UNDONE).first()
    if trial is not None and trial_stop(trial=trial, by=request.user):
        messages.info(request, _("Stopped."))
    return redirect("console:policy_backtest", version=policy.version)
