"""A piece of news in words, in the language at hand. Never a buyer's or a member of staff's name, for they are not in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from reputation.base.time import market_zone
from reputation.governance.publicity import in_language
from reputation.governance.sanctions import SANCTIONS
from reputation.inbox.kinds import Kind
from reputation.inbox.models import Message
from reputation.intake.words import category
from reputation.ratings.models import State
from reputation.ratings.wording import ledger_parts
from reputation.subjects.models import Anchor, Store, SubjectKind

Subject = tuple[str, str]
Said = tuple[str, str, str]  # headline, more, address
MOST_PARTS = 2  # of what moved a star; the page has all of them


@dataclass(frozen=True)
class Words:
    """`path` within the site: where there is more of it."""

    message: Message
    subject: str  # its name
    headline: str
    more: str
    path: str


def words(messages: Iterable[Message]) -> list[Words]:
    rows = list(messages)
    names = subject_names({(row.subject_kind, row.subject_id) for row in rows})
    return [Words(row, names[row.subject_kind, row.subject_id], *_SAYING[row.kind](row)) for row in rows]


def subject_names(subjects: Iterable[Subject]) -> dict[Subject, str]:
    """As they are called now; those without a name by their id."""
    wanted = set(subjects)
    found = {subject: subject[1] for subject in wanted}
    for kind, model in ((SubjectKind.STORE, Store), (SubjectKind.ANCHOR, Anchor)):
        ids = [subject_id for of, subject_id in wanted if of == kind]
        rows = model._default_manager.filter(pk__in=ids).exclude(name=None).exclude(name="")
        found |= {(str(kind), pk): name for pk, name in rows.values_list("pk", "name")}
    return found


def _notice(row: Message) -> Said:
    return in_language(row.data["headline"]), "", reverse("portal:notice", args=[row.data["action"]])


def _appeal(row: Message) -> Said:
    label = {"label": SANCTIONS[row.data["sanction"]].label}
    won = _("Your appeal against “%(label)s” is accepted.") % label
    lost = _("Your appeal against “%(label)s” is refused.") % label
    more = _("The answer gives the reasons.")
    return won if row.data["won"] else lost, more, reverse("portal:appeal", args=[row.data["appeal"]])


def _objection(row: Message) -> Said:
    counts = {"accepted": number_format(row.data["accepted"]), "refused": number_format(row.data["refused"])}
    headline = _("Your objection is decided: accepted %(accepted)s, refused %(refused)s.") % counts
    more = _("What is accepted counts against you no more from the next night on.") if row.data["accepted"] else ""
    return headline, more, reverse("portal:objection", args=[row.data["objection"]])


def _star(row: Message) -> Said:
    path = reverse("portal:subject", args=[row.subject_kind, row.subject_id])
    parts = [f"{by} {meaning}" for by, meaning in ledger_parts(row.data.get("ledger"))[:MOST_PARTS]]
    return _star_headline(row.data), "\n".join([_night(row.data["night"]), *parts]), path


def _star_headline(data: Mapping[str, Any]) -> str:
    before, after = data["before"], data["after"]
    if after is None:
        withheld = _("No stars are shown for now: findings about honest trade are being looked at.")
        return withheld if data["state"] == State.WITHHELD else _("No stars are shown: there are too few orders.")
    values = {"after": number_format(after, 1), "before": number_format(before or 0, 1)}
    if before is None:
        return _("Stars are shown: %(after)s.") % values
    up, down = _("Up from %(before)s to %(after)s stars."), _("Down from %(before)s to %(after)s stars.")
    return (up if after > before else down) % values


def _night(day: str) -> str:
    return _("Since the night of %(day)s.") % {"day": _day(date.fromisoformat(day))}


def _complaint(row: Message) -> Said:
    headline = _("A complaint waits for your answer: %(about)s.") % {"about": category(row.data["category"])}
    return headline, _by(row.data["due"]), _complaint_path(row)


def _complaint_path(row: Message) -> str:
    path = reverse("portal:complaint", args=[row.subject_kind, row.subject_id])
    return f"{path}?{urlencode({'complaint': row.data['complaint']})}"


def _by(due: str) -> str:
    moment = datetime.fromisoformat(due).astimezone(market_zone())
    return _("Answer by %(when)s.") % {"when": date_format(moment, "Y-m-d H:i")}


def _held(row: Message) -> Said:
    headline = _("Evidence about you is set aside and being looked at.")
    more = _("It counts neither for nor against you. Decided by %(day)s.") % {
        "day": _day(date.fromisoformat(row.data["due"]))
    }
    return headline, more, reverse("portal:held", args=[row.subject_kind, row.subject_id])


def _deadline(row: Message) -> Said:
    if "complaint" in row.data:
        return _("The time to answer a complaint is nearly over."), _by(row.data["due"]), _complaint_path(row)
    label = {"label": SANCTIONS[row.data["sanction"]].label}
    headline = _("The time to appeal against “%(label)s” is nearly over.") % label
    more = _("Appeal by the end of %(day)s.") % {"day": _day(date.fromisoformat(row.data["due"]))}
    return headline, more, reverse("portal:notice", args=[row.data["action"]])


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


_SAYING: dict[str, Callable[[Message], Said]] = {
    Kind.NOTICE: _notice,
    Kind.APPEAL: _appeal,
    Kind.OBJECTION: _objection,
    Kind.STAR: _star,
    Kind.COMPLAINT: _complaint,
    Kind.HELD: _held,
    Kind.DEADLINE: _deadline,
}
