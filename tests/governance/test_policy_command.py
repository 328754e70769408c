"""`manage.py policy`: check, backtest, activate, list."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reputation.base.time import market_day, now
from reputation.governance.models import PolicyVersion
from scoring.policy import MOST_BYTES
from tests.governance.world import flagged_slowly, policy, publish, rule

pytestmark = pytest.mark.django_db
DEFAULT = str(Path(__file__).resolve().parents[2] / "policies" / "default.yaml")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(policy(rule()))
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    call_command("policy", *map(str, words))
    return str(capsys.readouterr().out)


def test_check_says_of_the_policy_that_ships_that_it_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing to mend" in run(capsys, "check", DEFAULT)
    assert not PolicyVersion.objects.exists()


def test_check_prints_file_line_and_mend_and_ends_with_an_error(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text(policy(rule(metric="late_dispach", action="suspend")))
    told = file.parent / "told.json"
    with pytest.raises(CommandError, match="is refused: 1 to mend"):
        call_command("policy", "check", str(file), "--json", str(told))
    assert f"{file}:9: metric 'late_dispach' is unknown; did you mean late_dispatch?" in capsys.readouterr().out
    assert json.loads(told.read_text())["refused"][0]["line"] == 9


def test_backtest_prints_the_table_and_writes_the_report(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    days = publish(nights=3)
    told = file.parent / "told.json"
    out = run(capsys, "backtest", file, "--from", days[1], "--json", told)
    report = json.loads(told.read_text())
    assert f"tried: 2 nights from {days[1]} to {days[2]}" in out
    assert report["all"]["last_night"] == len(flagged_slowly(0.05))
    assert "no policy is in force to compare with" in out


def test_backtest_compares_with_the_policy_in_force(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    publish(nights=2)
    call_command("policy", "activate", str(file))
    today = market_day(now())
    PolicyVersion.objects.update(state="live", live_from=today - timedelta(days=1))
    capsys.readouterr()
    file.write_text(policy(rule(than="0.04")))
    new = len(flagged_slowly(0.04) - flagged_slowly(0.05))
    assert f"on the last night {new}, 0 and {len(flagged_slowly(0.05))}" in run(capsys, "backtest", file)


def test_activate_announces_and_says_from_when_on_and_why_so_late(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    publish(nights=1)
    out = run(capsys, "activate", file, "--by", "operator:wang", "--note", "first")
    live_from = market_day(now()) + timedelta(days=15)
    touched = len(flagged_slowly(0.05))
    assert f"counts from {live_from} (15 days' notice: {touched} of 60 subjects touched)" in out
    listed = run(capsys, "list")
    assert f"policy 1 (tried): announced, counts from {live_from}" in listed
    assert "announced by operator:wang: first" in listed


def test_activate_refuses_what_check_refuses_and_saves_nothing(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text(policy(rule(than="3")))
    with pytest.raises(CommandError, match="is refused"):
        call_command("policy", "activate", str(file))
    assert "could never fire" in capsys.readouterr().out
    assert not PolicyVersion.objects.exists()


def test_list_of_nothing_names_the_policy_that_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert "policies/default.yaml" in run(capsys, "list")


def test_files_that_cannot_be_read_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("policy", "check", str(tmp_path / "none.yaml"))
    with pytest.raises(CommandError, match="Is a directory"):
        call_command("policy", "check", str(tmp_path))
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MOST_BYTES * 3))
    with pytest.raises(CommandError, match="1 to mend"):
        call_command("policy", "check", str(large))


def test_backtest_without_nights_says_to_run_one(file: Path) -> None:
    with pytest.raises(CommandError, match="no night is published yet; run one first"):
        call_command("policy", "backtest", str(file))


@pytest.mark.parametrize("words", [["backtest", DEFAULT, "--from", "soon"], ["check"], ["burn", DEFAULT], []])
def test_wrong_words_are_refused(words: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("policy", *words)
