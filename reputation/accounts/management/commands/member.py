from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from reputation.accounts.invitations import invitation_address, invitation_mail, invitation_make
from reputation.accounts.members import OWNER, ROLES, member_remove, members
from reputation.governance.actions.drafts import subject_known
from reputation.subjects.models import SubjectKind


class Command(BaseCommand):
    help = "Who acts for a store or an anchor: invite its first owner, list all, remove somebody."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        invite = deeds.add_parser("invite", help="sends the mail; its link stands alone on the last line too")
        shown = deeds.add_parser("list", help="everyone, with role and whether a second factor is set up")
        remove = deeds.add_parser(
            "remove", help="at once, with the keys and webhooks that they made; the account itself stays"
        )
        for one in (invite, shown, remove):
            one.add_argument("kind", choices=SubjectKind.values)
            one.add_argument("subject_id")
        invite.add_argument("mail")
        invite.add_argument("--role", choices=ROLES, default=OWNER)
        invite.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")
        remove.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['deed']}")(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _invite(self, options: dict[str, Any]) -> None:
        about = _about(options)
        subject_known(**about)  # a slip in the id would invite to a subject that never comes
        with override(options["language"]):
            told = {"mail": options["mail"], "role": options["role"]}
            invitation, token = invitation_make(**about, **told, by=None)
        sent = "is invited by mail" if invitation_mail(invitation, token) else "got no mail: the server did not take it"
        self.stdout.write(f"{invitation.mail} {sent}. The link works once, until {invitation.expires_at:%F %H:%M} UTC:")
        self.stdout.write(invitation_address(token))

    def _list(self, options: dict[str, Any]) -> None:
        for one in members(**_about(options)):
            closed = "account closed" if one.closed else ""
            used = f"last in {one.signed_in_at:%F}" if one.signed_in_at else "never in"
            factor = "second factor" if one.second_factor else "password alone"
            self.stdout.write(f"{one.name:24}  {one.role:5}  {factor:14}  {used:15}  {closed:14}  {one.mail}".rstrip())

    def _remove(self, options: dict[str, Any]) -> None:
        about = _about(options)
        found = next((one for one in members(**about) if one.name == options["name"]), None)
        if found is None:
            raise CommandError(f"{options['name']} does not act for this {options['kind']}")
        member_remove(**about, member=found.id, by=None, made=True)
        self.stdout.write(f"{found.name} does not act for it any more")


def _about(options: dict[str, Any]) -> dict[str, str]:
    return {"kind": options["kind"], "subject_id": options["subject_id"]}
