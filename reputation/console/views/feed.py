from collections.abc import Iterator
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from reputation.base.time import now
from reputation.console import selectors
from reputation.console.access import staff_only
from reputation.console.labels import KINDS
from reputation.evidence.feed import KindReport, feed_report

KEPT_SECONDS = 300  # the report reads whole tables, which in a large market takes a while
DAYS_NAMED = 5


@staff_only
def status(request: HttpRequest) -> HttpResponse:
    looked_at, reports = _report()
    by_kind = {report.kind: report for report in reports}
    kinds = [(KINDS.get(kind.kind, kind.kind), kind, by_kind[kind.kind]) for kind in selectors.feed_kinds()]
    remarks = [(label, found) for label, _kind, report in kinds if (found := list(_remarks(report)))]
    return render(request, "console/feed.html", {"kinds": kinds, "remarks": remarks, "looked_at": looked_at})


def _report() -> tuple[datetime, list[KindReport]]:
    key = f"console.feed.{get_language()}"
    if (kept := cache.get(key)) is None:
        kept = (now(), feed_report())
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _remarks(report: KindReport) -> Iterator[str]:
    if report.late:
        yield _(
            "Not closed through yesterday: the night waits for it until 06:00, then counts up to the last closed day."
        )
    if report.gaps:
        days = len(report.gaps)
        said = ngettext("No rows on %(days)s day: %(named)s", "No rows on %(days)s days: %(named)s", days)
        named = ", ".join(day.isoformat() for day in report.gaps[:DAYS_NAMED])
        yield said % {"days": days, "named": f"{named} …" if days > DAYS_NAMED else named}
    for field, count in report.incomplete.items():
        said = ngettext("%(count)s row without %(field)s", "%(count)s rows without %(field)s", count)
        yield said % {"count": f"{count:,}", "field": field}
    if report.costs:
        yield report.costs
