from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from reputation.config import database


class Command(BaseCommand):
    help = "Stop the embedded PostgreSQL."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.EMBEDDED_POSTGRES is None:
            said = "DATABASE_URL names a server of yours; it is left alone."
        elif database.stop(settings.EMBEDDED_POSTGRES):
            said = "PostgreSQL is stopped."
        else:
            said = "No PostgreSQL was running."
        if not options["quiet"]:
            self.stdout.write(said)
