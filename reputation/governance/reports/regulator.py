"""What a regulator is reported for a half-year: numbers, kinds, times and outcomes (P2B art. 11(4), DSA art. 24, Order
117 of China). Counts of what began in the period, with how it stood when the report was made; no person is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import mean, median
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from reputation.base.time import now
from reputation.governance.appeals.selectors import Figures, appeal_figures
from reputation.governance.models import Action, ActionState, Appeal, Flag, Objection, ObjectionLine
from reputation.governance.reports.periods import Period
from reputation.governance.sanctions import SANCTIONS

CSV_COLUMNS = ("part", "of", "figure", "value")


def report(period: Period) -> dict[str, Any]:
    """Plain JSON. Times are hours, or days where the name says so; None where nothing was counted."""
    first, after = period.span
    actions = Action.objects.filter(created_at__gte=first, created_at__lt=after)
    flags = Flag.objects.filter(opened_at__gte=first, opened_at__lt=after)
    appeals = Appeal.objects.filter(filed_at__gte=first, filed_at__lt=after)
    tickets = Objection.objects.filter(filed_at__gte=first, filed_at__lt=after)
    return {
        "from": str(period.first),
        "to": str(period.last),
        "made_at": now().isoformat(timespec="seconds"),
        "jurisdiction": settings.JURISDICTION,
        "time_zone": settings.MARKET_TIME_ZONE,
        "flags": _flags(flags),
        "sanctions": _sanctions(actions),
        "appeals": _appeals(appeals),
        "objections": _objections(tickets),
        "rules": _rules(flags, actions, appeal_figures(period.first, period.last)),
    }


def _states(rows: QuerySet[Any], states: Sequence[str]) -> dict[str, int]:
    found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in states}


def _flags(flags: QuerySet[Flag]) -> dict[str, Any]:
    by_person = flags.filter(decided_at__isnull=False).exclude(decided_by="system")
    return {
        "raised": flags.count(),
        **_states(flags, Flag.State.values),
        "hours_to_decide": _hours(by_person, "opened_at", "decided_at"),
    }


def _sanctions(actions: QuerySet[Action]) -> dict[str, Any]:
    begun = actions.filter(starts_at__isnull=False)
    counts = begun.aggregate(
        imposed=Count("pk"),
        automatic=Count("pk", filter=Q(automatic=True)),
        by_two_people=Count("pk", filter=Q(seconder__isnull=False)),
        on_the_ground_of_law=Count("pk", filter=Q(ground=Action.Ground.LAW)),
        found_by_a_report=Count("pk", filter=Q(found_by=Action.Found.NOTICE)),
    )
    held = actions.filter(second_at__isnull=False)
    return {
        "proposed": actions.count(),
        **counts,
        "outcomes": _states(actions, ActionState.values),
        "kinds": _kinds(begun),
        "hours_to_the_second_person": _hours(held, "created_at", "second_at"),
        "hours_to_acknowledge": _hours(begun.filter(acknowledged_at__isnull=False), "starts_at", "acknowledged_at"),
    }


def _kinds(begun: QuerySet[Action]) -> dict[str, dict[str, int]]:
    rows = begun.order_by().values_list("sanction", "kind").annotate(Count("pk"))
    found = {(sanction, kind): count for sanction, kind, count in rows}
    return {key: {kind: found.get((key, kind), 0) for kind in ("store", "anchor")} for key in SANCTIONS}


def _appeals(appeals: QuerySet[Appeal]) -> dict[str, Any]:
    decided = appeals.filter(state__in=(Appeal.State.WON, Appeal.State.LOST))
    return {
        "filed": appeals.count(),
        **_states(appeals, Appeal.State.values),
        "put_the_sanction_off": appeals.filter(stayed=True).count(),
        "days_to_decide": _days(decided, "filed_at", "decided_at"),
    }


def _objections(tickets: QuerySet[Objection]) -> dict[str, Any]:
    lines = ObjectionLine.objects.filter(objection__in=tickets)
    return {
        "tickets": tickets.count(),
        "incidents": _states(lines, ObjectionLine.State.values),
        "days_to_decide": _days(tickets.filter(state=Objection.State.DECIDED), "filed_at", "decided_at"),
    }


def _rules(
    flags: QuerySet[Flag], actions: QuerySet[Action], appeals: Sequence[Figures]
) -> dict[str, dict[str, int | float | None]]:
    """Rule -> its figures; what was decided without a rule stands under "by hand"."""
    found: dict[str, Mapping[str, int | float | None]] = {
        "flags": _by_rule(flags),
        "dismissed": _by_rule(flags.filter(state=Flag.State.DISMISSED)),
        "sanctions": _by_rule(actions.filter(starts_at__isnull=False)),
        "automatic": _by_rule(actions.filter(automatic=True)),
        "appeals": {row.rule: row.filed for row in appeals},
        "appeals_decided": {row.rule: row.decided for row in appeals},
        "overturned": {row.rule: row.won for row in appeals},
    }
    rules = sorted({rule for counts in found.values() for rule in counts})
    told = {rule: {name: counts.get(rule, 0) for name, counts in found.items()} for rule in rules}
    for row in appeals:
        told[row.rule]["mean_days_to_decide"] = None if row.mean_days is None else round(row.mean_days, 2)
    return {rule or "by hand": figures for rule, figures in told.items()}


def _by_rule(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.order_by().values_list("rule").annotate(Count("pk")))


def _hours(rows: QuerySet[Any], start: str, end: str) -> dict[str, float | None]:
    return _spread(rows, start, end, timedelta(hours=1))


def _days(rows: QuerySet[Any], start: str, end: str) -> dict[str, float | None]:
    return _spread(rows, start, end, timedelta(days=1))


def _spread(rows: QuerySet[Any], start: str, end: str, unit: timedelta) -> dict[str, float | None]:
    pairs: list[tuple[datetime, datetime]] = list(rows.order_by().values_list(F(start), F(end)))
    spans = [max((last - first) / unit, 0.0) for first, last in pairs]
    return {"mean": round(mean(spans), 2) if spans else None, "median": round(median(spans), 2) if spans else None}


def csv_rows(told: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """The same as rows of CSV_COLUMNS: a figure each."""
    for part, found in told.items():
        if not isinstance(found, dict):
            yield "report", "", part, found
            continue
        for name, value in found.items():
            yield from _figures(part, name, value)


def _figures(part: str, name: str, value: Any) -> Iterator[tuple[str, str, str, Any]]:
    if not isinstance(value, dict):
        yield part, "", name, value
        return
    for figure, number in value.items():
        if isinstance(number, dict):
            yield from ((part, f"{name} {figure}", inner, count) for inner, count in number.items())
        else:
            yield part, name, figure, number
