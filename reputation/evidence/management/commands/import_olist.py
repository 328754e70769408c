import json
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reputation.evidence.olist.services import Imported, olist_import
from reputation.evidence.olist.tables import ZONE, BadFolderError


class Command(BaseCommand):
    help = "Import the public dataset of Olist (CSV, or Parquet of the same names) as history. Repeatable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--until", type=date.fromisoformat, metavar="DATE", help="only what was known by then")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write a report")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MARKET_TIME_ZONE != ZONE:
            self.stderr.write(f"note: days are those of {settings.MARKET_TIME_ZONE}; the data come from {ZONE}")
        try:
            with ExitStack() as bars:
                imported = olist_import(folder=options["folder"], until=options["until"], progress=_bar_in(bars))
        except BadFolderError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if options["json"]:
            options["json"].write_text(json.dumps(_report(imported), indent=1))
        self._conclude(imported)

    def _conclude(self, imported: Imported) -> None:
        for kind, loaded in imported.loaded.items():
            counts = f"{loaded.accepted:,} accepted, {loaded.unchanged:,} unchanged, {loaded.rejected:,} rejected"
            self.stdout.write(f"{kind}: {counts}")
        self.stdout.write(f"{imported.held:,} answers to orders of several sellers are held as unknown_liability")
        self.stdout.write(f"closed through {imported.closed_through}")
        if any(loaded.rejected for loaded in imported.loaded.values()):
            raise CommandError("some rows were rejected; see manage.py check_feed")


def _bar_in(bars: ExitStack) -> Callable[[str, int], Callable[[int], Any]]:
    return lambda kind, rows: bars.enter_context(tqdm(total=rows, unit=" rows", desc=kind, disable=None)).update


def _report(imported: Imported) -> dict[str, Any]:
    counts = ("accepted", "unchanged", "rejected")
    kinds = {kind: {name: getattr(loaded, name) for name in counts} for kind, loaded in imported.loaded.items()}
    return {"kinds": kinds, "held": imported.held, "closed_through": str(imported.closed_through or "")}
