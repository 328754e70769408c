"""Writing a policy rule by rule. Saving makes a new version; nothing else changes anything."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.base.audit import by_user
from reputation.base.time import market_day, now
from reputation.console.permitted import permitted
from reputation.console.policies.editing import (
    Desk,
    OpenRule,
    UneditableError,
    desk,
    differences,
    rule_opened,
    rule_sent,
)
from reputation.console.policies.forms import FileForm, HeadForm, NoteForm, TeamForm
from reputation.console.policies.posted import NoSuchPart
from reputation.console.policies.previews import TEAM, Tonight, tonight
from reputation.console.policies.rows import rule_page
from reputation.console.policies.shown import read, rules_shown
from reputation.governance.models import PolicyVersion
from reputation.governance.selectors import policy_live
from reputation.governance.services import PolicyError, PolicyOutdated, policy_save
from scoring.policy import Policy
from scoring.policy.form.sheet import head_written

_OF_RULE = ("add", "group", "remove", "use", "show", "keep")


@permitted("governance.edit_policy")
def new(request: HttpRequest) -> HttpResponse:
    """Where to begin: at the policy in force, at the one that ships, at a file, or with nothing."""
    if request.method == "POST" and "text" in request.POST:
        return _edited(request, None)
    head = HeadForm(request.POST or None, initial={"name": "policy"})
    if request.method == "POST" and head.is_valid():
        text = head_written(head.cleaned_data["name"], head.about())
        return overview(request, desk(text), None, newest_version())
    context = {"head": head, "live": policy_live(market_day(now())), "newest": newest_version()}
    return render(request, "console/policies/new.html", context)


@permitted("governance.edit_policy")
def edit(request: HttpRequest, version: int) -> HttpResponse:
    policy = get_object_or_404(PolicyVersion, version=version)
    if request.method == "POST":
        return _edited(request, policy)
    try:
        board = desk(policy.text)
    except UneditableError:
        messages.warning(request, _("The form cannot show this text; it can be mended as a file."))
        return redirect("console:policy_file", version=version)
    place = board.place_of(request.GET.get("rule", ""))
    if place is None:
        return overview(request, board, policy, newest_version())
    return _rule(request, board, policy, newest_version(), rule_opened(board, place))


def newest_version() -> int:
    """What a page knows of when it is opened."""
    last = PolicyVersion.objects.order_by("-version").values_list("version", flat=True).first()
    return last or 0


def _edited(request: HttpRequest, policy: PolicyVersion | None) -> HttpResponse:
    """What a button of the editor did. A page that was tampered with is refused."""
    post = request.POST
    newest = int(text) if (text := post.get("newest", "")).isdecimal() and len(text) < 9 else 0
    do, _colon, rest = post.get("deed", "").partition(":")
    try:
        board = desk(post.get("text", ""))
        if do in _OF_RULE:
            return _rule_deed(request, board, policy, newest, do)
        if do == "open":
            return _rule(request, board, policy, newest, rule_opened(board, int(rest)))
        if do == "new":
            place = len(board.sheet.rules)
            return _rule(request, board, policy, newest, rule_opened(board, place, rest))
        return _board_deed(request, board, policy, newest, do, rest)
    except UneditableError:
        return _as_file(request, policy, newest)
    except (NoSuchPart, ValueError, IndexError):
        return HttpResponseBadRequest(_("The page was changed on its way. Go back and try again."))


def _board_deed(
    request: HttpRequest, board: Desk, policy: PolicyVersion | None, newest: int, do: str, rest: str
) -> HttpResponse:
    if do == "drop":
        return overview(request, board.without(int(rest)), policy, newest)
    if do in ("up", "down"):
        return overview(request, board.moved(int(rest), -1 if do == "up" else 1), policy, newest)
    if do == "head":
        head = HeadForm(request.POST)
        if not head.is_valid():
            return overview(request, board, policy, newest, head=head)
        return overview(request, board.headed(head.cleaned_data["name"], head.about()), policy, newest)
    if do == "file":
        return _as_file(request, policy, newest)
    if do == "save":
        return _save(request, board, policy, newest)
    return overview(request, board, policy, newest)


def _rule_deed(request: HttpRequest, board: Desk, policy: PolicyVersion | None, newest: int, do: str) -> HttpResponse:
    place = int(request.POST.get("place", ""))
    if not 0 <= place <= len(board.sheet.rules):
        raise IndexError(place)
    opened = rule_sent(board, place, request.POST, request.POST["deed"])
    if do != "keep" or opened.checked.rule is None:
        return _rule(request, board, policy, newest, opened)
    return overview(request, board.with_rule(place, opened.form), policy, newest)


def overview(
    request: HttpRequest,
    board: Desk,
    policy: PolicyVersion | None,
    newest: int,
    head: HeadForm | None = None,
    outdated: dict[str, Any] | None = None,
) -> HttpResponse:
    context = _frame(board, policy, newest) | {
        "rules": rules_shown(board.policy),
        "head": head or HeadForm(initial=_head(board)),
        "note": NoteForm(request.POST if outdated else None),
        "outdated": outdated,
        "change": _against_base(board.policy, policy),
        "unsaved": policy is None or board.text != policy.text,
    }
    return render(request, "console/policies/edit.html", context)


def _rule(
    request: HttpRequest, board: Desk, policy: PolicyVersion | None, newest: int, opened: OpenRule
) -> HttpResponse:
    team, rule = _team(request), opened.checked.rule
    known, waiting = _tonight(rule)
    thresholds = known.thresholds(rule, team) if known and rule else ()
    context = _frame(board, policy, newest) | {
        "opened": opened,
        "form": opened.form,
        "page": rule_page(opened, thresholds),
        "team": team,
        "new": opened.place == len(board.sheet.rules),
        "count": known.count(rule) if known and rule else None,
        "selling": known.selling(rule.scope) if known and rule else None,
        "night": known.day if known else None,
        "waiting": waiting,
        "largest": known.largest(rule) if known and rule else (),
    }
    return render(request, "console/policies/rule.html", context)


def _tonight(rule: Any) -> tuple[Tonight | None, bool]:
    """What the rule reads of the night; whether that is still being summed up."""
    from reputation.governance.trying import TrialError, night_ready

    if rule is None:
        return None, False
    try:
        known = tonight(Policy("one", {}, (rule,)))
    except TrialError:
        return None, False
    return known, known is None and not night_ready()


def _frame(board: Desk, policy: PolicyVersion | None, newest: int) -> dict[str, Any]:
    return {"desk": board, "text": board.text, "version": policy, "newest": newest}


def _head(board: Desk) -> dict[str, str]:
    from scoring.policy.form.sheet import head_of

    name, about = head_of(board.sheet.head)
    return {"name": name, "about_en": about.get("en", ""), "about_zh": about.get("zh-hans", "")}


def _team(request: HttpRequest) -> int:
    """What the reader's team decides a day: as said here, or the last time."""
    form = TeamForm(request.POST)
    if form.is_valid() and form.cleaned_data["team"] is not None:
        request.session["policy_team"] = form.cleaned_data["team"]
    return int(request.session.get("policy_team", TEAM))


def _against_base(known: Policy | None, policy: PolicyVersion | None) -> dict[str, list[str]] | None:
    if known is None or policy is None:
        return None
    found = differences(read(policy), known)
    return found if any(found.values()) else None


def _save(request: HttpRequest, board: Desk, policy: PolicyVersion | None, newest: int) -> HttpResponse:
    note = NoteForm(request.POST)
    words = note.cleaned_data["note"] if note.is_valid() else ""
    try:
        saved = policy_save(
            content=board.text, today=market_day(now()), by=by_user(request.user), note=words,
            base=policy.version if policy else None, newest=newest,
        )  # fmt: skip
    except PolicyOutdated as error:
        outdated = {"newer": error.newer, "rules": differences(read(error.newer), board.policy or Policy("", {}, ()))}
        return overview(request, board, policy, error.newer.version, outdated=outdated)
    except PolicyError as error:
        messages.error(request, str(error))
        return overview(request, board, policy, newest)
    messages.success(request, _("Saved as version %(version)s.") % {"version": saved.version})
    return redirect("console:policy", version=saved.version)


def _as_file(request: HttpRequest, policy: PolicyVersion | None, newest: int) -> HttpResponse:
    from reputation.console.views.policy_files import file_page

    return file_page(request, FileForm(initial={"content": request.POST.get("text", "")}), policy, newest)
