"""Open appeals and objections of a subject, and what its star would be were they accepted: by counting without them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reputation.base.time import market_day
from reputation.evidence.incidents import units_known
from reputation.evidence.setting_aside import reason_telling
from reputation.governance.models import Appeal, Objection, ObjectionLine
from reputation.governance.objections.services import REASONS
from reputation.portal.notices import label
from reputation.ratings.models import Publication
from reputation.ratings.selectors import Shown
from reputation.ratings.standings import Explainable
from scoring.metrics import SubjectKind
from scoring.outcomes.rules import LOGISTICS_ONLY

if TYPE_CHECKING:
    import pandas as pd

OTHER = "other"  # why evidence is set aside after an appeal is for who decides it to say


@dataclass(frozen=True)
class Case:
    """An appeal or objection that waits to be decided. `units`: what it disputes, each with the reason for which it would
    be set aside."""

    key: str
    title: str
    about: str
    units: Mapping[str, str]


def cases(kind: str, subject_id: str) -> list[Case]:
    """Open ones that dispute incidents, the oldest first. Other appeals are about a sanction, which no star knows."""
    appeals = Appeal.objects.filter(state=Appeal.State.OPEN, action__kind=kind, action__subject_id=subject_id)
    objections = Objection.objects.filter(state=Objection.State.OPEN, kind=kind, subject_id=subject_id)
    found = [_of_appeal(appeal) for appeal in appeals.select_related("action").order_by("id")]
    found += [_of_objection(one) for one in objections.prefetch_related("lines").order_by("id")]
    return [case for case in found if case.units]


def _of_appeal(appeal: Appeal) -> Case:
    title = _("Appeal of %(day)s: %(measure)s") % {
        "day": _day(market_day(appeal.filed_at)),
        "measure": label(appeal.action),
    }
    return Case(f"appeal-{appeal.pk}", title, _about(appeal.units, appeal.due_on), dict.fromkeys(appeal.units, OTHER))


def _of_objection(objection: Objection) -> Case:
    """Lines that were decided already are left out: what was accepted of them is out of the next night anyway."""
    units = {
        line.unit: REASONS.get(ObjectionLine.Ground(line.ground), OTHER)
        for line in objection.lines.all()
        if line.state == ObjectionLine.State.OPEN
    }
    title = _("Objection of %(day)s") % {"day": _day(market_day(objection.filed_at))}
    return Case(f"objection-{objection.pk}", title, _about(units, objection.due_on), units)


def _about(units: Collection[str], due_on: date) -> str:
    words = ngettext("%(count)s incident, decided by %(day)s", "%(count)s incidents, decided by %(day)s", len(units))
    return words % {"count": len(units), "day": _day(due_on)}


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def accepted(found: Explainable, shown: Shown, kind: SubjectKind, subject_id: str, won: Sequence[Case]) -> Explainable:
    """The subject with all that these cases dispute set aside, as tonight knows it."""
    units = {pair for case in won for pair in case.units.items()}
    if not units or shown.night is None:
        return found
    from scoring.explain.without import without

    gone = _gone(shown.night, shown.counter, kind, subject_id, tuple(sorted(units)))
    return replace(found, rated=without(found.rated, gone, shown.night))


@lru_cache(maxsize=128)  # while a slider moves the same question comes many times a second; a night counts once
def _gone(
    night: date, counter: int, kind: SubjectKind, subject_id: str, units: tuple[tuple[str, str], ...]
) -> pd.DataFrame:
    """`counter`: changes with every publication."""
    from reputation.evidence.frames import unit_frames
    from scoring.explain.without import counts_gone
    from scoring.outcomes import Horizon

    closed = Publication.objects.values_list("closed_through", flat=True).get(night=night)
    horizon = Horizon({name: date.fromisoformat(day) for name, day in closed.items() if day}, settings.MARKET_TIME_ZONE)
    reasons = _told_reasons(kind, subject_id, units)
    frames = unit_frames({unit for unit, _reason in reasons})
    # An answer stays where it is: what the star would gain without a single order would tell it.
    unanswered = replace(frames, responses=frames.responses.iloc[:0])
    return counts_gone(unanswered, reasons, horizon, kind, subject_id)


def _told_reasons(kind: str, subject_id: str, units: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """As setting aside does it: a storm that clears nothing of an order is another reason."""
    stormy = [unit for unit, reason in units if reason in LOGISTICS_ONLY]
    known = units_known(kind, subject_id, stormy) if stormy else {}
    return [(unit, reason_telling(kind, reason, known.get(unit))) for unit, reason in units]
