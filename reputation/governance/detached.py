"""Commands that a page starts and does not wait for: long work in a process of its own, ended with the installation."""

from __future__ import annotations

import subprocess
import sys

from django.conf import settings


def command_start(*arguments: str) -> subprocess.Popen[bytes]:
    """`manage.py ARGUMENTS`. It stays in the process group of who asked, and lives on where that one is replaced."""
    return subprocess.Popen(  # noqa: S603 (our own commands)
        [sys.executable, str(settings.ROOT / "manage.py"), *arguments],
        cwd=settings.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
