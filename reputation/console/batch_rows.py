"""Batches in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reputation.console.desk_labels import SEVERITIES, TIERS, sanction_label
from reputation.governance.actions.selectors import state_word
from reputation.governance.desk.bulk import AS_PROPOSED, DISMISS, Decision, Preview
from reputation.governance.models import Action, Batch, WorkItem


class Part(NamedTuple):
    """How the chosen ones spread over the values of one thing."""

    label: str
    counts: list[tuple[str, int]]


def made_of(items: Sequence[WorkItem]) -> list[Part]:
    return [
        Part(_("Reach"), _spread(TIERS, Counter(item.tier for item in items))),
        Part(_("Severity"), _spread(SEVERITIES, Counter(item.severity for item in items))),
        Part(_("Rule"), Counter(item.rule for item in items).most_common()),
    ]


def effect(preview: Preview) -> list[Part]:
    """What would become of those that nothing stands against."""
    parts = [Part(_("Reach"), _spread(TIERS, preview.tiers)), Part(_("Rule"), Counter(preview.rules).most_common())]
    sanctions = [(sanction_label(key), count) for key, count in Counter(preview.sanctions).most_common()]
    return [Part(_("Sanction"), sanctions), *parts] if sanctions else parts


def _spread(labels: dict[str, str], counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(label), counts[key]) for key, label in labels.items() if counts.get(key)]


def says(decision: Decision) -> str:
    if decision.what == DISMISS:
        return _("Dismissed: %(reason)s") % {"reason": decision.reason}
    if decision.what == AS_PROPOSED:
        return _("Acted, each as its rule proposes")
    sentence = sanction_label(decision.what)
    if decision.share is not None:
        sentence += " · " + _("%(share)s %% of the reach left") % {"share": round(100 * decision.share)}
    if decision.days is None:
        return sentence + " · " + _("until it is lifted")
    return sentence + " · " + ngettext("%(count)s day", "%(count)s days", decision.days) % {"count": decision.days}


def says_of(batch: Batch) -> str:
    return says(Decision(**{key: value for key, value in batch.command.items() if key != "left"}))


class Row(NamedTuple):
    item: WorkItem
    what: str  # what became of it


def rows(batch: Batch, items: Iterable[WorkItem]) -> list[Row]:
    items = list(items)
    about = Action.objects.filter(batch=batch, flag__in=[item.flag_id for item in items]).order_by("pk")
    last = {action.flag_id: action for action in about}  # what a second person chose instead came later
    return [Row(item, _became(batch, item, last.get(item.flag_id))) for item in items]


def _became(batch: Batch, item: WorkItem, action: Action | None) -> str:
    if why := batch.command.get("left", {}).get(str(item.pk)):
        return _("left: %(why)s") % {"why": why}
    if item.batch_id == batch.pk:
        return f"{sanction_label(action.sanction)} · {state_word(action.state)}" if action else _("dismissed")
    if item.state == WorkItem.State.OPEN:
        return _("open again") if batch.undone_at else _("open")
    return _("decided by %(who)s") % {"who": item.closed_by} if item.closed_by else _("no longer open")
