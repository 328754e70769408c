"""What an operator forgot is told in one line, before any work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError, connection

from reputation.base.commands import run


def said(*arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        run(["manage.py", *arguments])
    assert isinstance(ended.value.code, str)  # printed to stderr, with exit code 1
    assert "\n" not in ended.value.code
    return ended.value.code


@pytest.mark.parametrize("way", [["--json", "{}"], ["--json={}"]])
def test_a_report_into_a_folder_that_is_not_there_is_refused_before_the_work(tmp_path: Path, way: list[str]) -> None:
    arguments = [word.format(tmp_path / "nowhere" / "report.json") for word in way]
    assert said("check_feed", *arguments) == f"--json: there is no folder {tmp_path / 'nowhere'}; make it first"


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    assert "is a folder" in said("check_feed", "--json", str(tmp_path))


@pytest.mark.django_db(transaction=True)
def test_a_report_is_written(tmp_path: Path) -> None:
    run(["manage.py", "check_feed", "--json", str(tmp_path / "report.json")])
    assert (tmp_path / "report.json").read_text().startswith("{")


@pytest.fixture
def unmigrated(transactional_db: None) -> Iterator[None]:
    """New connections see a schema without any table."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA bare")
        cursor.execute(f"ALTER DATABASE {name} SET search_path TO bare")
    connection.close()
    yield
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} RESET search_path")
        cursor.execute("DROP SCHEMA bare CASCADE")
    connection.close()


@pytest.mark.usefixtures("unmigrated")
@pytest.mark.parametrize("command", [["check_feed"], ["api_key", "list"]])
def test_before_the_first_migrate_a_command_says_what_to_run(command: list[str]) -> None:
    assert said(*command).endswith("First run: python manage.py migrate")


@pytest.mark.usefixtures("unmigrated")
def test_the_traceback_is_there_for_who_asks() -> None:
    with pytest.raises(ProgrammingError):
        run(["manage.py", "check_feed", "--traceback"])


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_not_there_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    connection.close()
    assert said("api_key", "list").endswith("When it is back, run the same again")


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_was_not_to_be_had_is_no_database_that_went_away() -> None:
    rival = connection.copy()
    rival.set_autocommit(False)
    try:
        with rival.cursor() as holding, connection.cursor() as cursor:
            holding.execute("LOCK TABLE evidence_order")
            cursor.execute("SET lock_timeout = '50ms'")
        with pytest.raises(OperationalError):
            run(["manage.py", "check_feed"])
    finally:
        rival.close()


@pytest.mark.django_db(transaction=True)
def test_a_mistake_of_our_own_is_not_blamed_on_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.evidence.feed._day", lambda kind: "no_such_column")
    with pytest.raises(ProgrammingError):
        run(["manage.py", "check_feed"])
