from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from reputation.base.time import market_day, now
from reputation.governance.reports.files import FORMATS, NAMES, REPORTS
from reputation.governance.reports.periods import period_of


class Command(BaseCommand):
    help = "Write what authorities are told: statements of reasons for the DSA Transparency Database, or a half-year's figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", choices=NAMES)
        parser.add_argument("--from", dest="first", default="", metavar="DATE", help="first market day")
        parser.add_argument(
            "--to", dest="last", default="", metavar="DATE", help="last one; without: the last half-year"
        )
        parser.add_argument("--format", choices=FORMATS, help="default: what the file's name ends in, else json")
        parser.add_argument("--out", type=Path, metavar="FILE", help="default: the terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path | None = options["out"]
        try:
            period = period_of(options["first"], options["last"], market_day(now()))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if out is not None and not out.parent.is_dir():
            raise CommandError(f"there is no folder {out.parent}; make it first")
        text = "".join(REPORTS[options["report"], options["format"] or _form(out)](period))
        if out is None:
            self.stdout.write(text.removeprefix("\ufeff"), ending="")
            return
        out.write_text(text, encoding="utf-8", newline="")
        self.stdout.write(f"{options['report']} of {period.first} to {period.last}: {out}")


def _form(out: Path | None) -> str:
    ending = out.suffix.removeprefix(".") if out else ""
    return ending if ending in FORMATS else "json"
