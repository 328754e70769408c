"""What members choose: how they want their news, and in which language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.time import now
from reputation.inbox.kinds import How, Kind, due
from reputation.inbox.models import Message, Preference, Reader
from reputation.inbox.news import Subject
from reputation.inbox.telling import Wishes

FOR_ALL = ("", "")


def language_seen(*, user: AbstractBaseUser, language: str) -> None:
    """Mails are written in the language in which somebody read the portal last."""
    Reader.objects.update_or_create(user=user, defaults={"language": language})


def news_seen(*, news: QuerySet[Message]) -> None:
    """`news`: all of a list, also what stands on its other pages."""
    news.filter(seen_at=None).update(seen_at=now())


@transaction.atomic
def preferences_set(*, user: User, wanted: Mapping[str, str], subject: Subject = FOR_ALL, by: str = "") -> None:
    """Choose for each kind how news come; "" of a subject's kind: as for all others. What waits follows the choice.

    Raises ValidationError for a kind or a way that there is not. Again changes nothing.
    """
    _check(wanted, subject)
    kind, subject_id = subject
    whose = {"user": user, "subject_kind": kind, "subject_id": subject_id}
    before = dict(Preference.objects.filter(**whose).values_list("kind", "how"))
    changed = {name: how for name, how in wanted.items() if before.get(name, "") != how}
    if not changed:
        return
    for name, how in changed.items():
        _keep(whose, name, how)
    _waiting_follow(user, changed)
    audit_append(
        actor=by or by_user(user), action="notifications.chosen", object_kind="user", object_id=user.get_username(),
        data={"subject": list(subject), "chosen": changed},
    )  # fmt: skip


@transaction.atomic
def mails_stop(*, user: User, kinds: Iterable[str]) -> None:
    """No more mails of these kinds, of any subject: what a link in a mail asks for."""
    names = sorted(kinds)
    Preference.objects.filter(user=user, kind__in=names).exclude(subject_kind="").delete()
    preferences_set(user=user, wanted=dict.fromkeys(names, How.OFF))


def _check(wanted: Mapping[str, str], subject: Subject) -> None:
    ways = [*How.values, *([""] if subject != FOR_ALL else [])]
    if set(wanted) - set(Kind.values) or set(wanted.values()) - set(ways):
        raise ValidationError(_("Choose one of the ways for each kind of news."))


def _keep(whose: Mapping[str, object], kind: str, how: str) -> None:
    if how:
        Preference.objects.update_or_create(**whose, kind=kind, defaults={"how": how})
    else:
        Preference.objects.filter(**whose, kind=kind).delete()


def _waiting_follow(user: User, kinds: Iterable[str]) -> None:
    """Messages that no mail has been tried for yet."""
    wishes, moment = Wishes([user.pk]), now()
    waiting = Message.objects.select_for_update().filter(user=user, kind__in=list(kinds), mail=None)
    for message in waiting.filter(state=Message.State.WAITING):
        how = wishes.how(user.pk, message.kind, (message.subject_kind, message.subject_id))
        message.state = Message.State.QUIET if how == How.OFF else Message.State.WAITING
        message.due_at = None if how == How.OFF else due(how, moment)
        message.save(update_fields=["state", "due_at"])
