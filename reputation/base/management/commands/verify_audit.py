import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reputation.base.audit import audit_rows, audit_verify


class Command(BaseCommand):
    help = "Check that no entry of the audit log was changed, removed or moved. Exit 0: it holds; 1: it does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--expect", default="", metavar="SEQUENCE:HASH", help="a head that was told before")
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = tqdm(audit_rows(), unit=" entries", disable=None, file=sys.stderr)
        try:
            verdict = audit_verify(expect=options["expect"], rows=rows)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            options["json"].write_text(json.dumps(asdict(verdict), indent=1) + "\n")
        if verdict.bad is not None:
            raise CommandError(f"entry {verdict.bad}: {verdict.why}; the {verdict.entries} entries before it hold")
        self.stdout.write(f"{verdict.entries} entries hold. Keep the head elsewhere, for --expect next time:")
        self.stdout.write(verdict.head)
