"""The merchant's and anchor's pages. Each reads for the signed-in member alone."""

from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reputation.governance.appeals.units import REASON
from reputation.portal import home as home_part
from reputation.portal import labels, notices, selectors
from reputation.portal.access import members_only, subject_or_404
from reputation.portal.agenda import agenda
from reputation.portal.selectors import Subject
from reputation.ratings import explaining, wording
from reputation.ratings.metric_words import how
from reputation.ratings.models import State
from reputation.ratings.wording import aspect_name
from scoring.metrics import ASPECTS, CATALOGUE, Metric

PAGE = 20
CARDS = 12
AGENDA = 6  # dates before the fold
NOTICES = 3


@members_only
def home(request: HttpRequest) -> HttpResponse:
    """All of the member's subjects; somebody with one alone is led to it."""
    text = request.GET.get("q", "")
    rows = selectors.matching(request.user, text)
    if len(rows) == 1 and not request.GET:
        return redirect("portal:subject", rows[0].kind, rows[0].subject_id)
    page = Paginator(rows, CARDS).get_page(request.GET.get("page"))
    cards = home_part.cards(selectors.rated(page), notices.unread_by_subject(request.user))
    context = {"page": page, "cards": cards, "text": text, "answers": notices.answers(request.user)}
    return render(request, "portal/home.html", context)


@members_only
def subject(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    found = subject_or_404(request, kind, subject_id)
    nights = selectors.history(kind, subject_id)
    rows = notices.listed(request.user, "open", **found.key)
    dated = agenda(found)
    context = {
        "subject": found,
        "rating": found.rating,
        "answers": notices.answers(request.user, **found.key),
        "agenda": dated[:AGENDA],
        "later": dated[AGENDA:],
        "notices": notices.lines(list(rows[:NOTICES])),
        "history": home_part.history(found, nights),
        "change": home_part.change(nights),
        **(_told(found) if found.rating else {}),
    }
    return render(request, "portal/subject.html", context)


def _told(subject: Subject) -> dict[str, Any]:
    """The rating in words and pictures: what it means, how sure that is, what moved it and what would raise it."""
    rating = subject.rating
    assert rating is not None  # noqa: S101 (the caller has looked)
    told: dict[str, Any] = {"excluded": home_part.excluded(rating)}
    if rating.stars is None:
        return told | {"progress": home_part.progress(rating) if rating.state == State.FEW_ORDERS else None}
    return told | {
        "headline": wording.headline(rating),
        "about": explaining.span_of(rating),
        "interval": wording.interval(rating),
        "span": home_part.span(rating),
        "moved": home_part.moved(rating),
        "unmoved": wording.ledger_headline(rating),
        "aspects": home_part.aspects(rating),
        "advice": home_part.advice(subject),
    }


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
    return label, how(metric.key)
