#!/usr/bin/env python
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reputation.config.settings")
    from django.conf import settings

    from reputation.base.commands import run
    from reputation.config import database

    if (
        settings.EMBEDDED_POSTGRES
        and sys.argv[1:2] not in ([], ["help"], ["stop"], ["simulate"])
        and "--help" not in sys.argv
    ):
        database.ensure_running(settings.EMBEDDED_POSTGRES)
    run(sys.argv)


if __name__ == "__main__":
    main()
