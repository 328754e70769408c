import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reputation.nightly.child import JobFailedError
from reputation.nightly.replay import Replay, ReplayError, night_replay

SHOWN = 20  # differences told on the terminal; --json has them all


class Command(BaseCommand):
    help = "Rebuild a published night from its archived inputs and compare every published number. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("night", type=date.fromisoformat, help="a published night, YYYY-MM-DD")
        parser.add_argument(
            "--no-training", action="store_true", help="take the model as stored, do not teach it again"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            replay = night_replay(
                night=options["night"],
                training=not options["no_training"],
                say=lambda line: self.stderr.write(f"… {line}"),
            )
        except (ReplayError, JobFailedError) as error:
            raise CommandError(str(error)) from error
        self._tell(replay)
        if options["json"]:
            options["json"].write_text(
                json.dumps(asdict(replay) | {"equal": replay.equal}, indent=1, default=str) + "\n"
            )
        if not replay.equal:
            sys.exit(1)

    def _tell(self, replay: Replay) -> None:
        compared = f"{replay.ratings} ratings, {replay.numbers} values compared"
        taught = ", ".join(f"{kind} model taught in the night of {night}" for kind, night in replay.models.items())
        self.stdout.write(f"night {replay.night}: {compared}{'; ' if taught else ''}{taught}")
        if replay.equal:
            self.stdout.write("every published number comes out again")
        for one in replay.differences[:SHOWN]:
            self.stdout.write(f"  {one.where}: published {one.published}, replayed {one.replayed}")
        if len(replay.differences) > SHOWN:
            self.stdout.write(f"  and {len(replay.differences) - SHOWN} more")
