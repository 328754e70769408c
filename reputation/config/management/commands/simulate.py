from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reputation.base.time import market_day, now
from scoring import market


class Command(BaseCommand):
    help = "Write the evidence of a simulated market, and apart from it the truth behind it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stores", type=int, default=400)
        parser.add_argument("--anchors", type=int, default=None, help="default: about 15 for every 100 stores")
        parser.add_argument("--days", type=int, default=180)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--last-day", type=date.fromisoformat, default=None, help="default: yesterday")
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            spec = market.MarketSpec(
                stores=options["stores"],
                anchors=options["anchors"] or max(1, options["stores"] * 15 // 100),
                days=options["days"],
                seed=options["seed"],
                last_day=options["last_day"] or market_day(now()) - timedelta(days=1),
                time_zone=settings.MARKET_TIME_ZONE,
            )
            files = market.write(market.simulate(spec), options["out"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        for file in files:
            self.stdout.write(str(file))
