"""A member's news, and how they want to hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reputation.inbox.kinds import HINTS, LABELS, WAYS, Kind
from reputation.inbox.selectors import chosen, messages_of
from reputation.inbox.services import FOR_ALL, news_seen, preferences_set
from reputation.inbox.words import Subject, words
from reputation.portal import selectors
from reputation.portal.access import filtered, members_only

PAGE = 20


@dataclass(frozen=True)
class Choice:
    """A kind of news, and the ways to hear of it: value, label, whether it is the one."""

    kind: str
    label: str
    hint: str
    ways: list[tuple[str, str, bool]]


@require_safe
@members_only
def listing(request: HttpRequest) -> HttpResponse:
    """Opened once, news are no longer unread; the page that opens them still says which were."""
    subject = filtered(request)
    found = messages_of(request.user, (subject.kind, subject.id) if subject else None)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [(one, one.message.seen_at is None) for one in words(page)]
    news_seen(news=found)
    return render(request, "portal/notifications.html", {"page": page, "rows": rows, "subject": subject})


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def settings(request: HttpRequest) -> HttpResponse:
    """For all of one's subjects, or for the one that `of` names (kind/id)."""
    subject = filtered(request)
    if request.method == "POST":
        return _saved(request, subject)
    context: dict[str, Any] = {
        "of": subject,
        "subject": subject,
        "choices": choices(request, subject),
        "subjects": [(one, _place((one.kind, one.id))) for one in selectors.subjects(request.user)],
        "language": get_language_info(request.LANGUAGE_CODE)["name_local"],
    }
    return render(request, "portal/notification_settings.html", context)


def _saved(request: HttpRequest, subject: selectors.Subject | None) -> HttpResponse:
    sent = {kind: request.POST[kind] for kind in Kind.values if kind in request.POST}
    pair = (subject.kind, subject.id) if subject else FOR_ALL
    try:
        preferences_set(user=request.user, wanted=sent, subject=pair)  # type: ignore[arg-type]
        messages.success(request, _("Saved."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(_place(pair))


def _place(subject: Subject) -> str:
    place = reverse("portal:notification_settings")
    return f"{place}?{urlencode({'of': '/'.join(subject)})}" if subject[0] else place


def choices(request: HttpRequest, subject: selectors.Subject | None) -> list[Choice]:
    for_all = chosen(request.user)
    own = chosen(request.user, (subject.kind, subject.id)) if subject else for_all
    return [_choice(kind, own.get(kind, ""), for_all[kind] if subject else "") for kind in Kind.values]


def _choice(kind: str, now: str, else_: str) -> Choice:
    """`else_`: what holds where nothing is chosen for this subject; "" where the choice is for all."""
    ways = [(str(how), str(label), now == how) for how, label in WAYS.items()]
    if else_:
        ways.insert(0, ("", _("as for all: %(how)s") % {"how": WAYS[else_]}, not now))
    return Choice(kind, str(LABELS[kind]), str(HINTS[kind]), ways)
