"""The part "Incidents": what speaks against the subject, with the evidence behind each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from django.http import QueryDict

from reputation.console.dossier.about import About
from reputation.console.dossier.units import UnitLine, unit_lines
from reputation.console.labels import UNITS
from reputation.evidence.incidents import FAMILIES
from reputation.governance.appeals.units import Disputable, subject_units, symptom
from scoring.outcomes.rules import RULES
from scoring.reported import PER_CONVERSATION, PER_VIEWER

PAGE, NEWEST = 30, 6
GRAVE = "grave"
OF_INCIDENTS = {rule.metric for rule in RULES.values()} | PER_CONVERSATION | PER_VIEWER


class Row(NamedTuple):
    """`what` counts against the subject; `aside` does not any more."""

    told: Disputable
    evidence: UnitLine
    what: list[str]
    aside: list[str]


def context(found: About, asked: QueryDict) -> dict[str, Any]:
    """`asked`: family (a letter of units), search (how an id begins), after (where the page before ended)."""
    family, search, after = (asked.get(name, "").replace("\0", "") for name in ("family", "search", "after"))
    family = family if family and family in FAMILIES[found.kind] else ""
    page = subject_units(
        found.kind, found.id, families=family, search=search.strip(), after=after, size=PAGE, answers=True
    )
    evidence = unit_lines([told.unit for told in page.units])
    further = QueryDict(mutable=True)
    further.update({"part": "incidents", "family": family, "search": search, "after": page.after})
    return {
        "rows": [_row(told, line) for told, line in zip(page.units, evidence, strict=True)],
        "family": family,
        "families": [("", ""), *((letter, UNITS[letter]) for letter in FAMILIES[found.kind])],
        "search": search,
        "begun": bool(after),
        "further": further.urlencode() if page.after else "",
    }


def newest_query(metrics: Collection[str]) -> str:
    """By which a page asks for the piece below. Working incidents out takes longer than all the rest of a page, so it
    comes after it."""
    asked = QueryDict(mutable=True)
    asked["piece"] = "newest"
    asked.setlist("metric", sorted(metrics))
    return asked.urlencode()


def newest(kind: str, subject_id: str, metrics: Collection[str]) -> list[Row]:
    """The latest incidents of those that a rule over these metrics is about; see `fits`."""
    page = subject_units(kind, subject_id, size=PAGE, answers=True)
    shown = [told for told in page.units if fits(told, set(metrics))][:NEWEST]
    evidence = unit_lines([told.unit for told in shown])
    return [_row(told, line) for told, line in zip(shown, evidence, strict=True)]


def fits(told: Disputable, metrics: set[str]) -> bool:
    """Whether an incident is of the kind that a rule over these metrics reads: grave ones alone where it reads those,
    and any where it reads none that is of single incidents, as of all defects or of the star."""
    if GRAVE in metrics:
        return told.incident.grave
    return bool(_metrics(told) & metrics) or not metrics & OF_INCIDENTS


def _metrics(told: Disputable) -> set[str]:
    """Those in which an incident counts; a rule's symptom by its rule, of chats and voices the metric itself."""
    return {RULES[key].metric or "" if key in RULES else key for key in told.incident.what}


def _row(told: Disputable, evidence: UnitLine) -> Row:
    incident = told.incident
    return Row(told, evidence, [symptom(key) for key in incident.what], [symptom(key) for key in incident.aside])
