"""A mail: plain text in the reader's language. It has no picture and no code in it, so nobody can tell when it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from reputation.inbox.kinds import LABELS, Kind
from reputation.inbox.models import Message, Reader
from reputation.inbox.stopping import stop_path
from reputation.inbox.words import Words, words

MOST_LINES = 50
LONGEST_SUBJECT = 120
# What ends a line, or turns the reading direction, has no place in a name that stands in a mail.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def letter(reader: Reader, messages: Sequence[Message]) -> EmailMessage:
    """`messages` of one mail: they share its number."""
    with override(reader.language):
        said = words(messages[:MOST_LINES])
        context = {
            "lines": [_line(one, reader) for one in said],
            "more": len(messages) - len(said),
            "list": _address(reverse("portal:notifications"), reader),
            "settings": _address(reverse("portal:notification_settings"), reader),
            "stops": _stops(reader, messages),
        }
        text = render_to_string("inbox/mail.txt", context)
        subject = _subject(said, len(messages))
    kinds = {message.kind for message in messages}
    stop = f"{settings.PUBLIC_URL}{stop_path(reader.pk, kinds)}"
    headers = {
        "Message-ID": f"<{messages[0].mail}@{_domain()}>",
        "Content-Language": reader.language,
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return EmailMessage(subject, text, to=[reader.user.email], headers=headers)


def _line(one: Words, reader: Reader) -> dict[str, str]:
    return {
        "subject": plain(one.subject),
        "headline": one.headline,
        "more": one.more,
        "address": _address(one.path, reader),
    }


def _subject(said: Sequence[Words], number: int) -> str:
    names = {one.subject for one in said}
    about = plain(said[0].subject) if len(names) == 1 else _("your stores and anchors")
    if number == 1:
        return _cut(f"{about}: {plain(said[0].headline)}")
    told = ngettext("%(count)s piece of news", "%(count)s pieces of news", number) % {"count": number}
    return _cut(f"{about}: {told}")


def plain(text: str) -> str:
    return _UNFIT.sub(" ", text).strip()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SUBJECT else f"{text[: LONGEST_SUBJECT - 1]}…"


def _stops(reader: Reader, messages: Sequence[Message]) -> list[tuple[str, str]]:
    kinds = [kind for kind in Kind.values if any(message.kind == kind for message in messages)]
    return [(str(LABELS[kind]), _address(stop_path(reader.pk, [kind]), reader)) for kind in kinds]


def _address(path: str, reader: Reader) -> str:
    """By our own name, in the language of the mail."""
    joint = "&" if "?" in path else "?"
    return f"{settings.PUBLIC_URL}{path}{joint}{urlencode({'lang': reader.language})}"


def _domain() -> str:
    """Of the sender, whose mails these numbers are unique among."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return domain or urlsplit(settings.PUBLIC_URL).hostname or "localhost"
