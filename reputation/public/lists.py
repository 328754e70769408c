"""Lists of ratings on pages: what was searched for, and the stores of a category, in pages of twenty."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from reputation.public import front
from reputation.public.filters import SEARCH_CHARACTERS
from reputation.ratings.models import State
from reputation.ratings.search import Ratings, Wanted, find
from reputation.ratings.selectors import RatingRow, Shown
from reputation.ratings.wording import number_format, state_name

PAGE_ROWS = 20
FIRST_ROWS = {"store": 8, "anchor": 4}
LEVELS = (3.0, 4.0, 4.5)  # stars from which a category may be narrowed
_UNRATED = (State.FEW_ORDERS, State.NEW, State.WITHHELD)


def typed(request: HttpRequest, name: str = "q") -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:SEARCH_CHARACTERS]


def paged(request: HttpRequest, found: Ratings) -> Page:
    return Paginator(found, PAGE_ROWS).get_page(request.GET.get("page", "1")[:9])


class Part(NamedTuple):
    """What was found of one kind, the closest first."""

    kind: str
    rows: list[RatingRow]
    count: int
    near: bool
    alike: bool
    meant: str


def found_of_both(shown: Shown, text: str, limits: Mapping[str, int]) -> list[Part]:
    """Stores and anchors by this name; where one kind has it as typed, what only comes near of the other is left out."""
    found = {kind: find(shown, kind, Wanted(search=text)) for kind in limits}
    as_typed = any(len(ratings) and not ratings.near for ratings in found.values())
    return [_part(kind, ratings, 0 if as_typed and ratings.near else limits[kind]) for kind, ratings in found.items()]


def _part(kind: str, found: Ratings, limit: int) -> Part:
    if not limit:
        return Part(kind, [], 0, near=False, alike=False, meant="")
    return Part(kind, found[:limit], len(found), found.near, found.alike, found.meant)


class Choice(NamedTuple):
    """One way to see a list, as a link."""

    value: str
    label: str
    count: int | None
    here: bool


def states(figures: front.CategoryFigures, here: str) -> list[Choice]:
    """Which stores of a category there are to see, each with how many; without those that would show none, or no fewer."""
    rated = figures.states[State.RATED]
    counts = [("", state_name(State.RATED), rated)]
    for level in LEVELS:
        if f"{level:g}" == here or 0 < figures.at_least(level) < counts[-1][2]:
            counts.append((f"{level:g}", _at_least(level), figures.at_least(level)))
    counts += [(state, state_name(state), figures.states[state]) for state in _UNRATED]
    return [Choice(*one, here=one[0] == here) for one in counts if one[2] or one[0] in ("", here)]


def _at_least(level: float) -> str:
    return _("%(stars)s stars or more") % {"stars": number_format(level, 1)}


def orders(here: str) -> list[Choice]:
    names = (("", _("Best first")), ("-orders_counted", _("Most orders first")), ("name", _("By name")))
    return [Choice(value, label, None, value == here) for value, label in names]


def wanted_of(request: HttpRequest, category: str) -> tuple[Wanted, str, str]:
    """What is asked of a category, and the two choices that say so; whatever makes no sense is left aside."""
    shown, order = request.GET.get("show", ""), request.GET.get("order", "")
    shown = shown if shown in {*map("{:g}".format, LEVELS), *_UNRATED} else ""
    order = order if order in ("-orders_counted", "name") else ""
    narrow: dict[str, Any] = {"state": shown} if shown in _UNRATED else {"min_stars": float(shown or front.RATED)}
    return Wanted(category=category, ordering=order, **narrow), shown, order


def category_headline(expected: float, all_causes: float | None) -> str:
    """How many orders go wrong at the rated stores of a category, counted as people count."""
    base = 100 if expected >= 0.95 else 1000
    return _(
        "Of %(base)s orders at the rated stores here, about %(own)s have a reported problem that is the store's doing;"
        " %(all)s counting every cause."
    ) % {
        "base": number_format(base, 0),
        "own": number_format(expected * base / 100, 0),
        "all": number_format((all_causes or expected) * base / 100, 0),
    }
