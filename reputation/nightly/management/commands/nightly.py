import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reputation.nightly.lease import LeaseHeldError, LeaseLostError
from reputation.nightly.progress import progress_for
from reputation.nightly.runs import NightFailedError
from reputation.nightly.selectors import nights_missing, yesterday
from reputation.nightly.services import nights_run
from reputation.nightly.stages import STAGES
from reputation.nightly.summary import night_json, night_lines
from reputation.ratings.models import Publication

HELD_ELSEWHERE = 75  # EX_TEMPFAIL: try again later


class Command(BaseCommand):
    help = "Run a night: count what came in, train, rate every store and anchor, publish. Safe to kill and to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, help="the market day to rate; default: yesterday")
        parser.add_argument("--catch-up-from", type=date.fromisoformat, help="first run every missing night since")
        parser.add_argument(
            "--accept-drift", action="store_true", help="publish although much moved overnight: somebody has looked"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the summary to FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        nights = self._nights(options["as_of"] or yesterday(), options["catch_up_from"])
        stood = set(Publication.objects.filter(night__in=nights).values_list("night", flat=True))
        try:
            runs = nights_run(
                nights=nights,
                by_operator=True,
                progress=lambda night: progress_for(str(night), tuple(STAGES)),
                accept_drift=options["accept_drift"],
            )
        except LeaseHeldError as error:
            self.stderr.write(f"another run holds the lease: {error}")
            sys.exit(HELD_ELSEWHERE)
        except (NightFailedError, LeaseLostError) as error:
            raise CommandError(str(error)) from error
        for run in runs:
            if run.night in stood:
                self.stdout.write(
                    f"night {run.night} was published before: it is not counted again, late evidence counts next"
                )
            self.stdout.write("\n".join(night_lines(run)))
        if options["json"]:
            options["json"].write_text(json.dumps([night_json(run) for run in runs], indent=1) + "\n")

    def _nights(self, last: date, first: date | None) -> list[date]:
        if last > yesterday():
            raise CommandError(
                f"{last} has not ended in the market's time zone; the last night to run is {yesterday()}"
            )
        if first and first > last:
            raise CommandError(f"--catch-up-from {first} lies after {last}; give an earlier day")
        return (nights_missing(first, last) if first else []) or [last]
