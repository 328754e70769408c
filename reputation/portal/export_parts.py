"""The parts of an export, read for one subject. Staff are never named, nor is any buyer, viewer or complainant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from reputation.accounts.members import OWNER
from reputation.base.models import ApiKey, WebhookEndpoint
from reputation.evidence.models import Hold
from reputation.governance.appeals.units import subject_units, symptom
from reputation.governance.models import Action, Appeal, Attachment, Objection
from reputation.inbox.models import Preference
from reputation.intake.selectors import export_rows
from reputation.portal import answers, labels, selectors
from reputation.portal.contested import contested
from reputation.portal.selectors import Subject
from reputation.ratings.models import Publication, Rating
from reputation.subjects.models import Membership
from scoring.metrics import BY_KEY
from scoring.outcomes.rules import ANSWERS

STRIDE = 1000  # incidents that are read at a time

RATING_COLUMNS = (
    "night", "revision", "state", "basis", "stars", "expected", "low", "high", "all_causes", "orders_counted",
    "confirmed_defects", "percentile", "category",
)  # fmt: skip
_MORE = ("aspects", "excluded", "ledger", "withheld_for", "announced_stars", "name")
INCIDENT_COLUMNS = ("unit", "at", "known_on", "what", "counts", "set_aside", "held", "grave", "objection", "due_on")
ANSWER_COLUMNS = ("question", "by", "group", "answers", "against")


def _nights(subject: Subject) -> QuerySet[Rating]:
    """Every revision of every published night, oldest first."""
    rows = Rating.objects.filter(kind=subject.kind, subject_id=subject.id)
    return rows.filter(night__in=Publication.objects.values("night")).order_by("night", "revision")


def rating_rows(subject: Subject) -> Iterator[tuple[Any, ...]]:
    return _nights(subject).values_list(*RATING_COLUMNS).iterator(STRIDE)


def ratings(subject: Subject) -> Iterator[dict[str, Any]]:
    return _nights(subject).values(*RATING_COLUMNS, *_MORE).iterator(STRIDE)


def incident_rows(subject: Subject) -> Iterator[list[Any]]:
    """Latest first; of what buyers and viewers answered there are counts alone."""
    after = ""
    while True:
        page = subject_units(subject.kind, subject.id, after=after, size=STRIDE)
        said = contested(subject.kind, subject.id, [one.unit for one in page.units])
        for one in (told.incident for told in page.units):
            line = said.get(one.unit)
            what = "; ".join(symptom(key) for key in (*one.what, *one.aside))
            yield [
                one.unit, one.at, one.day, what, one.counts, one.reason, one.held, one.grave,
                line.state if line else "", line.due if line else None,
            ]  # fmt: skip
        if not (after := page.after):
            return


def answer_rows(subject: Subject) -> Iterator[list[Any]]:
    for key in sorted(key for key in ANSWERS if subject.kind in BY_KEY[key].subjects):
        found = answers.told(subject.kind, subject.id, key)
        for one in found.all:
            yield [key, found.by, one.name or answers.name(found, one), one.answers, one.against]


def findings(subject: Subject) -> Iterator[dict[str, Any]]:
    """As its page tells them: never how screening found it, never whom else it is about."""
    rows = list(Hold.objects.filter(subject_kind=subject.kind, subject_id=subject.id).order_by("id"))
    for held in selectors.held(subject.kind, subject.id, rows):
        hold = held.hold
        yield {
            "found": str(labels.PATTERNS.get(hold.pattern, hold.pattern)), "day": hold.day, "status": hold.status,
            "due_on": hold.due_on, "decided_at": hold.decided_at, "reason": hold.reason, "orders": held.orders,
            "others": held.others,
        }  # fmt: skip


def notices(subject: Subject) -> Iterator[dict[str, Any]]:
    """Measures that it was told of."""
    told = Action.objects.filter(kind=subject.kind, subject_id=subject.id, starts_at__isnull=False).order_by("id")
    for action in told.prefetch_related("notices"):
        yield {
            "id": action.pk, "sanction": action.sanction, "state": action.state, "reason": action.reason,
            "share": action.share, "item_ref": action.item_ref or None, "starts_at": action.starts_at,
            "ends_at": action.ends_at, "ended_at": action.ended_at,
            "statements": [
                {"about": one.about, "made_at": one.made_at, "read_at": one.read_at, "fields": one.fields}
                for one in sorted(action.notices.all(), key=lambda one: one.pk)
            ],
        }  # fmt: skip


def appeals(subject: Subject) -> Iterator[dict[str, Any]]:
    about = {"action__kind": subject.kind, "action__subject_id": subject.id}
    for one in Appeal.objects.filter(**about).order_by("id").select_related("filed_by").prefetch_related("files"):
        yield {
            "id": one.pk, "notice": one.action_id, "filed_by": one.filed_by.get_username(), "filed_at": one.filed_at,
            "text": one.text, "disputes": _named(one.units), "state": one.state, "due_on": one.due_on,
            "decided_at": one.decided_at, "reason": one.reason, "set_aside": [unit for unit in _named(one.excluded) if unit in one.units],
            "files": [_file_name(file) for file in one.files.all()],
        }  # fmt: skip


def objections(subject: Subject) -> Iterator[dict[str, Any]]:
    mine = Objection.objects.filter(kind=subject.kind, subject_id=subject.id).order_by("id")
    for one in mine.select_related("filed_by").prefetch_related("lines", "files"):
        yield {
            "id": one.pk, "filed_by": one.filed_by.get_username(), "filed_at": one.filed_at, "text": one.text,
            "state": one.state, "due_on": one.due_on, "decided_at": one.decided_at,
            "lines": [
                {"unit": line.unit, "ground": line.ground, "state": line.state, "reason": line.reason}
                for line in one.lines.all() if _named([line.unit])
            ],
            "files": [_file_name(file) for file in one.files.all()],
        }  # fmt: skip


def _named(units: Iterable[str]) -> list[str]:
    """A viewer's answer is never named."""
    return [unit for unit in units if not unit.startswith("v:")]


def complaints(subject: Subject) -> Iterator[dict[str, Any]]:
    return export_rows(subject.kind, subject.id)


def members(subject: Subject, by: User) -> Iterator[dict[str, Any]]:
    """As the page tells them: staff of the merchant see the owners and themselves."""
    rows = Membership.objects.filter(kind=subject.kind, subject_id=subject.id).select_related("user")
    if subject.role != OWNER:
        rows = rows.filter(Q(role=OWNER) | Q(user=by))
    for row in rows.order_by("role", "user__username"):
        yield {"name": row.user.get_username(), "role": row.role}


def settings_text(subject: Subject, by: User) -> Iterator[str]:
    about = {"subject_kind": subject.kind, "subject_id": subject.id}
    wanted = Preference.objects.filter(user=by, subject_kind__in=("", subject.kind), subject_id__in=("", subject.id))
    told: dict[str, Any] = {
        "notifications": list(wanted.order_by("id").values("subject_kind", "subject_id", "kind", "how"))
    }
    if subject.role == OWNER:
        told["keys"] = list(
            ApiKey.objects.filter(**about).order_by("id").values("name", "prefix", "scopes", "created_at", "revoked_at", "last_used_at")
        )  # fmt: skip
        hooks = WebhookEndpoint.objects.filter(**about).order_by("id")
        told["webhooks"] = list(hooks.values("url", "events", "active", "created_at"))
    yield DjangoJSONEncoder(ensure_ascii=False, indent=1).encode(told) + "\n"


def files(subject: Subject) -> Iterator[tuple[str, bytes]]:
    """What was sent with appeals and objections, one at a time; two of one name are told apart by their numbers."""
    appealed = {"appeal__action__kind": subject.kind, "appeal__action__subject_id": subject.id}
    objected = {"objection__kind": subject.kind, "objection__subject_id": subject.id}
    for about in (appealed, objected):
        rows: Iterable[Attachment] = Attachment.objects.filter(**about).order_by("id").iterator(1)
        yield from ((_file_name(row), bytes(row.content)) for row in rows)


def _file_name(file: Attachment) -> str:
    return f"{file.pk}-{file.name}"
