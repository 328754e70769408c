"""How a platform feeds us: what is there, what is late, where days are missing, and what each missing kind costs."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from reputation.base.time import market_day, now
from reputation.evidence.kinds import KINDS, Kind
from reputation.evidence.models import RejectedRow
from reputation.evidence.selectors import closed_through

LOOKED_BACK = 60  # days in which gaps are looked for
USUAL = 0.5  # a kind that comes on fewer of its days has no gaps, it is rare
COSTS = {
    "stores": _("Stores have no name, and are compared with the whole market instead of their category."),
    "anchors": _("Anchors have no name and no reach."),
    "live_sessions": _("Viewers' answers cannot be ascribed: no false promotion or hype for anchors."),
    "orders": _("Nothing can be rated from orders: no order defect rate, no drill-down, no buyers."),
    "shipments": _("No late dispatch, late delivery or time to dispatch: logistics is not rated on facts."),
    "returns": _("No quality returns, slow refunds or refused returns: after-sales is not rated."),
    "complaints": _("No confirmed complaints in any aspect; counterfeit and safety are not seen."),
    "invitations": _("Viewers' answers are shown but never scored: honesty of anchors rests on complaints alone."),
    "responses": _("No negative answers and no low scores for description, service or logistics."),
    "conversations": _("No slow replies and no unresolved conversations: service rests on answers and complaints."),
    "exclusions": _("Strikes and the platform's own faults count against merchants."),
}
AGGREGATED = _("Only daily counts: ratings say basis aggregated, have no drill-down, and buyers are unknown.")


@dataclass
class KindReport:
    kind: str
    rows: int = 0
    first_day: date | None = None
    last_day: date | None = None
    closed_through: date | None = None
    late: bool = False  # used, but not closed through yesterday
    gaps: list[date] = field(default_factory=list)
    incomplete: dict[str, int] = field(default_factory=dict)  # field that should be there -> rows without it
    rejected_open: int = 0
    costs: str = ""


def feed_report() -> list[KindReport]:
    yesterday = market_day(now()) - timedelta(days=1)
    closed = closed_through()
    rejected = dict(RejectedRow.objects.filter(resent_at=None).values_list("kind").annotate(Count("id")))
    reports = [_report(kind, closed[kind.name], yesterday) for kind in KINDS.values()]
    for report in reports:
        report.rejected_open = rejected.get(report.kind, 0)
    _explain_costs({report.kind: report for report in reports})
    return reports


def _report(kind: Kind, closed: date | None, yesterday: date) -> KindReport:
    report = KindReport(kind.name, closed_through=closed)
    required = [name for name in kind.fields if name != "retracted" and not _may_be_null(kind, name)]
    counted = ", ".join(f"count(*) - count({name})" for name in required)
    day = _day(kind)
    found = _query(
        f"SELECT count(*), min({day}), max({day}) {', ' + counted if counted else ''} "  # noqa: S608 (our own names)
        f"FROM {kind.table} WHERE NOT retracted"
    )[0]
    report.rows, report.first_day, report.last_day, *missing = found
    report.incomplete = {kind.sent_names[name]: count for name, count in zip(required, missing, strict=True) if count}
    used = report.rows > 0 or closed is not None
    report.late = used and (closed is None or closed < yesterday)
    report.gaps = _gaps(kind, report, yesterday)
    return report


def _gaps(kind: Kind, report: KindReport, yesterday: date) -> list[date]:
    if report.first_day is None or not kind.main:
        return []
    last = min(report.closed_through or yesterday, yesterday)
    first = max(report.first_day, last - timedelta(days=LOOKED_BACK - 1))
    day = _day(kind)
    query = f"SELECT DISTINCT {day} FROM {kind.table} WHERE {day} BETWEEN %s AND %s"  # noqa: S608 (our own names)
    there = {row[0] for row in _query(query, [first, last])}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if day not in there] if len(there) >= USUAL * len(days) else []


def _day(kind: Kind) -> str:
    """SQL for the market day of a row."""
    if kind.main and kind.main[0] in kind.dates:
        return kind.main[0]
    time = f"coalesce({', '.join(kind.main)})" if kind.main else "first_observed_at"
    return f"({time} AT TIME ZONE '{settings.MARKET_TIME_ZONE}')::date"


def _may_be_null(kind: Kind, name: str) -> bool:
    """Whether the field may be cleared; one that may not belongs to every complete row."""
    field_type = next(item.type for item in msgspec.structs.fields(kind.row) if item.name == name)
    shape = msgspec.inspect.type_info(field_type)
    types = shape.types if isinstance(shape, msgspec.inspect.UnionType) else (shape,)
    return any(isinstance(found, msgspec.inspect.NoneType) for found in types)


def _explain_costs(reports: dict[str, KindReport]) -> None:
    for kind, costs in COSTS.items():
        if not reports[kind].rows:
            reports[kind].costs = str(costs)
    if reports["daily_counts"].rows and not reports["orders"].rows:
        reports["orders"].costs = str(AGGREGATED)


def _query(text: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall()
