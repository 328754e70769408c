"""Two or three ratings side by side: what each came to, which is best, and where the difference says nothing."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.governance.publicity import public_in_force
from reputation.governance.sanctions import SANCTIONS
from reputation.ratings import wording
from reputation.ratings.selectors import RatingRow
from reputation.ratings.wording import number_format
from reputation.subjects.models import Anchor, Store
from reputation.subjects.services import MODELS
from scoring.metrics import KIND_ASPECTS

CLEAR_ASPECT = 0.5  # stars between two aspects that are worth a word: an aspect has no range of its own
_TERMS_CHARACTERS = 200


class Cell(NamedTuple):
    text: str
    note: str = ""
    best: bool = False
    picture: SafeString | None = None
    half_stars: float | None = None


class Line(NamedTuple):
    """One measure of all that are compared."""

    name: str
    meaning: str
    cells: list[Cell]


def differs(one: RatingRow, other: RatingRow) -> bool:
    """Whether the ranges of two rates lie apart, so that there is a difference to speak of."""
    return one.high < other.low or other.high < one.low


def ranged(row: RatingRow) -> bool:
    return row.stars is not None and None not in (row.expected, row.low, row.high)


def verdicts(rows: Sequence[RatingRow]) -> list[tuple[str, bool]]:
    """A sentence for each pair that can be compared, and whether there is a clear difference; those that are first."""
    known = sorted(filter(ranged, rows), key=lambda row: row.expected)
    told = [(_verdict(better, worse), differs(better, worse)) for better, worse in combinations(known, 2)]
    return sorted(told, key=lambda one: not one[1])


def _verdict(better: RatingRow, worse: RatingRow) -> str:
    names = {"better": _short(better), "worse": _short(worse)}
    if differs(better, worse):
        return _("%(better)s has clearly fewer problems than %(worse)s.") % names
    return _("No clear difference between %(better)s and %(worse)s: their ranges overlap.") % names


def _short(row: RatingRow) -> str:
    name = row.name or row.subject_id
    return name if len(name) <= 40 else f"{name[:39]}…"


def clearly_best(rows: Sequence[RatingRow]) -> RatingRow | None:
    """Whose range lies below the ranges of all others."""
    known = sorted(filter(ranged, rows), key=lambda row: row.expected)
    best = known[0] if len(known) > 1 else None
    return best if best and all(differs(best, other) for other in known[1:]) else None


def lines(kind: str, rows: Sequence[RatingRow]) -> list[Line]:
    known = MODELS[kind].objects.in_bulk([row.subject_id for row in rows])
    of_subject = [known.get(row.subject_id) for row in rows]
    return [*_of_rating(kind, rows), *_aspects(kind, rows), *_of_subjects(kind, rows, of_subject)]


def _of_rating(kind: str, rows: Sequence[RatingRow]) -> list[Line]:
    best = clearly_best(rows)
    top = max((row.high for row in rows if ranged(row)), default=1.0)
    own = _("The store's doing") if kind == "store" else _("The anchor's doing")
    return [
        _line(_("Stars"), "", rows, lambda row: _stars(row, row is best)),
        _line(_("Problems in 100 orders"), own, rows, lambda row: _rate(row, top, row is best)),
        _line(_("Counting every cause"), _("Such as the carrier"), rows, _all_causes),
        _line(_("Orders counted"), "", rows, lambda row: Cell(number_format(row.orders_counted, 0))),
        _line(_("Against its category"), "", rows, _against),
    ]


def _line(name: str, meaning: str, rows: Sequence[RatingRow], cell: Callable[[RatingRow], Cell]) -> Line:
    return Line(name, meaning, [cell(row) for row in rows])


def _stars(row: RatingRow, best: bool) -> Cell:
    if row.stars is None:
        return Cell(wording.state_in_words(row))
    return Cell(number_format(row.stars, 1), half_stars=row.half_stars, best=best)


def _rate(row: RatingRow, top: float, best: bool) -> Cell:
    if not ranged(row):
        return Cell("")
    ends = {"low": number_format(row.low, 1), "high": number_format(row.high, 1)}
    words = _("%(low)s to %(high)s") % ends
    return Cell(number_format(row.expected, 1), words, best=best, picture=_range(row, top, words))


def _range(row: RatingRow, top: float, label: str) -> SafeString:
    """All ranges on one scale that begins at 0."""
    low, rate, high = (196 * value / top for value in (row.low, row.expected, row.high))
    return format_html(
        '<svg class="range" viewBox="0 0 200 14" role="img" aria-label="{}"><rect class="bar-track" y="5" width="200"'
        ' height="4" rx="2"/><rect class="range-span" x="{}" y="3" width="{}" height="8" rx="4"/>'
        '<circle class="range-mark" cx="{}" cy="7" r="5"/></svg>',
        label, f"{low:.1f}", f"{max(high - low, 6):.1f}", f"{max(rate, 5):.1f}",
    )  # fmt: skip


def _all_causes(row: RatingRow) -> Cell:
    return Cell(number_format(row.all_causes, 1) if row.stars is not None and row.all_causes is not None else "")


def _against(row: RatingRow) -> Cell:
    if row.stars is None:
        return Cell("")
    return Cell(wording.better_than(row.percentile, ""), row.category)


def _aspects(kind: str, rows: Sequence[RatingRow]) -> list[Line]:
    return [_aspect(aspect, rows) for aspect in KIND_ASPECTS[kind]]


def _aspect(aspect: str, rows: Sequence[RatingRow]) -> Line:
    found = [(row.aspects.get(aspect) or {}).get("stars") if row.stars is not None else None for row in rows]
    known = sorted((value for value in found if value is not None), reverse=True)
    clear = len(known) > 1 and known[0] - known[1] >= CLEAR_ASPECT
    cells = [
        Cell("") if value is None else Cell(number_format(value, 1), best=clear and value == known[0])
        for value in found
    ]
    return Line(wording.aspect_name(aspect), wording.aspect_meaning(aspect), cells)


def _of_subjects(kind: str, rows: Sequence[RatingRow], known: Sequence[Store | Anchor | None]) -> list[Line]:
    found = [Line(_("Sanctions in force"), "", _sanctions(kind, rows))]
    if kind == "store":
        found.append(Line(_("After-sales terms"), _("In the store's own words"), [_terms(one) for one in known]))
    else:
        found.append(Line(_("Followers"), "", [_followers(one) for one in known]))
    return found


def _sanctions(kind: str, rows: Sequence[RatingRow]) -> list[Cell]:
    ids = [row.subject_id for row in rows]
    actions = list(public_in_force().filter(Q(kind=kind, subject_id__in=ids)).order_by("-starts_at", "-id"))
    labels = [
        [str(SANCTIONS[action.sanction].label) for action in actions if action.subject_id == subject_id]
        for subject_id in ids
    ]
    return [Cell(_(", ").join(mine) or _("None")) for mine in labels]


def _terms(known: Store | Anchor | None) -> Cell:
    terms = getattr(known, "after_sales_terms", None) or ""
    return Cell(terms if len(terms) <= _TERMS_CHARACTERS else f"{terms[: _TERMS_CHARACTERS - 1]}…")


def _followers(known: Store | Anchor | None) -> Cell:
    followers = getattr(known, "followers", None)
    return Cell("" if followers is None else number_format(followers, 0))
