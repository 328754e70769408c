import json
from argparse import ArgumentParser
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reputation.base.time import market_day, now
from reputation.ratings.models import Scale
from reputation.ratings.scales import NOTICE_DAYS, ScaleError, preview, scale_announce, scale_fit, scale_live


class Command(BaseCommand):
    help = "The table from log-odds to stars: list its versions, fit a draft, announce it. Versions never change."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        for name, text in (
            ("list", "all versions, and when each counts"),
            ("fit", "a draft fitted to the latest published night, and what it would change"),
            ("announce", f"tell everybody that a draft will count, at least {NOTICE_DAYS} days ahead"),
        ):
            _add(commands.add_parser(name, help=text), announces=name == "announce")

    def handle(self, *args: Any, **options: Any) -> None:
        today = market_day(now())
        try:
            told = getattr(self, f"_{options['command']}")(today, options)
        except ScaleError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            options["json"].write_text(json.dumps(told, indent=1, default=str) + "\n")

    def _list(self, today: date, options: dict[str, Any]) -> list[dict[str, Any]]:
        live = scale_live(today)
        rows = list(Scale.objects.order_by("version"))
        if not rows:
            self.stdout.write("no scale yet: the first night fits one")
        for scale in rows:
            since = f"from {scale.live_from}" if scale.live_from else "draft"
            self.stdout.write(f"scale {scale.version}: {since}{', counts now' if scale == live else ''}")
        return [
            {"version": scale.version, "live_from": scale.live_from, "announced_on": scale.announced_on,
             "live": scale == live, "breakpoints": scale.breakpoints}
            for scale in rows
        ]  # fmt: skip

    def _fit(self, today: date, options: dict[str, Any]) -> dict[str, Any]:
        scale = scale_fit(today=today)
        self.stdout.write(
            f"scale {scale.version} is a draft; `scale announce {scale.version} --from DATE` publishes it"
        )
        return self._told(scale)

    def _announce(self, today: date, options: dict[str, Any]) -> dict[str, Any]:
        note = {"en": options["note_en"], "zh-hans": options["note_zh"]}
        scale = scale_announce(version=options["version"], today=today, live_from=options["from"], note=note)
        self.stdout.write(
            f"scale {scale.version} counts from {scale.live_from}; from the next night on pages preview it"
        )
        return self._told(scale)

    def _told(self, scale: Scale) -> dict[str, Any]:
        moves = Counter(preview(scale))
        for tenths, subjects in sorted(moves.items()):
            self.stdout.write(f"  {tenths / 10:+.1f}  {subjects} subjects")
        changes = {f"{tenths / 10:+.1f}": subjects for tenths, subjects in sorted(moves.items())}
        return {"version": scale.version, "live_from": scale.live_from, "changes": changes}


def _add(parser: ArgumentParser, *, announces: bool) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to FILE")
    if announces:
        parser.add_argument("version", type=int)
        parser.add_argument("--from", type=date.fromisoformat, required=True, help="the first night that counts by it")
        parser.add_argument("--note-en", required=True, help="why, in English, for the page that announces it")
        parser.add_argument("--note-zh", required=True, help="why, in Chinese")
