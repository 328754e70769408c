"""The first page: what is wrong, what waits for a person, and last night."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reputation.console import queue_rows, selectors
from reputation.console.access import staff_only
from reputation.console.alarms import alarms
from reputation.console.labels import RUN_STATUSES, STAGES, STATES
from reputation.console.views.nights import stages
from reputation.governance.desk.access import permitted_kinds
from reputation.governance.desk.selectors import NO_FILTERS, Filters, queue, tally
from reputation.intake.selectors import cases_to_do
from reputation.subjects.models import SubjectKind

MINE = 10


@staff_only
def home(request: HttpRequest) -> HttpResponse:
    run = selectors.runs().first()
    counts = selectors.counts()
    waiting = tally(request.user)
    mine = queue(request.user, Filters(whose="mine"))[:MINE]
    context = {
        "alarms": alarms(request.user),
        "tally": waiting,
        "tabs": queue_rows.tabs(NO_FILTERS, waiting)[1:],
        "mine": queue_rows.rows(mine, request.user),
        "may_take": bool(permitted_kinds(request.user)),
        "run": run,
        "status": run and RUN_STATUSES.get(run.status, run.status),
        "stage": run and STAGES.get(run.stage, run.stage),
        "stages": stages(run) if run else [],
        "counts": counts,
        "complaints": cases_to_do(),
        "states": [(label, *_by_kind(counts.states, state)) for state, label in STATES.items() if counts.states],
        "heartbeats": selectors.heartbeats(),
    }
    return render(request, "console/home.html", context)


def _by_kind(states: Mapping[str, Mapping[str, int]], state: str) -> tuple[int, ...]:
    return tuple(states[kind].get(state, 0) for kind in SubjectKind)
