"""What all commands of manage.py share: a mistake that the operator can mend is one line and exit code 1."""

import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor

_SHUT_DOWN = ("57P", "08")  # by an operator, or a crash; connection errors


def run(argv: Sequence[str]) -> None:
    """Run a command. Ends with SystemExit where the operator has to mend something first."""
    if wrong := _report_refused(argv):
        sys.exit(wrong)
    try:
        execute_from_command_line(list(argv))
    except ProgrammingError:
        if "--traceback" in argv or not _unmigrated():
            raise
        sys.exit("The database is not that of this version yet. First run: python manage.py migrate")
    except (OperationalError, psycopg.OperationalError) as error:  # COPY raises the driver's own
        if "--traceback" in argv or not _gone(error):
            raise
        sys.exit(f"The database does not answer ({str(error).splitlines()[0]}). When it is back, run the same again")


def _gone(error: Exception) -> bool:
    """Whether the server ended the connection or never took it; other errors are not cured by waiting."""
    state = getattr(error if isinstance(error, psycopg.Error) else error.__cause__, "sqlstate", None)
    return state is None or state.startswith(_SHUT_DOWN)


def _report_refused(argv: Sequence[str]) -> str:
    """Why the file of --json could not be written: better known before the work than after it."""
    pairs = zip(argv, [*argv[1:], ""], strict=True)
    named = [argument[7:] if argument.startswith("--json=") else after for argument, after in pairs
             if argument == "--json" or argument.startswith("--json=")]  # fmt: skip
    for path in map(Path, filter(None, named)):
        if path.is_dir():
            return f"--json: {path} is a folder; name a file in it"
        if not path.parent.is_dir():
            return f"--json: there is no folder {path.parent}; make it first"
    return ""


def _unmigrated() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
