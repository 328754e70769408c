from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reputation.evidence.models import Invitation
from reputation.intake.questionnaire import VALID_DAYS, invitation_link


class Command(BaseCommand):
    help = "Print the questionnaire's link of an invitation that was sent as evidence."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("invitation", metavar="INVITATION")
        parser.add_argument("--days", type=int, default=VALID_DAYS, help=f"good for so many days; default {VALID_DAYS}")
        parser.add_argument("--from-now", action="store_true", help="counted from now; default: from when it was sent")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Invitation.objects.filter(pk=options["invitation"].replace("\0", "")).first()
        if found is None:
            raise CommandError(f"there is no invitation {options['invitation']}; send it as evidence first")
        link = invitation_link(found.pk, None if options["from_now"] else found.sent_at, options["days"])
        self.stdout.write(f"{link.url}\n  good once, until {link.expires_at.isoformat()}")
