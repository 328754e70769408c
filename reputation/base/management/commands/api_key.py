from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from reputation.base import keys
from reputation.base.models import ApiKey


class Command(BaseCommand):
    help = "Make, revoke and list the keys with which platforms call the HTTP API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        create = deeds.add_parser("create", help="make a key; it stands alone on the last line, and is shown only now")
        create.add_argument("name")
        create.add_argument("--scope", action="append", required=True, metavar="SCOPE", help="such as evidence:write")
        revoke = deeds.add_parser("revoke", help="revoke the key that begins so")
        revoke.add_argument("prefix")
        deeds.add_parser("list", help="list all keys")

    def handle(self, *args: Any, **options: Any) -> None:
        {"create": self._create, "revoke": self._revoke, "list": self._list}[options["deed"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        try:
            key, secret = keys.api_key_create(name=options["name"], scopes=options["scope"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{key.name}: {', '.join(key.scopes)}. Keep the key now, it is not stored:")
        self.stdout.write(secret)

    def _revoke(self, options: dict[str, Any]) -> None:
        revoked = keys.api_key_revoke(prefix=options["prefix"])
        if not revoked:
            raise CommandError("no key in force begins so; see: manage.py api_key list")
        for key in revoked:
            self.stdout.write(f"revoked {key}")

    def _list(self, options: dict[str, Any]) -> None:
        for key in keys.api_keys():
            used = f"used {key.last_used_at:%F %R}" if key.last_used_at else "never used"
            state = f"revoked {key.revoked_at:%F %R}" if key.revoked_at else used
            self.stdout.write(
                f"{key.prefix}  {key.created_at:%F}  {state:24}  {','.join(key.scopes):24}  {key.name}{_whose(key)}"
            )


def _whose(key: ApiKey) -> str:
    return f" (of {key.subject_key})" if key.subject_kind else ""
