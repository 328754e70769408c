"""Choosing incidents in a form over several pages: what is ticked stays ticked, whatever is searched for meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from reputation.governance.appeals.units import Disputable, subject_units, units_told

PAGE = 20


@dataclass(frozen=True)
class Line:
    """An incident to tick, and the ground that was chosen for it."""

    incident: Disputable
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
    search = data.get("search", "").replace("\0", "").strip()
    grounds = dict(ticked(data))
    page = subject_units(kind, subject_id, search=search, after=data.get("after", ""), size=PAGE)
    chosen = [_line(one, grounds) for one in units_told(kind, subject_id, list(grounds))]
    found = [_line(one, {}) for one in page.units if one.unit not in grounds and one.open]
    return Choice(chosen, found, search, page.after)


def ticked(data: QueryDict) -> list[tuple[str, str]]:
    """Units that are ticked, each with its ground."""
    return [(unit, data.get(f"ground:{unit}", "")) for unit in data.getlist("unit")]


def _line(incident: Disputable, grounds: Mapping[str, str]) -> Line:
    return Line(incident, incident.unit in grounds, grounds.get(incident.unit, ""))


def looks_on(request: HttpRequest) -> bool:
    """The button that searches or turns the page, not the one that sends."""
    return request.method == "POST" and request.POST.get("step") in ("search", "more")


def looked(data: QueryDict) -> QueryDict:
    """The form as the next page shows it: a search begins at its first page."""
    changed = data.copy()
    changed["after"] = data.get("next", "") if data.get("step") == "more" else ""
    return changed
