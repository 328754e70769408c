"""What waits for a member to do something: complaints without an answer, and times that are nearly over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Min

from reputation.base.time import day_start, market_day, now
from reputation.evidence.models import Complaint, Order
from reputation.governance.appeals.selectors import appeal_refused
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.models import Action
from reputation.inbox.kinds import Kind
from reputation.inbox.models import Listener, Message
from reputation.inbox.news import News, Subject
from reputation.intake.selectors import DAYS_TO_ANSWER, SELECTION, Waiting, complaints_waiting, waits
from reputation.subjects.models import LiveSession

AHEAD = timedelta(days=2)
SUBJECTS_AT_ONCE = 100


def listened() -> dict[Subject, datetime]:
    """Subjects that somebody listens for, and since when."""
    rows = Listener.objects.values_list("subject_kind", "subject_id").annotate(first=Min("since"))
    return {(kind, subject_id): first for kind, subject_id, first in rows}


def complaints(listening: Mapping[Subject, datetime], moment: datetime) -> Iterator[list[News]]:
    """Complaints that nobody has answered, a few subjects at a time. Whom each is about is read for all at once; what is
    told, of those who are not told yet, is what their own pages have.

    Nothing may be looked at here that will never be told: it would come up again in every round.
    """
    wanted: dict[Subject, set[str]] = defaultdict(set)
    told = _told(moment)
    for complaint_id, opened, subject in _about(moment):
        near = _near(opened, moment)
        key = (_deadline_key if near else _key)(subject, complaint_id)
        if subject in listening and key not in told and (near or opened > listening[subject]):
            wanted[subject].add(complaint_id)
    for subjects in _batched(sorted(wanted)):
        yield [
            _of_complaint(subject, row, moment)
            for subject in subjects
            for row in complaints_waiting(*subject)
            if row.id in wanted[subject]
        ]


def _batched(subjects: Sequence[Subject]) -> Iterator[Sequence[Subject]]:
    return (subjects[at : at + SUBJECTS_AT_ONCE] for at in range(0, len(subjects), SUBJECTS_AT_ONCE))


def _told(moment: datetime) -> set[str]:
    lately = moment - DAYS_TO_ANSWER - AHEAD
    rows = Message.objects.filter(kind__in=(Kind.COMPLAINT, Kind.DEADLINE), made_at__gt=lately)
    return set(rows.values_list("key", flat=True).distinct())


def _about(moment: datetime) -> list[tuple[str, datetime, Subject]]:
    """Complaints that wait, each with everybody who has to answer it: the rule of intake.selectors.complaints_of, for
    all at once."""
    open_ones = Complaint.objects.filter(first_response_at=None, outcome=None, closed_at=None, retracted=False)
    columns = ("complaint_id", "opened_at", "category", "order_id", "store_id", "anchor_id", "live_id")
    rows = list(open_ones.filter(opened_at__gt=moment - DAYS_TO_ANSWER).values_list(*columns))
    orders, lives = _orders(row[3] for row in rows), _lives(row[6] for row in rows)
    found = []
    for complaint_id, opened, category, order_id, store_id, anchor_id, live_id in rows:
        of_store, of_anchor = orders.get(order_id, (None, None))
        stores = {store_id, of_store}
        anchors = {anchor_id, lives.get(live_id), of_anchor if category in SELECTION else None}
        about = [*(("store", one) for one in stores if one), *(("anchor", one) for one in anchors if one)]
        found += [(complaint_id, opened, subject) for subject in about]
    return found


def _orders(ids: Iterable[str | None]) -> Mapping[str | None, tuple[str | None, str | None]]:
    rows = Order.objects.filter(pk__in={one for one in ids if one}, retracted=False)
    columns = rows.values_list("order_id", "store_id", "anchor_id")
    return {order_id: (store_id, anchor_id) for order_id, store_id, anchor_id in columns}


def _lives(ids: Iterable[str | None]) -> Mapping[str | None, str | None]:
    rows = LiveSession.objects.filter(pk__in={one for one in ids if one}, retracted=False)
    return dict(rows.values_list("live_id", "anchor_id"))


def _of_complaint(subject: Subject, row: Waiting, moment: datetime) -> News:
    data = {"complaint": row.id, "category": row.category, "due": row.due.isoformat()}
    if _near(row.opened_at, moment):
        return News(_deadline_key(subject, row.id), Kind.DEADLINE, subject, data, None)
    return News(_key(subject, row.id), Kind.COMPLAINT, subject, data, row.opened_at)


def _near(opened: datetime, moment: datetime) -> bool:
    """Whether the time to answer is nearly over: then that is the news."""
    return opened + DAYS_TO_ANSWER <= moment + AHEAD


def _key(subject: Subject, complaint_id: str) -> str:
    return f"complaint:{':'.join(subject)}:{complaint_id}"


def _deadline_key(subject: Subject, complaint_id: str) -> str:
    return f"deadline:{_key(subject, complaint_id)}"


def appeals(listening: Collection[Subject], moment: datetime) -> list[News]:
    """Measures that nobody has appealed against, and two days on nobody can."""
    found = []
    for action in _begun_when_the_time_ends_soon(market_day(moment)):
        subject = (action.kind, action.subject_id)
        if subject in listening and not action.appeals.exists() and not appeal_refused(action):
            day = appeal_window_ends(action).isoformat()
            data = {"action": action.pk, "sanction": action.sanction, "due": day}
            found.append(News(f"deadline:action:{action.pk}", Kind.DEADLINE, subject, data, None))
    return found


def _begun_when_the_time_ends_soon(today: date) -> Iterable[Action]:
    """By the very rule that says when a time ends, without knowing how long it is."""
    sample = Action(starts_at=day_start(today))
    window = appeal_window_ends(sample) - today
    first, last = day_start(today - window), day_start(today + AHEAD - window + timedelta(days=1))
    return Action.objects.filter(starts_at__gte=first, starts_at__lt=last).order_by("pk")


def settled(messages: Iterable[Message]) -> set[int]:
    """Of these messages (by pk) those about something that no longer waits: done meanwhile, or too late."""
    rows = [row for row in messages if row.kind in (Kind.COMPLAINT, Kind.DEADLINE)]
    complaints = Complaint.objects.in_bulk({row.data["complaint"] for row in rows if "complaint" in row.data})
    actions = Action.objects.in_bulk({row.data["action"] for row in rows if "action" in row.data})
    open_ones = {pk for pk, complaint in complaints.items() if waits(complaint)}
    open_ones |= {pk for pk, action in actions.items() if not action.appeals.exists() and not appeal_refused(action)}
    about = {row.pk: row.data.get("complaint", row.data.get("action")) for row in rows}
    return {row.pk for row in rows if about[row.pk] not in open_ones or _over(row.data["due"])}


def _over(due: str) -> bool:
    """`due`: an instant, or a day that counts to its end."""
    if len(due) == len("2026-11-22"):
        return date.fromisoformat(due) < market_day(now())
    return datetime.fromisoformat(due) < now()
