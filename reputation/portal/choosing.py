"""Choosing incidents in a form over several pages: what is ticked stays ticked, whatever is searched for meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from reputation.evidence import words
from reputation.evidence.incidents import Incident, subject_incidents, units_known

PAGE = 20


@dataclass(frozen=True)
class Line:
    """An incident to tick. `note`: why it cannot count any more, if that is so."""

    incident: Incident
    title: str
    symptoms: str
    chosen: bool
    ground: str = ""


@dataclass(frozen=True)
class Choice:
    """`chosen` first, then what the search found; `after` continues the list."""

    chosen: list[Line]
    found: list[Line]
    search: str
    after: str


def choice(kind: str, subject_id: str, data: QueryDict) -> Choice:
    """What the form shows next. Units of somebody else, ticked by hand, are not there."""
    search, after = data.get("search", "").strip()[:200], data.get("after", "")
    grounds = {unit: data.get(f"ground:{unit}", "") for unit in data.getlist("unit")}
    known = units_known(kind, subject_id, grounds)
    page = subject_incidents(kind, subject_id, search=search, after=after, size=PAGE)
    chosen = [_line(known[unit], grounds) for unit in grounds if unit in known]
    found = [_line(one, {}) for one in page.incidents if one.unit not in known and one.counts]
    return Choice(chosen, found, search, page.after)


def _line(incident: Incident, grounds: Mapping[str, str]) -> Line:
    chosen = incident.unit in grounds
    return Line(incident, words.title(incident), words.symptoms(incident), chosen, grounds.get(incident.unit, ""))


def told(kind: str, subject_id: str, units: list[str]) -> list[Line]:
    """These units in words, in their order."""
    known = units_known(kind, subject_id, units)
    return [_line(known[unit], {}) for unit in units if unit in known]


def looks_on(request: HttpRequest) -> bool:
    """The button that searches or turns the page, not the one that sends."""
    return request.method == "POST" and request.POST.get("step") in ("search", "more")


def looked(data: QueryDict) -> QueryDict:
    """The form as the next page shows it: a search begins at its first page."""
    changed = data.copy()
    changed["after"] = data.get("next", "") if data.get("step") == "more" else ""
    return changed
