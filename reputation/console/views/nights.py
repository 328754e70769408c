from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from reputation.console import selectors
from reputation.console.access import staff_only
from reputation.console.labels import KINDS, RUN_STATUSES, STAGES
from reputation.ratings.models import Publication

PAGE = 30


class Stage(NamedTuple):
    label: str
    starts: int
    seconds: float | None  # None: not ended
    bar: str  # width in 100 units


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.runs(), PAGE).get_page(request.GET.get("page"))
    rows = [
        (run, RUN_STATUSES.get(run.status, run.status), STAGES.get(run.stage, run.stage), sum(run.timings.values()))
        for run in page
    ]
    return render(request, "console/nights.html", {"page": page, "rows": rows})


@staff_only
def detail(request: HttpRequest, night: date) -> HttpResponse:
    if (run := selectors.run(night)) is None:
        raise Http404
    publication = Publication.objects.select_related("model", "scale").filter(night=night).first()
    context = {
        "run": run,
        "status": RUN_STATUSES.get(run.status, run.status),
        "stage": STAGES.get(run.stage, run.stage),
        "stages": stages(run),
        "closed": [(label, run.closed_through.get(kind)) for kind, label in KINDS.items()],
        "publication": publication,
        "figures": flat(publication.figures) if publication else [],
    }
    return render(request, "console/night.html", context)


def stages(run: Any) -> list[Stage]:
    """In the order of a night; the database keeps the keys of an object in an order of its own."""
    known = [name for name in STAGES if name in run.attempts or name in run.timings]
    others = sorted((set(run.attempts) | set(run.timings)) - set(known))
    longest = max(run.timings.values(), default=0)
    return [
        Stage(
            str(STAGES.get(name, name)),
            run.attempts.get(name, 0),
            run.timings.get(name),
            _share_width(run.timings.get(name, 0), longest),
        )
        for name in known + others
    ]


def _share_width(value: float, largest: float) -> str:
    """How many of 100 units a bar takes; a value above nothing is always seen. Text: templates would write 1,234.5."""
    if value <= 0 or largest <= 0:
        return "0"
    return f"{max(1.0, 100 * min(value / largest, 1.0)):.1f}"


def flat(figures: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Nested figures as (path, value) rows; lists stay whole."""
    rows: list[tuple[str, Any]] = []
    for name, value in figures.items():
        path = f"{before}{name}"
        rows += flat(value, f"{path} · ") if isinstance(value, Mapping) else [(path, value)]
    return rows
