"""Items of the queue as its page shows them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from reputation.base.time import now
from reputation.console.desk_labels import ITEM_KINDS_MANY, sanction_label
from reputation.governance.desk.access import takeable
from reputation.governance.desk.selectors import Filters, Tally, soon
from reputation.governance.models import Action, PolicyVersion, SavedView, Skip, WorkItem
from reputation.governance.selectors import policy_of

_TEXT = 200  # characters of an appeal that a row shows


class Row(NamedTuple):
    item: WorkItem
    what: str  # in a sentence
    wish: str  # the sanction that it is about
    has_it: str  # mine, others or nobody
    skipped: bool
    takeable: bool  # theirs to decide
    choosable: bool  # for a decision on many


def rows(items: QuerySet[WorkItem], user: User) -> list[Row]:
    """Of one page of items. Its items are picked first and told about then: with all that a row reads, the database
    would join and count for the whole queue before it takes a page of it."""
    picked = list(items.values_list("pk", flat=True))
    found = {item.pk: item for item in _with_abouts(picked)}
    skipped = set(Skip.objects.filter(user=user, item__in=picked).values_list("item_id", flat=True))
    theirs = set(WorkItem.objects.filter(takeable(user), pk__in=picked).values_list("pk", flat=True))
    return [_row(found[pk], user, pk in skipped, pk in theirs) for pk in picked if pk in found]


def _with_abouts(picked: list[int]) -> QuerySet[WorkItem]:
    """With what a row says of each."""
    about = ("claimed_by", "flag__policy", "action__proposer", "appeal__action")
    lines = Count("objection__lines")
    items = WorkItem.objects.filter(pk__in=picked).select_related(*about).defer("flag__policy__text")
    return items.annotate(lines=lines, later=Q(due_at__gt=soon()))


def _row(item: WorkItem, user: User, skipped: bool, theirs: bool) -> Row:
    has_it = who_has(item, user)
    choosable = theirs and item.kind == WorkItem.Kind.FLAG and has_it != "others"
    return Row(item, what(item), wish(item), has_it, skipped, theirs, choosable)


class Tab(NamedTuple):
    """A shortcut to filters: a kind, or a view that somebody has saved."""

    name: str
    query: str
    here: bool
    count: int | None = None
    pk: int | None = None  # of a saved view


def tabs(filters: Filters, counts: Tally) -> list[Tab]:
    """Kinds, with how many are open of each. Whatever else is narrowed stays narrowed."""
    kinds = {"": (_("All"), counts.all)}
    kinds |= {kind: (str(label), counts.by_kind[kind]) for kind, label in ITEM_KINDS_MANY.items()}
    return [
        Tab(name, replace(filters, kind=kind).query(), filters.kind == kind, count)
        for kind, (name, count) in kinds.items()
    ]


def views(user: User, filters: Filters) -> list[Tab]:
    saved = SavedView.objects.filter(user=user).order_by("name")
    return [Tab(view.name, view.query, view.query == filters.query(), pk=view.pk) for view in saved]


def who_has(item: WorkItem, user: User) -> str:
    if item.claimed_until is None or item.claimed_until <= now():
        return "nobody"
    return "mine" if item.claimed_by_id == user.pk else "others"


def what(item: WorkItem) -> str:
    """What it is about, in a sentence."""
    if item.flag:
        return rule_reason(item.flag.policy, item.rule)
    if item.action:
        return _("Proposed by %(who)s; a second person decides.") % {"who": _proposer(item.action)}
    if item.appeal:
        return Truncator(" ".join(item.appeal.text.split())).chars(_TEXT)
    return ngettext("%(count)s incident is disputed.", "%(count)s incidents are disputed.", item.lines) % {
        "count": item.lines
    }


def _proposer(action: Action) -> str:
    return action.proposer.get_username() if action.proposer else action.proposed_by


def wish(item: WorkItem) -> str:
    """The sanction that is proposed or contested."""
    if item.flag:
        return sanction_label(item.flag.sanction)
    action = item.action or (item.appeal and item.appeal.action)
    return sanction_label(action.sanction) if action else ""


def rule_reason(version: PolicyVersion, rule: str) -> str:
    """What the policy says to the public; the bare name of the rule where this program cannot read that policy."""
    return reasons_of(version.pk, version.digest, get_language() or "en").get(rule, rule)


@lru_cache(maxsize=64)
def reasons_of(version: int, digest: str, language: str) -> dict[str, str]:
    """Rule -> its public reason; reading a whole policy for each row would take longer than all the rest."""
    try:
        policy = policy_of(PolicyVersion.objects.get(pk=version, digest=digest))
    except ValueError:
        return {}
    return {rule.id: rule.reason.get(language, rule.reason["en"]) for rule in policy.rules}
