"""What a member reads of their news. Of a subject that they no longer act for there is nothing left to read."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, OuterRef, QuerySet

from reputation.inbox.kinds import USUAL, Kind
from reputation.inbox.models import Message, Preference
from reputation.inbox.news import Subject
from reputation.subjects.models import Membership


def of_members(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those of people who act for the subject now."""
    acting = Membership.objects.filter(
        user=OuterRef("user"), kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id")
    )
    return messages.filter(Exists(acting))


def messages_of(user: AbstractBaseUser, subject: Subject | None = None) -> QuerySet[Message]:
    """The latest first, of one subject or of all."""
    whose = {} if subject is None else {"subject_kind": subject[0], "subject_id": subject[1]}
    return of_members(Message.objects.filter(user=user, **whose)).order_by("-id")


def unseen_count(user: AbstractBaseUser) -> int:
    return messages_of(user).filter(seen_at=None).count()


def chosen(user: AbstractBaseUser, subject: Subject = ("", "")) -> dict[str, str]:
    """Kind -> how; of all subjects every kind, of one subject those that differ from the rest."""
    rows = Preference.objects.filter(user=user, subject_kind=subject[0], subject_id=subject[1])
    told = dict(rows.values_list("kind", "how"))
    return told if subject[0] else {kind: told.get(kind, str(USUAL[kind])) for kind in Kind.values}
