import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reputation.nightly.evaluation import EvaluationError, Wish, evaluation_run
from scoring.evaluate.html import page
from scoring.evaluate.table import text


class Command(BaseCommand):
    help = (
        "Say how good the ratings are: at past cut-offs, with what was known then, against the orders of the 30 days"
        " after, beside the formulas that other platforms publish."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE", help="first cut-off")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DATE", help="no cut-off after it")
        parser.add_argument("--every", type=_days, default=14, metavar="DAYS", help="between cut-offs; default 14")
        parser.add_argument("--kind", choices=("store", "anchor"), default="store")
        parser.add_argument("--targets", nargs="+", default=(), metavar="TARGET", help="default: all that have data")
        parser.add_argument("--json", type=_writable, metavar="FILE", help="also write all figures to FILE")
        parser.add_argument(
            "--html", type=_writable, metavar="FILE", help="also write a report to FILE, to be looked at"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wish = Wish(*(options[name] for name in ("first", "last", "every", "kind", "targets")))
        with tqdm(desc="evaluate", unit="step", leave=False, disable=None) as bar:
            try:
                report = evaluation_run(wish, lambda done, steps, what: _show(bar, done, steps, what))
            except EvaluationError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(text(report))
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        if options["html"]:
            tokens = (settings.ROOT / "static" / "tokens.css").read_text(encoding="utf-8")
            options["html"].write_text(page(report, tokens), encoding="utf-8")


def _show(bar: "tqdm[Any]", done: int, steps: int, what: str) -> None:
    bar.total = steps
    bar.set_postfix_str(what, refresh=False)
    bar.update(done - bar.n)


def _days(value: str) -> int:
    days = int(value)
    if not 1 <= days <= 366:
        raise ArgumentTypeError("give a number of days from 1 to 366")
    return days


def _writable(value: str) -> Path:
    """Said before the work begins, not after it."""
    path = Path(value)
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"the folder of {path} does not exist; make it first")
    return path
