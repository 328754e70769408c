"""From evidence through real nights to flags: a policy reads what the nights left, where they left it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from reputation.ratings.models import Publication
from tests.governance.world import policy, rule
from tests.nightly.market import LAST, close, ingest, instant, market

pytestmark = pytest.mark.django_db(transaction=True)
DEFAULT = Path(__file__).resolve().parents[2] / "policies" / "default.yaml"


def test_shipments_sent_late_are_flagged_and_a_grave_symptom_brings_a_person(tmp_path: Path) -> None:
    rows = market(orders=300, days=12)
    late = {row["order_id"]: row["buyer_ref"] for row in rows["orders"] if row["store_id"] == "S0"}
    assert len(set(late.values())) >= 5
    rows["shipments"] = [row for row in rows["shipments"] if row["order_id"] not in late]  # never sent
    fake = {"return_id": "fake", "order_id": next(iter(late)), "opened_at": instant(LAST, 9), "reason": "counterfeit"}
    rows["returns"] = [row for row in rows["returns"] if row["reason"] != "counterfeit"] + [fake]
    ingest(rows)
    close(LAST)
    call_command("nightly", as_of=LAST - timedelta(days=1))
    call_command("nightly", as_of=LAST)
    file, told = tmp_path / "mine.yaml", tmp_path / "told.json"
    file.write_text(policy(rule(than="0.5")))
    call_command("policy", "backtest", str(file), "--json", str(told))
    report = json.loads(told.read_text())
    assert report["nights"][2] == Publication.objects.count() == 2
    assert report["rules"]["late"]["last_night"] == 1
    assert report["categories"][0]["kind"] == "store"

    call_command("policy", "backtest", str(DEFAULT), "--json", str(told))
    default = json.loads(told.read_text())["rules"]
    assert default["late_dispatch_notice"]["subjects"] >= 1
    assert default["grave_symptom"]["subjects"] == 1  # one counterfeit return is enough
    assert default["grave_symptom"]["new_per_night"] == 1
    assert default["low_star_without_improving"]["subjects"] == 0
