"""Days on which something is wrong with the evidence or the model, through the real night."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from reputation.nightly.lease import HeldLease
from reputation.nightly.models import Run
from reputation.nightly.progress import Silent
from reputation.nightly.runs import Night, NightFailedError, run_begin, run_folder, run_stages
from reputation.nightly.services import nights_run
from reputation.nightly.stages import STAGES
from reputation.ratings.clearance import drift_clear, waiting
from reputation.ratings.models import Pointer, Publication, Rating, StarModelRecord
from reputation.ratings.selectors import shown_forget
from tests.nightly.market import LAST, Rows, ingest, instant
from tests.people import staff_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("jobs_here")]
DAY = timedelta(days=1)
_ANSWERS = ("overall", "as_described", "service", "logistics")


def night(day: date, accept: bool = False) -> Run:
    [run] = nights_run(nights=[day], by_operator=True, accept_drift=accept)
    return run


def calm(
    *, stores: int, orders: int, days: int, last: date, returned: float = 0.04, shipped: bool = True, seed: int = 1
) -> Rows:
    """So many orders of each store, evenly over the days before and including `last`. Every parcel goes out within an
    hour, the same for all; a third is answered with fives; now and then one is sent back."""
    rng = random.Random(seed)
    rows: Rows = {kind: [] for kind in ("stores", "orders", "shipments", "returns", "responses")}
    for s in range(stores):
        rows["stores"].append({"store_id": f"S{s}", "name": f"Store {s}", "category": "food" if s % 2 else "toys"})
        for n in range(orders):
            _calm_order(rows, rng, s, n, instant(last - timedelta(days=n * days // orders)), returned, shipped)
    ends = instant(last, 15.9)
    rows["returns"] = [row for row in rows["returns"] if row["opened_at"] < ends]
    return rows


def _calm_order(
    rows: Rows, rng: random.Random, store: int, number: int, placed: Any, returned: float, shipped: bool
) -> None:
    key = f"O{store}.{number}"
    rows["orders"].append(
        {"order_id": key, "store_id": f"S{store}", "buyer_ref": f"B{store}.{number % 8}", "placed_at": placed,
         "ship_by": placed + 2 * DAY, "amount": "10.00", "currency": "CNY"}
    )  # fmt: skip
    if shipped:
        rows["shipments"].append({"order_id": key, "shipped_at": placed + timedelta(hours=1)})
    if shipped and number % 3 == 0:
        good = dict.fromkeys(_ANSWERS, 5)
        told = {"response_id": f"A{key}", "respondent_ref": f"B{store}.{number % 8}", "order_id": key}
        rows["responses"].append({**told, "answered_at": placed + timedelta(hours=2), **good})
    if rng.random() < returned:
        opened = placed + timedelta(days=3)
        rows["returns"].append({"return_id": f"R{key}", "order_id": key, "opened_at": opened, "reason": "quality"})


def ones(rows: Rows, stores: Sequence[str], day: date, buyers: int = 8) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """A batch that answers the orders of some stores, of some of their buyers, with ones in one morning."""
    answered = {row["order_id"] for row in rows["responses"]}
    worst = dict.fromkeys(_ANSWERS, 1)
    return {
        "responses": [
            {"response_id": f"Z{row['order_id']}", "respondent_ref": row["buyer_ref"], "order_id": row["order_id"],
             "answered_at": instant(day), **worst}
            for row in rows["orders"]
            if row["store_id"] in stores and row["order_id"] not in answered and int(row["buyer_ref"].rpartition(".")[2]) < buyers
        ]
    }  # fmt: skip


def stars(day: date) -> dict[str, float | None]:
    return {row.subject_id: row.stars and float(row.stars) for row in Rating.objects.filter(night=day, kind="store")}


def test_one_store_with_a_few_days_of_orders_and_nothing_else_has_stars_and_so_has_a_category_never_seen() -> None:
    """No outcome stands yet, no peer, no metric but the orders."""
    ingest(calm(stores=1, orders=40, days=6, last=LAST - DAY, returned=0, shipped=False))
    night(LAST - DAY)
    [alone] = stars(LAST - DAY).values()
    assert alone is not None
    new = calm(stores=2, orders=40, days=6, last=LAST, seed=2)
    ingest(
        {kind: [row for row in rows if "S0" not in str(row) and "O0." not in str(row)] for kind, rows in new.items()}
    )
    ingest({"stores": [{"store_id": "S1", "name": "Store 1", "category": "never seen"}]})
    night(LAST)
    found = Rating.objects.get(night=LAST, subject_id="S1")
    assert (found.state, found.category) == ("rated", "never seen")
    assert found.percentile == 50.0
    assert 1 <= found.stars <= 5
    assert found.ledger is None
    model = Publication.objects.get(night=LAST).model
    assert "too_few_subjects" in str(model.gate)


@pytest.fixture
def large(db: None) -> Rows:
    """Twelve stores with 108 orders a day for 24 days, and a night."""
    rows = calm(stores=12, orders=216, days=24, last=LAST - DAY)
    ingest(rows)
    night(LAST - DAY)
    return rows


def test_a_day_without_evidence_and_evidence_sent_twice_stop_the_night_until_a_person_comes(large: Rows) -> None:
    with pytest.raises(NightFailedError, match=r"drift: the last day has 0.00 of a usual day's orders"):
        night(LAST)
    today = calm(stores=12, orders=10, days=1, last=LAST)["orders"]
    late = [{**row, "order_id": f"L{row['order_id']}"} for row in today]
    twice = [{**row, "order_id": f"D{row['order_id']}"} for row in large["orders"]]
    ingest({"orders": late + twice})
    with pytest.raises(
        NightFailedError, match=r"drift: 2\.0 times the orders of the night before are counted"
    ) as failed:
        night(LAST)
    assert failed.value.stage == "publish"
    assert "the last day" not in failed.value.reason
    assert Pointer.objects.get().publication_id == LAST - DAY
    assert night(LAST, accept=True).status == Run.Status.PUBLISHED
    assert Pointer.objects.get().publication_id == LAST


def test_a_poisoned_batch_against_many_stops_the_night_and_a_person_may_accept_it(client: Client) -> None:
    rows = calm(stores=30, orders=40, days=30, last=LAST - DAY)
    ingest(rows)
    night(LAST - DAY)
    before = stars(LAST - DAY)
    struck = [f"S{n}" for n in range(12)]
    ingest(ones(rows, struck, LAST))
    with pytest.raises(CommandError, match=r"failed in publish: drift: .* of the stars moved by 0.5 or more"):
        call_command("nightly", as_of=LAST)
    assert not Rating.objects.filter(night=LAST).exists()
    run = Run.objects.get(night=LAST)
    assert (run.status, run.stage) == (Run.Status.FAILED, "publish")
    [moved] = [found for found in run.results["drift"]["store"]["stop"] if found["code"] == "stars_moved"]
    assert moved["value"] >= 12 / 30 - 0.01
    told = client.get("/readyz").json()
    assert (told["night"], told["stage"]) == ("failed", "publish")
    assert "of the stars moved by 0.5 or more in one night" in told["reason"]
    shown_forget()
    assert client.get("/stores/S0").status_code == 200
    assert Pointer.objects.get().publication_id == LAST - DAY

    client.force_login(staff_member("mia", "moderator"))
    for address in ("/console/", f"/console/nights/{LAST}"):
        assert "of the stars moved by 0.5 or more" in client.get(address).content.decode()
    assert "Too many stars moved in one night" in client.get("/console/models").content.decode()

    call_command("nightly", as_of=LAST, accept_drift=True)
    held = set(Rating.objects.filter(night=LAST, withheld_for="drift").values_list("subject_id", flat=True))
    jumps = {jump["subject_id"]: jump for jump in Run.objects.get(night=LAST).results["drift"]["jumps"]}
    assert held == set(jumps) == {one.rating.subject_id for one in waiting()}
    assert held & set(struck)
    assert all(abs(jump["after"] - jump["before"]) >= 0.95 for jump in jumps.values())
    now = {who: shown for who, shown in stars(LAST).items() if shown is not None}
    assert now.keys() == before.keys() - held
    assert all(abs(shown - before[who]) <= 1.1 for who, shown in now.items())


def test_a_poisoned_batch_against_one_withholds_it_alone_until_a_person_has_looked() -> None:
    rows = calm(stores=30, orders=40, days=30, last=LAST - 3 * DAY)
    ingest(rows)
    night(LAST - 3 * DAY)
    before = stars(LAST - 3 * DAY)["S4"]
    ingest(ones(rows, ["S4"], LAST - 2 * DAY, buyers=4))
    night(LAST - 2 * DAY)
    night(LAST - DAY)
    for day in (LAST - 2 * DAY, LAST - DAY):
        held = Rating.objects.get(night=day, subject_id="S4")
        assert (held.state, held.withheld_for, held.stars, held.ledger) == ("withheld", "drift", None, None)
        assert Rating.objects.filter(night=day).exclude(withheld_for="").count() == 1
    [jump] = Run.objects.get(night=LAST - 2 * DAY).results["drift"]["jumps"]
    assert jump["subject_id"] == "S4"
    assert jump["before"] == pytest.approx(before, abs=0.06)
    assert jump["after"] <= jump["before"] - 1
    assert jump["parts"]["evidence"] <= -1
    assert Run.objects.get(night=LAST - DAY).results["drift"]["jumps"] == []
    [one] = waiting()
    assert (one.rating.subject_id, one.since, one.cleared) == ("S4", LAST - 2 * DAY, None)

    mia = staff_member("mia", "moderator")
    drift_clear(kind="store", subject_id="S4", night=LAST - DAY, by=mia, note="four real buyers")
    night(LAST)
    shown = Rating.objects.get(night=LAST, subject_id="S4")
    assert (shown.state, shown.withheld_for) == ("rated", "")
    assert float(shown.stars) <= before - 1
    assert waiting() == []


def trained(day: date) -> Path:
    """A night up to its training, as one leaves it that is killed there; returns where the challenger lies."""
    with HeldLease() as lease:
        run = run_begin(night=day, by_operator=True)
        stages = {name: STAGES[name] for name in ("screen", "roll", "snapshot", "train")}
        run_stages(Night(run, lease, Silent()), stages)
    return run_folder(run.results["trained"])


def spoiled(day: date, intercept: str) -> None:
    """The store's challenger of a night foresees something else."""
    path = trained(day) / "model-store.json"
    model = json.loads(path.read_text())
    model["learnt"]["published"]["defect"] = "base"
    model["learnt"]["bases"]["defect"]["intercept"] = float(intercept)
    path.write_text(json.dumps(model))


def test_a_challenger_that_is_worse_or_no_number_or_cannot_be_read_leaves_the_champion_in_place() -> None:
    first = LAST - 3 * DAY
    ingest(calm(stores=34, orders=70, days=130, last=first, returned=0.35))
    night(first)
    champion = Publication.objects.get(night=first).model
    assert not champion.gate["store"]["reasons"][0]["code"].startswith("too_few")
    for day, intercept, code in ((LAST - 2 * DAY, "3", "worse_than_champion"), (LAST - DAY, "nan", "not_finite")):
        spoiled(day, intercept)
        run = night(day)
        assert Publication.objects.get(night=day).model == champion
        verdict = StarModelRecord.objects.get(name=run.results["challenger"]).gate["store"]
        assert not verdict["promoted"]
        assert code in {reason["code"] for reason in verdict["reasons"]}
        assert "challenger_failed" not in run.results
    (trained(LAST) / "model-anchor.json").write_text("half a mod")
    run = night(LAST)
    published = Publication.objects.get(night=LAST)
    assert published.model == champion
    assert run.results["challenger_failed"].startswith("gate ended with exit code 1")
    assert published.inputs["challenger_failed"] == run.results["challenger_failed"]
    assert stars(LAST).keys() == stars(first).keys()
    assert all(shown is not None for shown in stars(LAST).values())
