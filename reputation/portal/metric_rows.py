"""The orders behind a metric as lines of a page or table: symptoms in words, whose doing, and what was made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.base.time import market_zone
from reputation.evidence.behind import CLEARED, Case, Sign, all_cases
from reputation.governance.appeals.units import FAMILY, REASON, WHAT
from reputation.portal.contested import APPEALED, Contested, contested
from reputation.ratings import explaining
from reputation.ratings.wording import exclusion_name, number_format
from scoring.metrics import BY_KEY

CHUNK = 500  # lines of a table that are put into words at a time
MOST_SUMMED = 1000  # cleared ones that the summary counts
# Symptoms that are nobody's incident, and so not among those that can be disputed.
OTHERS: dict[str, Promise] = {
    "platform_cancel": gettext_lazy("Cancelled by the platform"),
    "return_size": gettext_lazy("Returned: size"),
    "return_no_reason": gettext_lazy("Returned without a reason"),
    "return_other": gettext_lazy("Returned: another reason"),
}
WHOSE: dict[str, Promise] = {
    "store": gettext_lazy("the store"),
    "anchor": gettext_lazy("the anchor"),
    "carrier": gettext_lazy("the carrier"),
    "buyer": gettext_lazy("the buyer"),
    "platform": gettext_lazy("the platform"),
    "nobody": gettext_lazy("nobody in particular"),
}
CONTESTED: dict[str, Promise] = {
    "open": gettext_lazy("objection open"),
    "accepted": gettext_lazy("objection accepted"),
    "refused": gettext_lazy("objection refused"),
    "withdrawn": gettext_lazy("objection withdrawn"),
    APPEALED: gettext_lazy("disputed by an appeal"),
}


class Told(NamedTuple):
    """`whose` in words; `cleared`: why this one alone does not count, "" where it does."""

    words: str
    whose: str
    own: bool
    cleared: str


@dataclass(frozen=True)
class Row:
    """`status`: "counts", "cleared", "held" or "others"; `state`: the same in words; `ticks`: can be objected to."""

    case: Case
    family: str
    told: list[Told]
    also: list[str]
    waited: str
    status: str
    state: str
    contested: Contested | None
    contested_words: str
    ticks: bool


def rows(kind: str, subject_id: str, metric: str, cases: Sequence[Case]) -> list[Row]:
    said = contested(kind, subject_id, (case.unit for case in cases))
    return [_row(kind, metric, case, said.get(case.unit)) for case in cases]


def _row(kind: str, metric: str, case: Case, said: Contested | None) -> Row:
    status = _status(case)
    waited = explaining.value(BY_KEY[metric], case.minutes) if case.minutes is not None else ""
    return Row(
        case=case,
        family=str(FAMILY[case.family]),
        told=[_told(kind, sign) for sign in case.signs],
        also=[symptom(sign.what) for sign in case.others],
        waited=waited,
        status=status,
        state=_state(status, case),
        contested=said,
        contested_words=str(CONTESTED[said.state]) if said else "",
        ticks=case.disputable and not (said and (said.open or said.final)),
    )


def symptom(key: str) -> str:
    return str(WHAT.get(key) or OTHERS[key])


def _told(kind: str, sign: Sign) -> Told:
    return Told(symptom(sign.what), whose(kind, sign.liable), sign.own, str(REASON[sign.reason]) if sign.reason else "")


def whose(kind: str, liable: Sequence[str]) -> str:
    """Who answers for it, as one of them is told."""
    others = [str(WHOSE[party]) for party in liable if party != kind]
    if kind not in liable:
        return _(" and ").join(others)
    return _("you and %(others)s") % {"others": _(" and ").join(others)} if others else _("you")


def _status(case: Case) -> str:
    if case.counts:
        return "counts"
    return "held" if case.held else "cleared" if case.reason else "others"


def _state(status: str, case: Case) -> str:
    if status == "cleared":
        return _("Cleared: %(reason)s") % {"reason": REASON[case.reason]}
    return {"counts": _("Counts"), "held": _("Set aside after a check"), "others": _("Not your doing")}[status]


# --- above the list ------------------------------------------------------------------------------------------------


class Summed(NamedTuple):
    """Why so many do not count, in words."""

    lines: list[str]
    more: bool  # there are more than were counted


def cleared(kind: str, subject_id: str, metric: str) -> Summed:
    """What was cleared for the subject, by reason, most first."""
    found = list(islice(all_cases(kind, subject_id, metric, shown=CLEARED), MOST_SUMMED + 1))
    counts = Counter(_why(kind, case) for case in found[:MOST_SUMMED])
    return Summed([_summed(count, *why) for why, count in counts.most_common()], len(found) > MOST_SUMMED)


def _why(kind: str, case: Case) -> tuple[str, str]:
    """Status and, in words, reason or party."""
    status = _status(case)
    if status == "cleared":
        return status, exclusion_name(case.reason)
    parties = {party for sign in case.signs for party in sign.liable if party != kind}
    return status, _(" and ").join(str(WHOSE[party]) for party in WHOSE if party in parties and status == "others")


def _summed(count: int, status: str, why: str) -> str:
    values = {"count": number_format(count, 0), "why": why}
    if status == "cleared":
        return _("We cleared %(count)s for you: %(why)s.") % values
    if status == "held":
        return _("Set aside after a check: %(count)s.") % values
    return _("Not your doing: %(count)s (%(why)s).") % values


# --- as a table ----------------------------------------------------------------------------------------------------


def columns(metric: str) -> list[str]:
    """Heads of `lines`."""
    first = [_("Kind"), _("Number"), _("Day"), _("What went wrong"), _("Whose doing"), _("Counts"), _("Why not")]
    minutes = [_("Minutes")] if BY_KEY[metric].unit == "minutes" else []
    return [*first, *minutes, _("What else went wrong"), _("Objection"), _("Decided by")]


def lines(kind: str, subject_id: str, metric: str, cases: Iterable[Case]) -> Iterator[list[Any]]:
    """A line per case, in the words of the page."""
    left = iter(cases)
    while some := list(islice(left, CHUNK)):
        yield from (_line(metric, row) for row in rows(kind, subject_id, metric, some))


def _line(metric: str, row: Row) -> list[Any]:
    first = [
        row.family,
        row.case.key,
        row.case.at.astimezone(market_zone()).date().isoformat(),
        "; ".join(told.words for told in row.told),
        "; ".join(dict.fromkeys(told.whose for told in row.told)),
        _("yes") if row.case.counts else _("no"),
        "" if row.case.counts else row.state,
    ]
    minutes = [row.case.minutes] if BY_KEY[metric].unit == "minutes" else []
    due = row.contested.due.isoformat() if row.contested and row.contested.due else ""
    return [*first, *minutes, "; ".join(row.also), row.contested_words, due]
