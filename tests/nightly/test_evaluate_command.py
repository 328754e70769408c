"""`manage.py evaluate` on a small market from its evidence to the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reputation.nightly import evaluation
from reputation.nightly.evaluation import EvaluationError, Wish, evaluation_run
from reputation.nightly.progress import Silent
from reputation.nightly.roll import roll
from reputation.nightly.runs import days_folder
from scoring.evaluate.contenders import LABELS
from tests.nightly.market import ingest, market

pytestmark = pytest.mark.django_db


def rolled(*, days: int, orders: int) -> None:
    ingest(market(seed=5, stores=12, days=days, orders=orders))
    roll(folder=days_folder(), progress=Silent())


def evaluate(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    call_command("evaluate", *options)
    return str(capsys.readouterr().out)


@pytest.mark.django_db(transaction=True)
def test_it_prints_a_table_and_writes_both_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rolled(days=240, orders=1500)
    told, page = tmp_path / "report.json", tmp_path / "report.html"
    out = evaluate(capsys, "--targets", "defect", "--json", str(told), "--html", str(page))
    assert out.count("> Livestar") == 2  # the target's table, and the attacks'
    assert all(label in out for label in LABELS.values())
    report = json.loads(told.read_text())
    assert list(report["targets"]) == ["defect"]
    assert f"{len(report['cutoffs'])} cut-offs {report['cutoffs'][0]} to {report['cutoffs'][-1]}" in out
    html = page.read_text()
    assert "Own-doing problems: surely better than" in html
    assert "--accent: #0b5a54" in html  # the design's own colours
    with pytest.raises(CommandError, match=r"possible are \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d"):
        evaluate(capsys, "--from", "2019-01-01", "--to", "2019-02-01")


@pytest.mark.django_db(transaction=True)
def test_a_young_market_is_told_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    rolled(days=60, orders=150)
    with pytest.raises(CommandError, match=r"no cut-off can be judged yet: .* \d+ days too few"):
        evaluate(capsys)


def test_without_any_night_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no day files yet; run a night first"):
        evaluate(capsys)


@pytest.mark.parametrize(
    "options", [["--every", "0"], ["--from", "soon"], ["--kind", "carrier"], ["--json", "/no/such/folder/file"]]
)
def test_wrong_options_are_refused_before_any_work(options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("evaluate", *options)


@pytest.mark.django_db(transaction=True)
def test_steps_are_passed_on_while_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    rolled(days=215, orders=500)
    heard: list[tuple[int, int, str]] = []
    evaluation_run(Wish(targets=("problem",), every=60), lambda *step: heard.append(step))
    assert [done for done, _, _ in heard] == list(range(1, len(heard) + 1))
    assert heard[-1][0] == heard[-1][1]
    assert any("judged on problem" in what for _, _, what in heard)


@pytest.mark.django_db(transaction=True)
def test_a_child_that_dies_is_told_with_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    rolled(days=60, orders=60)
    dying = ["sh", "-c", "echo out of memory >&2; kill -ABRT $$"]
    monkeypatch.setattr(evaluation.guarded, "command", lambda *arguments: dying)
    with pytest.raises(EvaluationError, match=r"killed by signal 6 \(SIGABRT\); last message: out of memory"):
        evaluation_run(Wish())


def test_the_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("evaluate", "--help")
    out = capsys.readouterr().out
    assert all(re.search(rf"{name}\b", out) for name in ("--from", "--to", "--every", "--targets", "--json", "--html"))
