"""Policies: which there are, what each says and would do tonight, and where it goes next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.base.audit import by_user
from reputation.base.time import market_day, now
from reputation.console.access import staff_only
from reputation.console.permitted import not_permitted
from reputation.console.policies.forms import MoveForm
from reputation.console.policies.shown import change, read, rules_shown
from reputation.governance.models import PREDECESSORS, PolicyNight, PolicyState, PolicyVersion, ShadowFlag
from reputation.governance.selectors import policy_announced, policy_live, policy_of
from reputation.governance.services import PolicyError, notice_days, policies_settle, policy_advance
from reputation.governance.wording import POLICY_STATES
from scoring.policy import Policy

PAGE = 30
NIGHTS = 60
_NEEDS = {"shadow": "edit_policy", "announced": "announce_policy", "retired": "announce_policy"}
_STEPS = ("draft", "shadow", "announced", "live", "retired")


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    today = market_day(now())
    policies_settle(today=today)
    versions = PolicyVersion.objects.order_by("-version").select_related("base").prefetch_related("moves")
    page = Paginator(versions, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(version, rules_of(version), list(version.moves.all())) for version in page],
        "live": policy_live(today),
        "announced": policy_announced(today),
        "states": POLICY_STATES,
    }
    return render(request, "console/policies/list.html", context)


@staff_only
def detail(request: HttpRequest, version: int) -> HttpResponse:
    policies_settle(today=market_day(now()))
    policy = get_object_or_404(PolicyVersion.objects.select_related("base"), version=version)
    if request.method == "POST":
        return _move(request, policy)
    known = read(policy)
    context = {
        "version": policy,
        "policy": known,
        "rules": rules_shown(known),
        "moves": policy.moves.all(),
        "steps": [(state, POLICY_STATES[state], state == policy.state) for state in _STEPS],
        "ways": _ways(request, policy),
        "change": change(policy, known),
        "announcing": _announcing(request, policy, known),
    }
    return render(request, "console/policies/policy.html", context)


@staff_only
def shadow(request: HttpRequest, version: int) -> HttpResponse:
    """What it would have flagged, night by night, and whom."""
    policy = get_object_or_404(PolicyVersion, version=version)
    nights = list(PolicyNight.objects.filter(policy=policy, mode="shadow").order_by("-night")[:NIGHTS])
    flags = ShadowFlag.objects.filter(policy=policy).order_by("ended_on", "-last_night", "kind", "subject_id")
    rule, over = request.GET.get("rule", ""), request.GET.get("state", "running")
    flags = flags.filter(rule=rule) if rule else flags
    flags = (
        flags if over == "all" else flags.filter(ended_on=None) if over == "running" else flags.exclude(ended_on=None)
    )
    page = Paginator(flags, 50).get_page(request.GET.get("page"))
    context = {
        "version": policy,
        "nights": _beside_live(nights),
        "chart": _shadow_chart(nights),
        "page": page,
        "flags": [(flag, _readings(flag)) for flag in page],
        "rule": rule,
        "state": over,
        "rule_ids": [one.id for one in known.rules] if (known := read(policy)) else [],
    }
    return render(request, "console/policies/shadow.html", context)


@staff_only
def download(request: HttpRequest, version: int) -> HttpResponse:
    policy = get_object_or_404(PolicyVersion, version=version)
    answer = HttpResponse(policy.text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{policy.name}-{policy.version}.yaml"'
    return answer


def rules_of(version: PolicyVersion) -> int:
    known = read(version)
    return len(known.rules) if known else 0


def _ways(request: HttpRequest, policy: PolicyVersion) -> list[tuple[str, bool]]:
    """States that it may be sent to now, and whether this reader may."""
    wanted = [state for state in ("shadow", "announced", "retired") if policy.state in PREDECESSORS[state]]
    return [(state, request.user.has_perm(f"governance.{_NEEDS[state]}")) for state in wanted]


def _announcing(request: HttpRequest, policy: PolicyVersion, known: Policy | None) -> dict[str, Any] | None:
    """Whom it touches, measured before anybody announces it."""
    if not request.user.has_perm("governance.announce_policy"):
        return None  # to measure is work
    if "announce" not in request.GET or policy.state != PolicyState.SHADOW or known is None:
        return None
    from datetime import timedelta

    from reputation.governance.trying import TrialError, night_ready, policy_touch

    live = PolicyVersion.objects.filter(state=PolicyState.LIVE).first()
    if not night_ready():
        from reputation.governance.detached import command_start

        command_start("policy", "prepare")
        return {"waiting": True}
    try:
        touch = policy_touch(known, policy_of(live) if live else None)
    except TrialError as error:
        return {"error": str(error)}
    days = notice_days(touch)
    return {"touch": touch, "days": days, "from": market_day(now()) + timedelta(days=days), "live": live}


def _move(request: HttpRequest, policy: PolicyVersion) -> HttpResponse:
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was done: the form was incomplete."))
        return redirect("console:policy", version=policy.version)
    to = form.cleaned_data["to"]
    if not request.user.has_perm(f"governance.{_NEEDS[to]}"):
        return not_permitted(request)
    if policy.state == to:
        messages.info(request, _("It is %(state)s already.") % {"state": POLICY_STATES[to]})
    else:
        _advance(request, policy, to, form.cleaned_data["note"])
    return redirect("console:policy", version=policy.version)


def _advance(request: HttpRequest, policy: PolicyVersion, to: str, note: str) -> None:
    from reputation.governance.trying import TrialError

    try:
        moved = policy_advance(
            version=policy.version, to=to, today=market_day(now()), by=by_user(request.user), note=note
        )
    except (PolicyError, TrialError) as error:
        messages.error(request, str(error))
        return
    said = {
        "shadow": _("It runs as a shadow from the next night on and flags nobody."),
        "announced": _("It is announced and counts from %(day)s on.") % {"day": moved.live_from},
        "retired": _("It is retired."),
    }
    messages.success(request, said[to])


def _beside_live(nights: list[PolicyNight]) -> list[tuple[PolicyNight, int | None]]:
    """Each night with how many the live policy flagged."""
    days = [night.night for night in nights]
    live = {one.night: one for one in PolicyNight.objects.filter(mode="live", night__in=days)}
    return [(night, _flagged(live[night.night]) if night.night in live else None) for night in nights]


def _flagged(night: PolicyNight) -> int:
    return int(night.figures.get("all", {}).get("flagged", 0))


def _shadow_chart(nights: list[PolicyNight]) -> Any:
    from reputation.console.policies.reports import chart

    pairs = sorted(_beside_live(nights), key=lambda pair: pair[0].night)
    series = [{"night": night.night, "flagged": _flagged(night), "flagged_by_live": live or 0} for night, live in pairs]
    return chart(series, any(live is not None for _night, live in pairs)) if len(series) > 1 else None


def _readings(flag: ShadowFlag) -> list[str]:
    from reputation.console.policies.previews import reading_words

    return [reading_words(reading) for reading in flag.readings]
