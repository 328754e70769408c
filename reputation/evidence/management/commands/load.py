import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reputation.evidence import files, services
from reputation.evidence.kinds import KINDS
from reputation.evidence.loading import Loaded, file_load


class Command(BaseCommand):
    help = "Load files of evidence (.csv, .ndjson, .parquet). Repeating a load changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("files", nargs="+", type=Path, metavar="file")
        add = parser.add_argument
        add("--history", action="store_true", help="each fact was observed at its own time, not now")
        add("--complete-through", type=date.fromisoformat, metavar="DATE", help="then close the kind through DATE")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write a report")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, closing = options["kind"], options["complete_through"]
        if missing := [str(path) for path in options["files"] if not path.is_file()]:
            raise CommandError(f"no such file: {', '.join(missing)}")
        try:
            loaded = [self._load(kind, path, options["history"]) for path in options["files"]]
            if closing:
                services.day_close(kind, closing)
        except files.BadFileError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if options["json"]:
            report = {"kind": kind, "complete_through": closing and str(closing), "files": [asdict(f) for f in loaded]}
            options["json"].write_text(json.dumps(report, indent=1, ensure_ascii=False))
        self._conclude(loaded)

    def _load(self, kind: str, path: Path, history: bool) -> Loaded:
        with tqdm(total=files.row_count(path), unit=" rows", desc=path.name, disable=None) as bar:
            loaded = file_load(kind=kind, path=path, history=history, advance=bar.update)
        counts = f"{loaded.accepted:,} accepted, {loaded.unchanged:,} unchanged, {loaded.rejected:,} rejected"
        self.stdout.write(f"{path.name}: {counts}")
        for bad in loaded.first_rejections:
            self.stdout.write(f"  row {bad.row} {bad.field}: {bad.error}")
        return loaded

    def _conclude(self, loaded: list[Loaded]) -> None:
        if rejected := sum(file.rejected for file in loaded):
            raise CommandError(
                f"{rejected:,} rows were rejected; the others are in. They are kept for mending: see "
                "manage.py check_feed, or GET /api/v1/evidence/rejected"
            )
