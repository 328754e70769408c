"""Who acts for the subject: owners see and change that; who works for it sees whom to ask, and may leave."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reputation.accounts.invitations import (
    MOST_A_DAY,
    invitation_again,
    invitation_mail,
    invitation_make,
    invitation_revoke,
    invitation_state,
    invitations,
    inviter,
)
from reputation.accounts.members import OWNER, member_remove, member_role, members
from reputation.accounts.models import Invitation
from reputation.portal.access import OwnersOnly, members_only, subject_or_404
from reputation.portal.selectors import Subject


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def listing(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    subject = subject_or_404(request, kind, subject_id)
    if request.method == "POST":
        return _done(request, subject)
    people = members(kind, subject_id)
    context = {
        "subject": subject,
        "people": people,
        "owners": [one for one in people if one.role == OWNER and not one.closed],
        "invitations": [(one, invitation_state(one), inviter(one)) for one in invitations(kind, subject_id)],
        "most": MOST_A_DAY,
    }
    return render(request, "portal/members.html", context)


def _done(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Carry out what a form of the page asks for, and show the page anew."""
    deed = request.POST.get("deed", "")
    if subject.role != OWNER and deed != "leave":
        raise OwnersOnly(subject)
    try:
        _DEEDS.get(deed, _nothing)(request, subject)
    except PermissionDenied as refused:  # the right went away meanwhile
        raise OwnersOnly(subject) from refused
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    if deed == "leave" and not _still(request, subject):
        return redirect("home")
    return redirect("portal:members", subject.kind, subject.id)


def _still(request: HttpRequest, subject: Subject) -> bool:
    return any(one.id == request.user.pk for one in members(subject.kind, subject.id))


def _invite(request: HttpRequest, subject: Subject) -> None:
    told = {"mail": request.POST.get("mail", ""), "role": request.POST.get("role", "")}
    _mailed(request, *invitation_make(**subject.key, **told, by=_user(request)))


def _again(request: HttpRequest, subject: Subject) -> None:
    _mailed(request, *invitation_again(invitation=_invitation(request, subject), by=_user(request)))


def _mailed(request: HttpRequest, invitation: Invitation, token: str) -> None:
    mail = {"mail": invitation.mail}
    if invitation_mail(invitation, token):
        messages.success(request, _("The invitation is on its way to %(mail)s.") % mail)
    else:
        messages.warning(request, _("The mail to %(mail)s could not be sent. Send it again later.") % mail)


def _revoke(request: HttpRequest, subject: Subject) -> None:
    invitation_revoke(invitation=_invitation(request, subject), by=_user(request))
    messages.success(request, _("The invitation is taken back; its link opens nothing any more."))


def _role(request: HttpRequest, subject: Subject) -> None:
    role = request.POST.get("role", "")
    row = member_role(**subject.key, member=_number(request, "member"), role=role, by=_user(request))
    told = {"name": row.user.get_username()}
    words = _("%(name)s is an owner now.") if row.role == OWNER else _("%(name)s works for it now, and is no owner.")
    messages.success(request, words % told)


def _remove(request: HttpRequest, subject: Subject) -> None:
    made = request.POST.get("made") == "end"
    member_remove(**subject.key, member=_number(request, "member"), by=_user(request), made=made)
    words = (
        _("Removed: these pages are shut to that account now. Its keys are revoked and its webhooks paused.")
        if made
        else _("Removed: these pages are shut to that account now. Keys and webhooks that it made go on; see to them.")
    )
    messages.success(request, words)


def _leave(request: HttpRequest, subject: Subject) -> None:
    member_remove(**subject.key, member=request.user.pk or 0, by=_user(request))
    messages.success(request, _("You do not act for %(name)s any more.") % {"name": subject.name})


def _nothing(request: HttpRequest, subject: Subject) -> None:
    raise ValidationError(_("Nothing was asked for."))


_DEEDS: dict[str, Callable[[HttpRequest, Subject], None]] = {
    "invite": _invite,
    "again": _again,
    "revoke": _revoke,
    "role": _role,
    "remove": _remove,
    "leave": _leave,
}


def _invitation(request: HttpRequest, subject: Subject) -> Invitation:
    """Another subject's and one that does not exist are the same answer."""
    found = Invitation.objects.filter(**subject.key, pk=_number(request, "invitation")).first()
    if found is None:
        raise Http404
    return found


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (members_only has looked)
    return request.user
