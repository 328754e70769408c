"""News become messages: one for each member and thing, however often and wherever a round is cut short."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from reputation.base.models import OutboxEvent
from reputation.base.time import now
from reputation.inbox import news as happened
from reputation.inbox.kinds import USUAL, How, due
from reputation.inbox.models import Listener, Message, Preference, Round
from reputation.inbox.news import News, Subject
from reputation.inbox.nights import changes_emit, moved
from reputation.inbox.waiting import appeals, complaints, listened
from reputation.ratings.models import Pointer

EVENTS_AT_ONCE = 500
LOOKS_EVERY = timedelta(minutes=10)
AGAIN = timedelta(hours=1)  # looked through anew: what was written down before it was committed is not missed
REST_SECONDS = 15.0
JOINED_BEFORE = timedelta(minutes=1)  # a member of the last minute is one whom no round has seen yet
ROWS = 2000
# Those who act for somebody, and since when: a membership itself does not say.
_JOINED = """
INSERT INTO inbox_listener (user_id, subject_kind, subject_id, since)
SELECT m.user_id, m.kind, m.subject_id, %(since)s FROM subjects_membership m
WHERE NOT EXISTS (SELECT 1 FROM inbox_listener l
    WHERE l.user_id = m.user_id AND l.subject_kind = m.kind AND l.subject_id = m.subject_id)
ON CONFLICT DO NOTHING
"""
_LEFT = """
DELETE FROM inbox_listener l WHERE NOT EXISTS (SELECT 1 FROM subjects_membership m
    WHERE m.user_id = l.user_id AND m.kind = l.subject_kind AND m.subject_id = l.subject_id)
"""
_READERS = """
INSERT INTO inbox_reader (user_id, language)
SELECT DISTINCT l.user_id, %(language)s FROM inbox_listener l
WHERE NOT EXISTS (SELECT 1 FROM inbox_reader r WHERE r.user_id = l.user_id) ON CONFLICT DO NOTHING
"""


@transaction.atomic
def listeners_match(*, moment: datetime) -> int:
    """Make the listeners those who act for somebody now; returns how many came and went."""
    with connection.cursor() as cursor:
        cursor.execute(_JOINED, {"since": moment - JOINED_BEFORE})
        changed = cursor.rowcount
        cursor.execute(_LEFT)
        changed += cursor.rowcount
        cursor.execute(_READERS, {"language": settings.LANGUAGE_CODE})
    return changed


def events_tell() -> int:
    """Tell what the outbox has since the last round; returns how many messages were made."""
    told = 0
    while (made := _events_tell()) is not None:
        told += made
    return told


@transaction.atomic
def _events_tell() -> int | None:
    """A chunk of events; None where there are none left. Their numbers are in the order of commits, so none is missed."""
    at = _round()
    events = list(OutboxEvent.objects.filter(sequence__gt=at.sequence).order_by("sequence")[:EVENTS_AT_ONCE])
    if not events:
        return None
    at.sequence = events[-1].sequence
    at.save(update_fields=["sequence"])
    return tell(happened.of_events(events))


@transaction.atomic
def night_tell() -> int:
    """Tell what the night that is shown changed against the one that was told before."""
    at = _round()
    shown = Pointer.objects.filter(publication__isnull=False)
    night, published = shown.values_list("publication_id", "publication__published_at").first() or (None, None)
    if night is None or night == at.night:
        return 0
    before, at.night = at.night, night
    at.save(update_fields=["night"])
    if before is None or before > night:
        return 0
    told = tell(moved(night, before, published))
    changes_emit(night, before)
    return told


def rest_tell(*, moment: datetime, seconds: float = REST_SECONDS) -> int:
    """Tell what emits no event: looked through every few minutes. A great many complaints take several rounds."""
    until = time.monotonic() + seconds
    at = _first_round()
    if moment < at.looked_at + LOOKS_EVERY:
        return 0
    since, listening = at.looked_at - AGAIN, listened()
    told = tell([*happened.objections(since), *happened.holds(since), *appeals(listening, moment)])
    for chunk in complaints(listening, moment):
        told += tell(chunk)
        if time.monotonic() > until:
            return told
    Round.objects.filter(looked_at__lt=moment).update(looked_at=moment)
    return told


def _round() -> Round:
    """Locked until the transaction ends."""
    _first_round()
    return Round.objects.select_for_update().get(id=1)


def _first_round() -> Round:
    """It begins with what happens from now on."""
    if found := Round.objects.first():
        return found
    last = OutboxEvent.objects.aggregate(last=Max("sequence"))["last"] or 0
    night = Pointer.objects.values_list("publication_id", flat=True).first()
    beginning = {"sequence": last, "night": night, "looked_at": now() - LOOKS_EVERY}
    return Round.objects.get_or_create(id=1, defaults=beginning)[0]


@transaction.atomic
def tell(found: Sequence[News]) -> int:
    """A message for each member of each subject; one that is there stays as it is. Returns how many there were to be."""
    listening = _listening({one.subject for one in found})
    wishes = Wishes({user for members in listening.values() for user, _since in members})
    moment = now()
    rows = [
        _message(one, user, wishes.how(user, one.kind, one.subject), moment)
        for one in found
        for user, since in listening.get(one.subject, ())
        if one.at is None or one.at > since
    ]
    Message.objects.bulk_create(rows, batch_size=ROWS, ignore_conflicts=True)
    return len(rows)


def _listening(subjects: Collection[Subject]) -> Mapping[Subject, list[tuple[int, datetime]]]:
    found: dict[Subject, list[tuple[int, datetime]]] = defaultdict(list)
    for kind in {kind for kind, _id in subjects}:
        ids = [subject_id for of, subject_id in subjects if of == kind]
        rows = Listener.objects.filter(subject_kind=kind, subject_id__in=ids, user__is_active=True)
        for subject_id, user, since in rows.order_by("pk").values_list("subject_id", "user_id", "since"):
            found[kind, subject_id].append((user, since))
    return found


def _message(one: News, user: int, how: str, moment: datetime) -> Message:
    state = Message.State.QUIET if how == How.OFF else Message.State.WAITING
    kind, subject_id = one.subject
    return Message(
        user_id=user, key=one.key, kind=one.kind, subject_kind=kind, subject_id=subject_id, data=dict(one.data),
        made_at=moment, state=state, due_at=None if how == How.OFF else due(how, moment),
    )  # fmt: skip


class Wishes:
    """What these people want of each kind: of a subject, else of all, else what is usual."""

    def __init__(self, users: Iterable[int]) -> None:
        rows = Preference.objects.filter(user__in=list(users))
        columns = ("user_id", "kind", "subject_kind", "subject_id", "how")
        self.chosen = {row[:4]: row[4] for row in rows.values_list(*columns)}

    def how(self, user: int, kind: str, subject: Subject) -> str:
        for_all = self.chosen.get((user, kind, "", ""), USUAL[kind])
        return str(self.chosen.get((user, kind, *subject), for_all))
