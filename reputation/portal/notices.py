"""The sanctions of a member's stores and anchors, as the subject itself may see them: never who decided, never notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from reputation.governance.appeals.selectors import answers_unread
from reputation.governance.models import Action, ActionState, Appeal, Notice
from reputation.governance.notices import FIELD_LABELS
from reputation.governance.publicity import in_language
from reputation.governance.sanctions import SANCTIONS
from reputation.portal.selectors import memberships

IN_FORCE = (ActionState.ACTIVE, ActionState.STAYED)


@dataclass(frozen=True)
class Line:
    """An action in a list. `unread`: statements of reasons and answers to appeals that nobody of the subject has opened
    yet; `answers`: those of them that are answers."""

    action: Action
    label: str
    reason: str
    unread: int
    appeal: str  # state of the latest, or nothing
    answers: list[Appeal]


@dataclass(frozen=True)
class Answer:
    """A decided appeal, and the measure that it was about in words."""

    appeal: Appeal
    label: str


@dataclass(frozen=True)
class Statement:
    """A statement of reasons: headings and texts, in the order of reading."""

    notice: Notice
    headline: str
    fields: list[tuple[str, str]]


def own(user: AbstractBaseUser) -> QuerySet[Action]:
    """Actions that subjects of this member were told of."""
    mine = Q(pk__in=[])
    for membership in memberships(user):
        mine |= Q(kind=membership.kind, subject_id=membership.subject_id)
    return Action.objects.filter(mine, starts_at__isnull=False)


def listed(user: AbstractBaseUser, shown: str = "", **subject: str) -> QuerySet[Action]:
    """Unread ones first, then those in force, the latest on top. `shown`: all of them, or "in_force", "unread",
    "open" (either); `subject`: kind, subject_id, all of the member's without it."""
    answers = Q(appeals__in=answers_unread())
    rows = (
        own(user)
        .filter(**subject)
        .annotate(
            unread=Count("notices", filter=Q(notices__read_at__isnull=True), distinct=True)
            + Count("appeals", filter=answers, distinct=True),
            standing=Case(When(state__in=IN_FORCE, then=Value(0)), default=Value(1), output_field=IntegerField()),
        )
    )
    if shown == "in_force":
        rows = rows.filter(state__in=IN_FORCE)
    if shown == "unread":
        rows = rows.filter(unread__gt=0)
    if shown == "open":
        rows = rows.filter(Q(unread__gt=0) | Q(state__in=IN_FORCE))
    return rows.order_by(Case(When(unread__gt=0, then=0), default=1), "standing", F("id").desc())


def lines(page: Sequence[Action]) -> list[Line]:
    """`page`: rows of `listed`."""
    appeals: dict[int, list[Appeal]] = {action.pk: [] for action in page}
    for appeal in Appeal.objects.filter(action__in=page).defer("text", "reason", "units").order_by("id"):
        appeals[appeal.action_id].append(appeal)
    return [_line(action, appeals[action.pk]) for action in page]


def _line(action: Action, appeals: list[Appeal]) -> Line:
    state = appeals[-1].state if appeals else ""
    answers = [appeal for appeal in appeals if appeal.answer_unread]
    return Line(action, label(action), in_language(action.reason), action.unread, state, answers)  # type: ignore[attr-defined]


def label(action: Action) -> str:
    return str(SANCTIONS[action.sanction].label)


def unread_by_subject(user: AbstractBaseUser) -> Counter[tuple[str, str]]:
    """Statements of reasons and answers to appeals that nobody has opened yet, by kind and id of the subject."""
    mine = own(user)
    unread = Notice.objects.filter(action__in=mine, read_at__isnull=True)
    found: Counter[tuple[str, str]] = Counter()
    for rows in (unread, answers_unread().filter(action__in=mine)):
        counts = rows.values_list("action__kind", "action__subject_id").annotate(Count("id")).order_by()
        found.update({(kind, subject_id): count for kind, subject_id, count in counts})
    return found


def answers(user: AbstractBaseUser, **subject: str) -> list[Answer]:
    """Answers to appeals that nobody of the subject has opened yet, the latest first. `subject`: kind, subject_id."""
    return [Answer(appeal, label(appeal.action)) for appeal in _answers(own(user).filter(**subject))]


def _answers(actions: QuerySet[Action]) -> QuerySet[Appeal]:
    return answers_unread().filter(action__in=actions).select_related("action").order_by("-decided_at", "-id")


def statements(action: Action) -> list[Statement]:
    """All of an action, the latest first."""
    return [_statement(notice) for notice in action.notices.order_by("-id")]


def _statement(notice: Notice) -> Statement:
    texts = _in_language(notice)
    fields = [(str(FIELD_LABELS[name]), texts[name]) for name in FIELD_LABELS if name != "headline" and texts.get(name)]
    return Statement(notice, texts.get("headline", ""), fields)


def _in_language(notice: Notice) -> dict[str, str]:
    """What is in two languages in the one at hand, field by field."""
    names = {name for texts in notice.fields.values() for name in texts}
    return {name: in_language({of: texts.get(name, "") for of, texts in notice.fields.items()}) for name in names}
