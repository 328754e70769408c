"""A past night comes out again from its archived inputs, and whatever does not is named."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reputation.nightly.replay import ReplayError, night_replay
from reputation.nightly.runs import days_folder
from reputation.nightly.services import nights_run
from reputation.ratings.models import Publication, Rating
from tests.nightly.market import LAST, close, ingest, instant, market

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def nights(*days: object) -> None:
    nights_run(nights=list(days), by_operator=True)  # type: ignore[arg-type]


def late_news() -> dict[str, list[dict[str, object]]]:
    """An exclusion that changes days which nights have counted already."""
    window = {"from": str(instant(LAST - 20 * DAY)), "to": str(instant(LAST))}
    return {"exclusions": [{"exclusion_id": "X9", "reason": "platform_fault", "order_id": "O7", **window}]}


def test_nights_come_out_again_to_the_last_number_and_a_difference_is_named(tmp_path: Path, jobs_here: None) -> None:
    ingest(market(orders=600, days=25))
    close(LAST)
    nights(LAST - 2 * DAY, LAST - DAY)
    ingest(late_news())
    nights(LAST)
    for day in (LAST - 2 * DAY, LAST):
        replay = night_replay(night=day)
        assert replay.differences == []
        assert replay.ratings == Rating.objects.filter(night=day).count() > 0
        assert replay.numbers > 15 * replay.ratings
        assert set(replay.models) == {"store", "anchor"}

    rated = Rating.objects.filter(night=LAST, state="rated", kind="store").first()
    assert rated is not None
    Rating.objects.filter(id=rated.id).update(stars=float(rated.stars) - 0.1)
    file, out = tmp_path / "replay.json", io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("replay", str(LAST), "--no-training", json=file, stdout=out, stderr=io.StringIO())
    assert ended.value.code == 1
    told = json.loads(file.read_text())
    assert not told["equal"]
    assert [one["where"] for one in told["differences"]] == [f"store {rated.subject_id} stars"]
    assert f"store {rated.subject_id} stars: published {float(rated.stars) - 0.1:.1f}" in out.getvalue()


def test_a_file_that_was_changed_or_lost_is_named(tmp_path: Path, jobs_here: None) -> None:
    ingest(market(orders=60, days=5))
    nights(LAST)
    [name] = list(Publication.objects.get(night=LAST).manifest["counters"].values())[:1]
    path = days_folder() / f"{name}.parquet"
    kept = path.read_bytes()
    path.write_bytes(kept + b" ")
    with pytest.raises(ReplayError, match=f"{name}.parquet has been changed since: restore it"):
        night_replay(night=LAST)
    path.unlink()
    with pytest.raises(ReplayError, match=f"restore {name}.parquet"):
        night_replay(night=LAST)
    path.write_bytes(kept)
    assert night_replay(night=LAST, training=False).equal
    with pytest.raises(CommandError, match="is not published"):
        call_command("replay", str(LAST - DAY), stderr=io.StringIO())
    assert not list((tmp_path / "replays").iterdir())


def test_a_night_says_what_moved_each_star(jobs_here: None) -> None:
    ingest(market(orders=800, days=25))
    close(LAST)
    nights(LAST - 3 * DAY, LAST)
    before = {(row.kind, row.subject_id): row for row in Rating.objects.filter(night=LAST - 3 * DAY)}
    rows = [row for row in Rating.objects.filter(night=LAST) if row.state == "rated"]
    assert len(rows) >= 6
    for row in rows:
        was = before[row.kind, row.subject_id]
        assert row.settled is not None
        assert row.low is not None
        assert row.low < row.expected < row.high
        if was.stars is None:
            assert row.ledger is None
        else:
            assert row.ledger is not None
            assert sum(row.ledger.values()) == pytest.approx(float(row.stars - was.stars), abs=1e-9)
    assert any("evidence" in (row.ledger or {}) for row in rows)
    assert all(row.ledger is None for row in before.values())
    assert Publication.objects.get(night=LAST).previous_id == LAST - 3 * DAY
