import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from reputation.config import database, demo
from reputation.config.demo_cases import cases_open, complaints_open, questionnaire_open
from reputation.config.processes import Processes, granian


class Command(BaseCommand):
    help = "Make a simulated market, run its nights, and serve it until Ctrl-C."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="do all but serve")
        parser.add_argument("--stores", type=int, default=400)
        parser.add_argument("--days", type=int, default=180)
        parser.add_argument("--nights", type=int, default=demo.NIGHTS, help="how many of the last days get a night")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        try:
            plan = demo.plan(stores=options["stores"], days=options["days"])
            demo.evidence_load(plan)
            demo.policy_announce(plan)
            demo.nights_run(plan, options["nights"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        logins = demo.logins()
        cases_open()
        self._addresses(logins)
        if not options["no_serve"]:
            self._serve()

    def _addresses(self, logins: dict[str, str]) -> None:
        url = settings.PUBLIC_URL
        rows = [
            ("consumer pages", f"{url}/", "consumer"),
            ("merchant portal", f"{url}/portal/", "merchant"),
            ("staff console", f"{url}/console/", "staff"),
            ("", f"{url}/console/", "moderator"),
            ("", f"{url}/console/", "senior"),
        ]
        for label, address, name in rows:
            self.stdout.write(f"  {label:16} {address:36} login {name} / {logins[name]}")
        self.stdout.write(f"  {'API':16} {url}/api/docs")
        if link := questionnaire_open():
            self.stdout.write(f"  {'questionnaire':16} {link}")
        if code := complaints_open():
            self.stdout.write(f"  {'a complaint':16} {url}/complaints/{code}")
        if self._without_second_factor():
            self.stdout.write("  The demo asks its staff for no second factor; STAFF_SECOND_FACTOR=True makes it ask.")

    def _without_second_factor(self) -> dict[str, str]:
        """Everywhere else the console asks for one; here a password printed above has to be enough."""
        return {} if "STAFF_SECOND_FACTOR" in os.environ else {"STAFF_SECOND_FACTOR": "False"}

    def _serve(self) -> None:
        processes = Processes()
        processes.start("web", granian(settings.PORT), self._without_second_factor())
        processes.start("workers", [sys.executable, "manage.py", "workers"])
        self.stdout.write("  Ctrl-C stops everything.")
        ended = processes.wait()
        if settings.EMBEDDED_POSTGRES:
            database.stop(settings.EMBEDDED_POSTGRES)
        if ended:
            raise CommandError(f"the {ended} process ended by itself; port {settings.PORT} may be taken (set PORT)")
        self.stdout.write("Stopped.")
