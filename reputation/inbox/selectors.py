"""What a member reads of their news. Of a subject that they no longer act for there is nothing left to read."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, OuterRef, QuerySet

from reputation.inbox.kinds import USUAL, Kind
from reputation.inbox.models import Message, Preference, Reader
from reputation.inbox.news import Subject
from reputation.subjects.models import Membership


def of_members(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those of people who act for the subject now."""
    acting = Membership.objects.filter(
        user=OuterRef("user"), kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id")
    )
    return messages.filter(Exists(acting))


def messages_of(user: AbstractBaseUser) -> QuerySet[Message]:
    """The latest first."""
    return of_members(Message.objects.filter(user=user)).order_by("-id")


def unseen_count(user: AbstractBaseUser) -> int:
    seen = seen_at(user)
    rows = messages_of(user)
    return (rows.filter(made_at__gt=seen) if seen else rows).count()


def seen_at(user: AbstractBaseUser) -> datetime | None:
    return Reader.objects.filter(user=user).values_list("seen_at", flat=True).first()


def chosen(user: AbstractBaseUser, subject: Subject = ("", "")) -> dict[str, str]:
    """Kind -> how; of all subjects every kind, of one subject those that differ from the rest."""
    rows = Preference.objects.filter(user=user, subject_kind=subject[0], subject_id=subject[1])
    told = dict(rows.values_list("kind", "how"))
    return told if subject[0] else {kind: told.get(kind, str(USUAL[kind])) for kind in Kind.values}
