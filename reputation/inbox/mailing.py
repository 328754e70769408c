"""Mails of news: claimed for a while, sent, written down. At least once; a repeat has the same Message-ID.

A claim is a due date in the future, as of webhooks: a worker that dies leaves it to run out.
"""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from uuid import uuid4

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, QuerySet

from reputation.base.outbox.deliveries import wait
from reputation.base.time import now
from reputation.inbox.letters import letter
from reputation.inbox.models import Message, Reader
from reputation.inbox.selectors import of_members
from reputation.inbox.waiting import settled

logger = logging.getLogger(__name__)
State = Message.State
LEASE = timedelta(minutes=2)
BUDGET_SECONDS = 15.0  # the cluster has one worker, which others wait for
LONGEST_DUE = 100  # messages: more than other workers can hold at a time
STRIKES = 3  # failures in a row, after which the server is left alone until the next round
GIVE_UP = timedelta(hours=24)
KEPT = timedelta(days=90)
PRUNED_AT_ONCE = 5000
REFUSED = 500  # by the receiver's server, for good


class Went(Enum):
    """What came of a mail."""

    OUT = "out"
    NOT = "not"  # nothing was left to say, or it was refused for good, or cannot be written
    AWAY = "away"  # the server seems to be


@dataclass(frozen=True)
class Batch:
    """What goes to one person in one mail."""

    reader: Reader
    messages: list[Message]


def mails_send(*, seconds: float = BUDGET_SECONDS, backend: BaseEmailBackend | None = None) -> int:
    """Send what is due until nothing is, or the seconds are over; returns how many mails went out.

    Any number of processes may do this at once.
    """
    until, sent, strikes = time.monotonic() + seconds, 0, 0
    server = backend or get_connection()
    try:
        while time.monotonic() < until and strikes < STRIKES and (batch := claim()):
            went = _serve(batch, server)
            sent, strikes = sent + (went == Went.OUT), strikes + 1 if went == Went.AWAY else 0
    finally:
        server.close()
    return sent


def _serve(batch: Batch, server: BaseEmailBackend) -> Went:
    done = settled(batch.messages)
    wanted = [message for message in batch.messages if message.pk not in done]
    _mine(batch).filter(pk__in=done).update(state=State.QUIET, claim=None, due_at=None)
    if not wanted:
        return Went.NOT
    try:
        server.open()
        server.send_messages([letter(batch.reader, wanted)])
    except Exception as error:  # whatever it is, the mails of others go on
        server.close()
        _failed(batch, error)
        return Went.AWAY if isinstance(error, OSError) and not _refused(error) else Went.NOT
    _mine(batch).update(state=State.SENT, claim=None, due_at=None, sent_at=now(), error="")
    return Went.OUT


@transaction.atomic
def claim() -> Batch | None:
    """What is due to one person, whom nobody else serves until the lease runs out."""
    while (reader := _next_reader()) is not None:
        if batch := _open_to_mail(reader, _due(reader)):
            return _claimed(reader, batch)
    return None


def _next_reader() -> Reader | None:
    """Of those to whom something is due longest."""
    due = Message.objects.filter(state=State.WAITING, due_at__lte=now()).order_by("due_at")
    longest = set(due.values_list("user_id", flat=True)[:LONGEST_DUE])
    readers = Reader.objects.filter(pk__in=longest).select_related("user").order_by("pk")
    return readers.select_for_update(skip_locked=True, of=("self",)).first()


def _due(reader: Reader) -> list[Message]:
    """All of one mail. What was tried before goes as it was, alone: the same mail, with the same number."""
    rows = Message.objects.filter(user=reader.pk, state=State.WAITING, due_at__lte=now()).order_by("id")
    first = rows.order_by(F("mail").asc(nulls_last=True), "id").first()
    return list(rows.filter(mail=first.mail)) if first else []


def _open_to_mail(reader: Reader, messages: Sequence[Message]) -> list[Message]:
    """Whoever left hears nothing more, and whoever has no address or a closed account gets no mail."""
    pks = [message.pk for message in messages]
    may = reader.user.is_active and bool(reader.user.email)
    acting = set(of_members(Message.objects.filter(pk__in=pks)).values_list("pk", flat=True)) if may else set()
    Message.objects.filter(pk__in=set(pks) - acting).update(state=State.QUIET, due_at=None, claim=None)
    return [message for message in messages if message.pk in acting]


def _claimed(reader: Reader, batch: list[Message]) -> Batch:
    mark = {"claim": uuid4(), "due_at": now() + LEASE, "mail": batch[0].mail or uuid4()}
    Message.objects.filter(pk__in=[message.pk for message in batch]).update(**mark)
    for message in batch:
        message.claim, message.due_at, message.mail = mark["claim"], mark["due_at"], mark["mail"]
    return Batch(reader, batch)


def _mine(batch: Batch) -> QuerySet[Message]:
    """Where the claim has run out meanwhile, it is another's to say what came of it."""
    pks = [message.pk for message in batch.messages]
    return Message.objects.filter(pk__in=pks, claim=batch.messages[0].claim, state=State.WAITING)


def _failed(batch: Batch, error: Exception) -> None:
    logger.warning("a mail to user %s was not sent: %s", batch.reader.pk, type(error).__name__)
    moment, first = now(), batch.messages[0]
    began = first.first_failed_at or moment
    over = _refused(error) or moment >= began + GIVE_UP
    due_at = None if over else min(moment + wait(first.attempts + 1), began + GIVE_UP)
    said = f"{type(error).__name__}: {error}".replace("\0", "�")[:500]
    _mine(batch).update(
        state=State.DEAD if over else State.WAITING, claim=None, due_at=due_at, attempts=F("attempts") + 1,
        first_failed_at=began, error=said,
    )  # fmt: skip


def _refused(error: Exception) -> bool:
    """The receiver's own server said no, and would again."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= REFUSED for code, _text in error.recipients.values())


def messages_prune() -> int:
    """Drop news of 90 days ago; returns how many."""
    old = Message.objects.filter(made_at__lt=now() - KEPT).order_by("made_at").values_list("pk", flat=True)
    return Message.objects.filter(pk__in=list(old[:PRUNED_AT_ONCE])).delete()[0]
