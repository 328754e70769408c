from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from reputation.accounts.roles import ROLES
from reputation.accounts.services import roles_of, staff_add, staff_remove, staff_reset
from reputation.base.audit import by_operator


class Command(BaseCommand):
    help = "The platform's staff: add somebody with a role, list all, close an account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        add = deeds.add_parser("add", help="a new account's password stands alone on the last line, only now")
        add.add_argument("name")
        add.add_argument("--role", action="append", required=True, choices=ROLES, help="may be given several times")
        add.add_argument("--mail", default="", help="where a link goes when the password is forgotten")
        deeds.add_parser("list", help="everyone, with roles and whether a second factor is set up")
        reset = deeds.add_parser("reset", help="a new first password, and no second factor: for whoever has lost both")
        reset.add_argument("name")
        remove = deeds.add_parser("remove", help="close the account; what it decided stays")
        remove.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['deed']}")(options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _add(self, options: dict[str, Any]) -> None:
        user, password = staff_add(name=options["name"], roles=options["role"], mail=options["mail"], by=by_operator())
        self.stdout.write(f"{user.get_username()}: {', '.join(roles_of(user))}.")
        if password:
            self._hand_over(password)

    def _reset(self, options: dict[str, Any]) -> None:
        user, password = staff_reset(name=options["name"], by=by_operator())
        self.stdout.write(f"{user.get_username()}: former sessions have ended, no second factor.")
        self._hand_over(password)

    def _hand_over(self, password: str) -> None:
        self.stdout.write("The first sign-in asks for a new password. Keep this one now, it is not stored:")
        self.stdout.write(password)

    def _list(self, options: dict[str, Any]) -> None:
        second = set(Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True))
        for user in User.objects.filter(is_staff=True).prefetch_related("groups").order_by("username"):
            roles = ["superuser"] * user.is_superuser + roles_of(user)
            used = f"last in {user.last_login:%F}" if user.last_login else "never in"
            factor = "second factor" if user.pk in second else "password alone"
            self.stdout.write(f"{user.get_username():24}  {', '.join(roles) or 'no role':32}  {factor:14}  {used}")

    def _remove(self, options: dict[str, Any]) -> None:
        user = staff_remove(name=options["name"], by=by_operator())
        self.stdout.write(f"{user.get_username()} is out; sessions have ended")
