"""The portal's frame: whose pages these are, where one can go from here, and the same page of another subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reputation.inbox.selectors import unseen_count
from reputation.portal import notices, selectors
from reputation.portal.access import LAST
from reputation.portal.selectors import Subject
from reputation.subjects.models import Membership

MOST_SWITCHED = 8  # subjects in the switch; all of them are on the first page
ANCHORS_ONLY = frozenset({"next_stream"})


@dataclass(frozen=True)
class Entry:
    """A page of the navigation by the name of its address. `belongs`: other pages that are part of it."""

    name: str
    label: Promise
    belongs: frozenset[str] = frozenset()
    takes: str = "subject"  # what its address names: the subject; "kind", its kind alone; "of", a filter; "", nothing
    owners: bool = False  # shown to owners alone


def _entry(name: str, label: Promise, *belongs: str, takes: str = "subject", owners: bool = False) -> Entry:
    return Entry(name, label, frozenset({name, *belongs}), takes, owners)


GROUPS: tuple[tuple[Promise, tuple[Entry, ...]], ...] = (
    (
        _("Rating"),
        (
            _entry("subject", _("Overview")),
            _entry("why", _("Why")),
            _entry("metrics", _("Metrics"), "metric"),
            _entry("simulator", _("Simulator")),
            _entry("next_stream", _("Next stream")),
            _entry("what_counts", _("What counts"), takes="kind"),
        ),
    ),
    (
        _("Cases"),
        (
            _entry("notices", _("Notices"), "notice", "appeal_new", "appeal", takes="of"),
            _entry("objections", _("Objections"), "objection", "objection_new", takes="of"),
            _entry("complaints", _("Complaints"), "complaint"),
            _entry("held", _("Evidence set aside")),
        ),
    ),
    (
        _("Settings"),
        (
            _entry("members", _("Members")),
            _entry("api_keys", _("Keys and webhooks"), "webhooks", "webhook", owners=True),
            _entry("notifications", _("Notifications"), "notification_settings", takes="of"),
            _entry("export", _("Your data")),
        ),
    ),
)
ENTRIES = {entry.name: entry for _label, entries in GROUPS for entry in entries}


@dataclass(frozen=True)
class Link:
    label: str
    address: str
    current: bool
    count: int = 0  # of what is unread there


@dataclass(frozen=True)
class Switch:
    subject: Subject
    address: str
    unread: int


@dataclass(frozen=True)
class Frame:
    """`others`: some of the member's other subjects; `more`: how many there are beside them; `unread`: of all others."""

    subject: Subject
    here: str  # the page's name in the navigation; "" for one that is not in it
    groups: list[tuple[str, list[Link]]]
    waiting: int  # unread on its pages
    others: list[Switch]
    more: int
    unread: int


def frame(request: HttpRequest, about: Subject | None) -> Frame | None:
    """`about`: whose page this is; where it is nobody's own, the subject that was open last. None for a stranger."""
    rows = selectors.memberships(request.user)
    subject = about or _last(request, rows)
    if subject is None:
        return None
    rest = rows.exclude(kind=subject.kind, subject_id=subject.id)
    unread = notices.unread_by_subject(request.user)
    others = [_switch(request, one, unread) for one in selectors.rated(rest[:MOST_SWITCHED])]
    more = rest.count() - len(others) if len(others) == MOST_SWITCHED else 0
    counts = {
        "notices": unread[subject.place],
        "notifications": unseen_count(request.user),
    }
    links = [(str(label), _links(request, entries, subject, counts)) for label, entries in GROUPS]
    here = next((link.label for _label, group in links for link in group if link.current), "")
    return Frame(subject, here, links, sum(counts.values()), others, more, unread.total() - unread[subject.place])


def _switch(request: HttpRequest, other: Subject, unread: Counter[tuple[str, str]]) -> Switch:
    return Switch(other, elsewhere(request, other), unread[other.place])


def _last(request: HttpRequest, rows: QuerySet[Membership]) -> Subject | None:
    kind, subject_id = request.session.get(LAST) or ("", "")
    return selectors.subject(request.user, kind, subject_id) or next(iter(selectors.rated(rows[:1])), None)


def _links(request: HttpRequest, entries: tuple[Entry, ...], subject: Subject, counts: Mapping[str, int]) -> list[Link]:
    name = request.resolver_match.url_name if request.resolver_match else ""
    shown = [one for one in entries if _for(one, subject)]
    return [Link(str(one.label), address(one, subject), name in one.belongs, counts.get(one.name, 0)) for one in shown]


def _for(entry: Entry, subject: Subject) -> bool:
    return (subject.kind == "anchor" or entry.name not in ANCHORS_ONLY) and (
        subject.role == "owner" or not entry.owners
    )


def address(entry: Entry, subject: Subject) -> str:
    if entry.takes == "subject":
        return reverse(f"portal:{entry.name}", args=[subject.kind, subject.id])
    if entry.takes == "kind":
        return reverse(f"portal:{entry.name}", args=[subject.kind])
    place = reverse(f"portal:{entry.name}")
    return f"{place}?{urlencode({'of': f'{subject.kind}/{subject.id}'})}" if entry.takes == "of" else place


def elsewhere(request: HttpRequest, other: Subject) -> str:
    """The page at hand for another subject; its overview where that has no such page."""
    match = request.resolver_match
    name, given = (match.url_name or "", dict(match.kwargs)) if match else ("", {})
    entry = next((one for one in ENTRIES.values() if name in one.belongs), ENTRIES["subject"])
    missing = other.kind != "anchor" and entry.name in ANCHORS_ONLY
    if missing or entry.takes == "":
        entry = ENTRIES["subject"]
    if name == "metric" and given.get("kind") == other.kind:
        return reverse("portal:metric", kwargs=given | {"subject_id": other.id})
    return address(entry, other)
