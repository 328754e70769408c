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

PAGE, NEWEST = 30, 6


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
    page = subject_units(found.kind, found.id, families=family, search=search.strip(), after=after, size=PAGE)
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
    """The latest incidents that count in one of these metrics; of any, where no metric is one of incidents."""
    page = subject_units(kind, subject_id, size=PAGE)
    fitting = [told for told in page.units if _metrics(told) & set(metrics)] or page.units
    shown = fitting[:NEWEST]
    evidence = unit_lines([told.unit for told in shown])
    return [_row(told, line) for told, line in zip(shown, evidence, strict=True)]


def _metrics(told: Disputable) -> set[str]:
    """Those in which an incident counts; a rule's symptom by its rule, of chats and voices the metric itself."""
    return {RULES[key].metric or "" if key in RULES else key for key in told.incident.what}


def _row(told: Disputable, evidence: UnitLine) -> Row:
    incident = told.incident
    return Row(told, evidence, [symptom(key) for key in incident.what], [symptom(key) for key in incident.aside])
