"""The engine of a night: what is done is not done again, what fails says so in one line, what is left over goes."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from reputation.nightly.lease import HeldLease, LeaseLostError
from reputation.nightly.models import DayFile, Lease, Run
from reputation.nightly.progress import Bars, Silent
from reputation.nightly.publishing import report
from reputation.nightly.runs import Night, NightFailedError, Stage, days_folder, run_begin, run_folder, run_stages
from reputation.nightly.snapshot import closed_at, manifest_build
from reputation.ratings.models import Publication, Scale, StarModelRecord
from tests.nightly.market import LAST

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def stages(log: list[str], broken: str = "") -> dict[str, Stage]:
    def stage(name: str) -> Stage:
        def go(night: Night) -> None:
            log.append(name)
            if name == broken:
                raise ValueError("two\nlines   of reason")

        return go

    return {name: stage(name) for name in ("first", "second", "third")}


def test_a_killed_run_goes_on_where_it_was_and_a_failed_one_begins_anew() -> None:
    log: list[str] = []
    Run.objects.create(night=LAST, status="running", started_at="2026-04-01T00:00Z", timings={"first": 1.0})
    with HeldLease() as lease:
        with pytest.raises(NightFailedError, match="failed in second: ValueError: two lines of reason"):
            run_stages(Night(run_begin(night=LAST, by_operator=False), lease, Silent()), stages(log, broken="second"))
        run = Run.objects.get()
        assert (run.status, run.stage, run.reason) == ("failed", "second", "ValueError: two lines of reason")
        assert run.attempts == {"second": 1}
        run_stages(Night(run_begin(night=LAST, by_operator=True), lease, Silent()), stages(log))
    assert log == ["second", "first", "second", "third"]


def test_a_run_that_lost_its_lease_leaves_the_row_to_its_successor() -> None:
    def lose(night: Night) -> None:
        Lease.objects.update(fence=99, holder="elsewhere:1:1")
        raise ValueError("too late")

    with HeldLease() as lease, pytest.raises(LeaseLostError):
        run_stages(Night(run_begin(night=LAST, by_operator=False), lease, Silent()), {"only": lose})
    assert Run.objects.get().status == Run.Status.RUNNING


def test_a_night_that_was_interrupted_for_good_is_said_to_have_failed() -> None:
    Run.objects.create(night=LAST, status="running", stage="train", started_at="2026-04-01T00:00Z")
    run_begin(night=LAST + DAY, by_operator=False)
    old = Run.objects.get(night=LAST)
    assert (old.status, old.stage) == ("failed", "train")
    assert "interrupted" in old.reason


def test_a_night_reads_days_up_to_its_own_and_outcomes_that_are_mature() -> None:
    for family in ("counters", "outcomes", "reported"):
        for n in (-1, 0, 59, 60, 400):
            DayFile.objects.create(family=family, day=LAST - n * DAY, digest=f"{family}{n}", rows=1)
    manifest = manifest_build(LAST)
    assert sorted(manifest["counters"].values()) == ["counters0", "counters400", "counters59", "counters60"]
    assert sorted(manifest["outcomes"].values()) == ["outcomes400", "outcomes60"]
    assert manifest["reported"][str(LAST)] == "reported0"


def test_promises_are_called_no_further_than_the_night_and_than_what_is_closed() -> None:
    closed = {"orders": LAST + 3 * DAY, "returns": LAST - DAY, "complaints": None}
    assert closed_at(LAST, closed) == {"orders": str(LAST), "returns": str(LAST - DAY), "complaints": None}


def day_file(name: str, age_days: float) -> Path:
    path = days_folder() / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, times=(time.time() - age_days * 86_400,) * 2)
    return path


def test_the_report_drops_only_what_nothing_names() -> None:
    files = {name: day_file(name, 3) for name in ("current", "archived", "waiting", "orphan")} | {
        "young": day_file("young", 0)
    }
    DayFile.objects.create(family="counters", day=LAST, digest="current", rows=1)
    model = StarModelRecord.objects.create(name="used", night=LAST, artefacts={}, figures={})
    StarModelRecord.objects.create(name="dead", night=LAST, artefacts={"store": "{}"}, figures={})
    scale = Scale.objects.create(version=1, breakpoints={}, fitted_on=LAST)
    Publication.objects.create(night=LAST, published_at="2026-04-01T00:00Z", model=model, scale=scale, closed_through={},
                               manifest={"counters": {"2026-03-01": "archived"}}, figures={})  # fmt: skip
    Run.objects.create(night=LAST - DAY, status="failed", manifest={"outcomes": {"2026-01-01": "waiting"}})
    run_folder("2026-03-01.1").mkdir(parents=True)
    with HeldLease() as lease:
        night = Night(Run(night=LAST, status="published", results={"model": "used"}), lease, Silent())
        night.folder.mkdir()
        report(night)
        assert list(night.folder.parent.iterdir()) == [night.folder]
    assert {name for name, path in files.items() if path.exists()} == {"current", "archived", "waiting", "young"}
    assert StarModelRecord.objects.get(name="dead").artefacts == {}


def test_bars_pass_everything_through(capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars("2026-03-31", ("first", "second"))
    bars.stage("second")
    assert list(bars.each(range(3), total=3, unit="chunk")) == [0, 1, 2]
    bars.done()
    assert "second" in capsys.readouterr().err
