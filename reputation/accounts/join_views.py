"""Where the link of an invitation leads: to be accepted with one's account, or with a new one."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from reputation.accounts.forms import JoinForm
from reputation.accounts.invitations import (
    account_join,
    account_of,
    invitation_accept,
    invitation_found,
    invitation_state,
    inviter,
)
from reputation.accounts.members import subject_name
from reputation.accounts.models import Invitation
from reputation.accounts.second_factor import has_second_factor
from reputation.subjects.models import Membership

STATUS = {"open": 200, "accepted": 410, "revoked": 410, "expired": 410}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing: a mail program that follows links must not use one up."""
    invitation = invitation_found(token)
    if invitation is None:
        return render(request, "portal/join_closed.html", {"state": "unknown"}, status=404)
    state = invitation_state(invitation)
    if state != "open":
        return _closed(request, invitation, state)
    if request.method == "POST" and request.POST.get("deed") == "accept" and request.user.is_authenticated:
        return _accepted(request, invitation, token)
    form = JoinForm(request.POST if request.POST.get("deed") == "account" else None)
    if not request.user.is_authenticated and form.is_bound and form.is_valid() and _made(request, form, token):
        return redirect("joined")
    return render(request, "portal/join.html", _context(request, invitation, form))


def _context(request: HttpRequest, invitation: Invitation, form: JoinForm) -> dict[str, Any]:
    return {
        "invitation": invitation,
        "subject_name": subject_name(invitation.kind, invitation.subject_id),
        "by": inviter(invitation),
        "form": form,
        "known": account_of(invitation.mail),
    }


def _closed(request: HttpRequest, invitation: Invitation, state: str) -> HttpResponse:
    mine = request.user.is_authenticated and invitation.accepted_by_id == request.user.pk
    context = {"state": state, "mine": mine, "invitation": invitation, "by": inviter(invitation)}
    return render(request, "portal/join_closed.html", context, status=STATUS[state])


def _accepted(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    try:
        member = invitation_accept(token=token, user=request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("join", token)
    name = subject_name(member.kind, member.subject_id)
    messages.success(request, _("You act for %(name)s from now on.") % {"name": name})
    return redirect("portal:subject", member.kind, member.subject_id)


def _made(request: HttpRequest, form: JoinForm, token: str) -> bool:
    """Make the account and sign it in."""
    told = form.cleaned_data
    try:
        user = account_join(token=token, name=told["name"], password=told["password1"])
    except ValidationError as error:
        form.add_error(None, error)
        return False
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    record_authentication(request, user, method="password", username=user.get_username())
    return True


@never_cache
@login_required
@require_safe
def joined(request: HttpRequest) -> HttpResponse:
    """A new account's first page: a second factor is offered here."""
    latest = Membership.objects.filter(user=request.user).order_by("-pk").first()
    name = subject_name(latest.kind, latest.subject_id) if latest else ""
    context = {"membership": latest, "subject_name": name, "factor": has_second_factor(request)}
    return render(request, "portal/joined.html", context)
