"""The merchant's and anchor's pages. Each reads for the signed-in member alone."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reputation.governance.appeals.units import REASON
from reputation.governance.publicity import sanctions_of
from reputation.portal import labels, notices, selectors
from reputation.portal.access import members_only, subject_or_404
from reputation.ratings import explaining, pictures, wording
from reputation.ratings.corrections import corrected
from reputation.ratings.selectors import RatingRow
from reputation.ratings.svg import Point, history
from reputation.ratings.wording import aspect_name, exclusion_name
from scoring.metrics import ASPECTS, CATALOGUE, KIND_ASPECTS, Metric

PAGE = 20


@members_only
def home(request: HttpRequest) -> HttpResponse:
    context = {"subjects": selectors.subjects(request.user), "answers": notices.answers(request.user)}
    return render(request, "portal/home.html", context)


@members_only
def subject(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    found = subject_or_404(request, kind, subject_id)
    nights = selectors.history(kind, subject_id)
    holds = selectors.holds(kind, subject_id).filter(status="held")
    context = {
        "subject": found,
        "answers": notices.answers(request.user, kind=kind, subject_id=subject_id),
        "rating": found.rating,
        **_said(found.rating),
        "aspects": _aspects(found.rating, KIND_ASPECTS[kind]),
        "excluded": _excluded(found.rating),
        "nights": nights,
        "chart": _chart(nights),
        "corrected": corrected(kind, subject_id, [night.night for night in nights if night.corrected]),
        "held": holds.count(),
        "first_due": holds.order_by("due_on").values_list("due_on", flat=True).first(),
        "sanctions": sanctions_of(kind, subject_id),
    }
    return render(request, "portal/subject.html", context)


def _said(rating: RatingRow | None) -> dict[str, Any]:
    """The star in words: what it means, how sure that is, and what moved it last night."""
    if rating is None or rating.stars is None:
        return {}
    known = rating.expected is not None and rating.low is not None and rating.high is not None
    label = explaining.span_of(rating)
    return {
        "headline": wording.headline(rating),
        "interval": wording.interval(rating),
        "span": pictures.span(rating.low, rating.expected, rating.high, label) if known else "",
        "moved": wording.ledger_parts(rating.ledger),
        "unmoved": wording.ledger_headline(rating),
    }


def _chart(nights: Sequence[selectors.Night]) -> str:
    points = [Point(night.night, night.stars, night.corrected) for night in nights]
    return history(points, width=480, ident="history") if any(point.stars is not None for point in points) else ""


def _aspects(rating: RatingRow | None, names: Sequence[str]) -> list[tuple[str, Any]]:
    return [(aspect_name(name), rating.aspects.get(name)) for name in names] if rating else []


def _excluded(rating: RatingRow | None) -> list[tuple[str, int]]:
    reasons = rating.excluded.get("reasons") or {} if rating else {}
    return [(exclusion_name(reason), orders) for reason, orders in reasons.items() if orders]


@members_only
def held(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    found = subject_or_404(request, kind, subject_id)
    page = Paginator(selectors.holds(kind, subject_id), PAGE).get_page(request.GET.get("page"))
    rows = [_held(item) for item in selectors.held(kind, subject_id, page)]
    return render(request, "portal/held.html", {"subject": found, "page": page, "rows": rows})


def _held(item: selectors.Held) -> dict[str, Any]:
    """In words: an accepted appeal or objection has a reason from a list, of all others a person wrote it."""
    reason, pattern = item.hold.reason, item.hold.pattern
    return {
        "held": item,
        "favour": item.favour,
        "pattern": labels.PATTERNS.get(pattern, pattern),
        "reason": REASON.get(reason, reason) if item.favour else reason,
    }


@members_only
def what_counts(request: HttpRequest, kind: str) -> HttpResponse:
    metrics = sorted((metric for metric in CATALOGUE if kind in metric.subjects), key=_place)
    by_aspect = groupby(metrics, lambda metric: metric.aspect)
    groups = [(_aspect(aspect), [_shown(metric) for metric in group]) for aspect, group in by_aspect]
    return render(request, "portal/what_counts.html", {"kind": kind, "groups": groups})


def _aspect(aspect: str | None) -> str:
    return _("Everything together") if aspect is None else aspect_name(aspect)


def _place(metric: Metric) -> int:
    return -1 if metric.aspect is None else ASPECTS.index(metric.aspect)


def _shown(metric: Metric) -> tuple[str, str]:
    label = metric.label_zh if (get_language() or "").startswith("zh") else metric.label_en
    return label, _(metric.definition)
