import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from reputation.evidence.feed import KindReport, feed_report


class Command(BaseCommand):
    help = "Tell what evidence is there, what is late, which days are missing and what each missing kind costs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", type=Path, metavar="FILE", help="write a report")

    def handle(self, *args: Any, **options: Any) -> None:
        reports = feed_report()
        if options["json"]:
            kinds = [asdict(report) for report in reports]
            options["json"].write_text(json.dumps({"kinds": kinds}, indent=1, default=str, ensure_ascii=False))
        self.stdout.write(f"{'kind':14} {'rows':>11}  {'first day':10}  {'last day':10}  closed through")
        for report in reports:
            self._tell(report)

    def _tell(self, report: KindReport) -> None:
        first, last, closed = (day or "-" for day in (report.first_day, report.last_day, report.closed_through))
        self.stdout.write(f"{report.kind:14} {report.rows:11,}  {first!s:10}  {last!s:10}  {closed}")
        for line in _remarks(report):
            self.stdout.write(f"    {line}")


def _remarks(report: KindReport) -> list[str]:
    lines = []
    if report.late:
        lines.append(f"LATE: not closed through yesterday; POST /api/v1/evidence/{report.kind}/complete closes a day")
    if report.gaps:
        shown = ", ".join(map(str, report.gaps[:5])) + (" ..." if len(report.gaps) > 5 else "")
        lines.append(f"GAPS: no rows on {len(report.gaps)} days: {shown}")
    if report.incomplete:
        lacking = ", ".join(f"{count:,} without {name}" for name, count in report.incomplete.items())
        lines.append(f"INCOMPLETE: {lacking}; send the field with the same key")
    if report.rejected_open:
        lines.append(f"REJECTED: {report.rejected_open:,} rows; GET /api/v1/evidence/rejected?kind={report.kind}")
    return [*lines, *([f"MISSING: {report.costs}"] if report.costs else [])]
