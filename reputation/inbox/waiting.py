"""What waits for a member to do something: complaints without an answer, and times that are nearly over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from reputation.base.time import day_start, market_day, now
from reputation.evidence.models import Complaint, Order
from reputation.governance.appeals.selectors import appeal_refused
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.models import Action
from reputation.inbox.kinds import Kind
from reputation.inbox.models import Listener, Message
from reputation.inbox.news import News, Subject
from reputation.intake.selectors import DAYS_TO_ANSWER, Waiting, complaints_waiting, waits
from reputation.subjects.models import LiveSession

AHEAD = timedelta(days=2)


def waiting(moment: datetime) -> list[News]:
    """Complaints that nobody has answered, and deadlines two days ahead, of all subjects that somebody listens for."""
    listening = set(Listener.objects.values_list("subject_kind", "subject_id").distinct())
    return [*_complaints(listening, moment), *_appeals(listening, moment)] if listening else []


def _complaints(listening: set[Subject], moment: datetime) -> list[News]:
    """Who may be meant is read for all at once; what it is, of those who are not told yet, as their own pages have it."""
    wanted: dict[Subject, set[str]] = defaultdict(set)
    told = _told(moment)
    for complaint_id, opened, subject in _perhaps(moment):
        key = (_deadline_key if _near(opened, moment) else _key)(subject, complaint_id)
        if subject in listening and key not in told:
            wanted[subject].add(complaint_id)
    return [
        _of_complaint(subject, row, moment)
        for subject, ids in wanted.items()
        for row in complaints_waiting(*subject)
        if row.id in ids
    ]


def _told(moment: datetime) -> set[str]:
    lately = moment - DAYS_TO_ANSWER - AHEAD
    rows = Message.objects.filter(kind__in=(Kind.COMPLAINT, Kind.DEADLINE), made_at__gt=lately)
    return set(rows.values_list("key", flat=True).distinct())


def _perhaps(moment: datetime) -> list[tuple[str, datetime, Subject]]:
    """Complaints that wait, each with everybody whom it names or whose order or live room it is about."""
    open_ones = Complaint.objects.filter(first_response_at=None, outcome=None, closed_at=None, retracted=False)
    columns = ("complaint_id", "opened_at", "order_id", "store_id", "anchor_id", "live_id")
    rows = list(open_ones.filter(opened_at__gt=moment - DAYS_TO_ANSWER).values_list(*columns))
    orders, lives = _orders(row[2] for row in rows), _lives(row[5] for row in rows)
    found = []
    for complaint_id, opened, order_id, store_id, anchor_id, live_id in rows:
        of_store, of_anchor = orders.get(order_id, (None, None))
        stores, anchors = {store_id, of_store}, {anchor_id, of_anchor, lives.get(live_id)}
        about = [*(("store", one) for one in stores if one), *(("anchor", one) for one in anchors if one)]
        found += [(complaint_id, opened, subject) for subject in about]
    return found


def _orders(ids: Iterable[str | None]) -> Mapping[str | None, tuple[str | None, str | None]]:
    rows = Order.objects.filter(pk__in={one for one in ids if one}).values_list("order_id", "store_id", "anchor_id")
    return {order_id: (store_id, anchor_id) for order_id, store_id, anchor_id in rows}


def _lives(ids: Iterable[str | None]) -> Mapping[str | None, str | None]:
    return dict(LiveSession.objects.filter(pk__in={one for one in ids if one}).values_list("live_id", "anchor_id"))


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


def _appeals(listening: set[Subject], moment: datetime) -> list[News]:
    """Measures that nobody has appealed against, and soon nobody can."""
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
