"""Metrics of a subject, and the very orders behind each: pages for its members alone, and the same as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.base.tables import CONTENT_TYPES, CSV, csv_lines, xlsx_file
from reputation.base.time import market_day, now
from reputation.base.working_days import working_days_after
from reputation.evidence import slowest
from reputation.evidence.behind import COUNTS, SHOWN, all_cases, cases, families
from reputation.governance.objections.selectors import objections_open
from reputation.governance.objections.services import MOST_LINES, MOST_OPEN, WORKING_DAYS_TO_DECIDE
from reputation.portal import answers, metric_rows, metrics
from reputation.portal.access import members_only, subject_or_404
from reputation.portal.languages import in_language
from reputation.portal.selectors import Subject
from reputation.ratings import explaining, selectors
from reputation.ratings.standings import Explainable, explainable
from reputation.ratings.trend_figures import others_in_words, trend_figure, week_in_words
from reputation.ratings.trends import NoFilesError
from scoring.metrics import BY_KEY
from scoring.outcomes.rules import ANSWERS

PAGE = 30
LONGEST_SEARCH = 128


@require_safe
@members_only
def listing(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """All of them. `?piece=weeks`: the small pictures alone, which take longer to make than all the rest."""
    subject = subject_or_404(request, kind, subject_id)
    category = subject.rating.category if subject.rating else ""
    if request.GET.get("piece") == "weeks":
        context = {"sparks": metrics.sparklines(subject, category) or {}}
        return render(request, "portal/_metric_sparks.html", context)
    found = _explainable(subject)
    drawn = metrics.sparklines(subject, category) if "weeks" in request.GET else None
    groups = [
        (aspect, [(one, (drawn or {}).get(one.key)) for one in some]) for aspect, some in metrics.groups(subject, found)
    ]
    context = {
        "subject": subject,
        "rating": subject.rating,
        "found": found,
        "groups": groups,
        "drawn": drawn is not None,
    }
    return render(request, "portal/metrics.html", context)


def _explainable(subject: Subject) -> Explainable | None:
    return explainable(selectors.shown(), subject.rating) if subject.rating else None


@require_safe
@members_only
def detail(request: HttpRequest, key: str, kind: str, subject_id: str) -> HttpResponse:
    """One metric. `?piece=weeks` and `?piece=cleared`: parts that come after the page; by themselves without a script."""
    subject = subject_or_404(request, kind, subject_id)
    _known(key, kind)
    piece = request.GET.get("piece")
    if piece == "weeks":
        return render(request, "portal/_metric_weeks.html", _weeks(subject, key))
    if piece == "cleared" and key not in ANSWERS:
        summed = metric_rows.cleared(kind, subject_id, key)
        return render(request, "portal/_metric_cleared.html", {"summed": summed, "key": key, "subject": subject})
    context = {
        "subject": subject,
        "rating": subject.rating,
        "measure": metrics.one(subject, key, _explainable(subject)),
        "minutes": BY_KEY[key].unit == "minutes",
        "answers": key in ANSWERS,
        **(_weeks(subject, key) if "weeks" in request.GET and key not in ANSWERS else {}),
        **(answers.context(kind, subject_id, key) if key in ANSWERS else _list(request, key, kind, subject_id)),
    }
    return render(request, "portal/metric.html", context)


def _known(key: str, kind: str) -> None:
    if key not in BY_KEY or kind not in BY_KEY[key].subjects:
        raise Http404


def _weeks(subject: Subject, key: str) -> dict[str, Any]:
    try:
        trend = metrics.weeks(subject, subject.rating.category if subject.rating else "").get(key)
    except NoFilesError:
        return {"no_files": True}
    if trend is None:
        return {"no_weeks": True}
    told = [(w.start, week_in_words(trend.metric, w), others_in_words(trend.metric, w)) for w in reversed(trend.weeks)]
    n, d = (sum(getattr(week, part) for week in trend.weeks) for part in ("n", "d"))
    total = explaining.value(trend.metric, n / d) if d else ""
    return {"figure": trend_figure(trend, own=_("You")), "weeks": told, "total": total, "n": n, "d": d}


def _list(request: HttpRequest, key: str, kind: str, subject_id: str) -> dict[str, Any]:
    shown, search = asked(request)
    after = request.GET.get("after", "").replace("\0", "")
    page = cases(kind, subject_id, key, shown=shown, search=search, after=after, size=PAGE)
    rows = metric_rows.rows(kind, subject_id, key, page.cases)
    return {
        "rows": rows,
        "ticking": any(row.ticks for row in rows),
        "shown": shown,
        "search": search,
        "begun": bool(after),
        "after": page.after,
        "letters": families(kind, key),
        "slow_days": slowest.DAYS,
        "full": objections_open(kind, subject_id) >= MOST_OPEN,
        "most": MOST_LINES,
        "most_open": MOST_OPEN,
        "decided_by": working_days_after(market_day(now()), WORKING_DAYS_TO_DECIDE),
        "working_days": WORKING_DAYS_TO_DECIDE,
    }


def asked(request: HttpRequest) -> tuple[str, str]:
    """Which of the list, and how the number begins. What counts is shown unless something else is asked for."""
    shown = request.GET.get("shown", COUNTS)
    search = request.GET.get("search", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    return {"all": ""}.get(shown, shown if shown in SHOWN else COUNTS), search


def _table(request: HttpRequest, key: str, kind: str, subject_id: str) -> tuple[list[str], Iterable[list[Any]]]:
    if key in ANSWERS:
        return answers.columns(kind, key), answers.lines(kind, subject_id, key)
    shown, search = asked(request)
    found = all_cases(kind, subject_id, key, shown=shown, search=search)
    return metric_rows.columns(key), metric_rows.lines(kind, subject_id, key, found)


@require_safe
@members_only
def table(request: HttpRequest, key: str, form: str, kind: str, subject_id: str) -> HttpResponseBase:
    """The whole list as it is filtered, as CSV or XLSX; of answers their groups."""
    subject = subject_or_404(request, kind, subject_id)
    _known(key, kind)
    if form not in CONTENT_TYPES:
        raise Http404
    head, lines = _table(request, key, kind, subject_id)
    name = f"{key}-{market_day(now())}.{form}"
    if form == CSV:  # it is written after this view has answered, in the language of who asked
        content = in_language(get_language(), csv_lines(head, lines))
        response: HttpResponseBase = StreamingHttpResponse(content, content_type=CONTENT_TYPES[form])
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    file = xlsx_file(head, lines, sheet=f"{explaining.metric_name(key)} {subject.id}")
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[form])
