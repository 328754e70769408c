"""What the overview of one subject shows, in words and pictures: the star, what moved it, what would raise it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.portal.agenda import Entry, agendas
from reputation.portal.reasons import advised, try_it
from reputation.portal.selectors import Night, Subject, stars_before
from reputation.ratings import explaining, pictures, selectors, svg, wording
from reputation.ratings.corrections import Corrected, corrected
from reputation.ratings.selectors import RatingRow
from reputation.ratings.standings import explainable
from reputation.ratings.wording import number_format
from scoring.metrics import BY_KEY, KIND_ASPECTS

if TYPE_CHECKING:
    from scoring.explain.changes import Raise

MOST_ADVICE = 3


class Moved(NamedTuple):
    by: str  # signed stars
    up: bool
    what: str
    why: str


class AspectLine(NamedTuple):
    name: str
    meaning: str
    stars: float | None
    better: str
    picture: SafeString | None


class Advice(NamedTuple):
    name: str
    words: str
    gain: str
    picture: SafeString
    address: str  # the simulator with it filled in


@dataclass(frozen=True)
class Change:
    """Of the shown star against the night before. `by`: signed, "" for none."""

    by: str
    up: bool


class Card(NamedTuple):
    """A subject on the first page. `next`: what has a date first."""

    subject: Subject
    change: Change | None
    next: Entry | None
    unread: int


@dataclass(frozen=True)
class History:
    wide: SafeString
    narrow: SafeString
    nights: list[Night]  # the latest first
    corrected: list[Corrected]


def cards(subjects: Sequence[Subject], unread: Mapping[tuple[str, str], int]) -> list[Card]:
    """`unread`: notices by kind and id of the subject."""
    dated, before = agendas(subjects), stars_before(subjects)
    return [_card(one, before.get(one.place), dated[one.place], unread.get(one.place, 0)) for one in subjects]


def _card(subject: Subject, before: float | None, dated: Sequence[Entry], unread: int) -> Card:
    now = subject.rating.stars if subject.rating else None
    return Card(subject, change_of(before, now), next(iter(dated), None), unread)


def change(nights: Sequence[Night]) -> Change | None:
    """None where one of the last two nights has no stars."""
    last = [night.stars for night in nights[-2:]]
    return change_of(*last) if len(last) == 2 else None


def change_of(before: float | None, now: float | None) -> Change | None:
    if before is None or now is None:
        return None
    by = round(Decimal(str(now)) - Decimal(str(before)), 1)
    return Change(explaining.signed(float(by), 1) if by else "", by > 0)


def moved(rating: RatingRow) -> list[Moved]:
    """The ledger in plain words, the largest part first."""
    parts = wording.ledger_parts(rating.ledger)
    return [Moved(by, by.startswith("+"), *_told(words)) for by, words in parts]


def _told(words: str) -> tuple[str, str]:
    """The head of a sentence, and what explains it."""
    for colon in ("：", ": "):
        head, found, rest = words.partition(colon)
        if found:
            return head, rest[:1].upper() + rest[1:]
    return words, ""


def span(rating: RatingRow) -> SafeString | None:
    if rating.expected is None or rating.low is None or rating.high is None:
        return None
    return pictures.span(rating.low, rating.expected, rating.high, explaining.span_of(rating))


def progress(rating: RatingRow) -> SafeString:
    """How far it is to the first stars."""
    return svg.bar(100 * rating.orders_counted / wording.NEEDED_ORDERS, wording.few_orders(rating))


def aspects(rating: RatingRow) -> list[AspectLine]:
    return [_aspect(rating, name) for name in KIND_ASPECTS[rating.kind]]


def _aspect(rating: RatingRow, key: str) -> AspectLine:
    found = rating.aspects.get(key) or {}
    stars, percentile = found.get("stars"), found.get("percentile")
    name, better = wording.aspect_name(key), _better(percentile)
    picture = None if percentile is None else place(percentile, f"{name}: {better}")
    return AspectLine(name, wording.aspect_meaning(key), stars, better, picture)


def _better(percentile: float | None) -> str:
    if percentile is None:
        return ""
    return _("better than %(share)s%%") % {"share": number_format(percentile, 0)}


def place(percentile: float, label: str) -> SafeString:
    """Where one stands among one's category: a bar from the middle, to the right for the better half."""
    reach = 2 * percentile
    return format_html(
        '<svg class="bar place" viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-track" y="2" width="200" height="8"/><rect class="{}" x="{}" y="2" width="{}" height="8"/>'
        '<rect class="effect-zero" x="99.5" width="1" height="12"/></svg>',
        label, "effect-up" if reach >= 100 else "effect-down", f"{min(reach, 100):.1f}", f"{abs(reach - 100):.1f}",
    )  # fmt: skip


def excluded(rating: RatingRow) -> list[tuple[str, int]]:
    reasons = rating.excluded.get("reasons") or {}
    return [(wording.exclusion_name(reason), orders) for reason, orders in reasons.items() if orders]


def advice(subject: Subject) -> list[Advice]:
    """What would raise the star most, by the model of the night; nothing where it cannot be worked out."""
    if subject.rating is None or (found := explainable(selectors.shown(), subject.rating)) is None:
        return []
    best = advised(found)[:MOST_ADVICE]
    return [_advised(subject, one, best[0].gain) for one in best]


def _advised(subject: Subject, one: Raise, top: float) -> Advice:
    metric = BY_KEY[one.metric]
    own, aim = explaining.value(metric, one.own), explaining.value(metric, one.aim)
    words = _("from %(own)s to %(aim)s") % {"own": own, "aim": aim}
    name, gain = explaining.metric_name(one.metric), explaining.signed(one.gain)
    picture = pictures.effect_share(one.gain / top, f"{name}, {words}: {gain}")
    place = reverse("portal:simulator", args=[subject.kind, subject.id])
    return Advice(name, words, gain, picture, f"{place}?{try_it(one)}")


def history(subject: Subject, nights: Sequence[Night]) -> History | None:
    """None while no night of this time has stars."""
    if all(night.stars is None for night in nights):
        return None
    points = [svg.Point(night.night, night.stars, night.corrected) for night in nights]
    changed = [night.night for night in nights if night.corrected]
    return History(
        wide=svg.history(points, width=720, ident="wide"),
        narrow=svg.history(points, width=340, ident="narrow"),
        nights=list(reversed(nights)),
        corrected=corrected(subject.kind, subject.id, changed) if changed else [],
    )
