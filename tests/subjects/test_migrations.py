"""Names that were there before they were searched by letters and sounds."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = [("subjects", "0001_initial")], [("subjects", "0003_names_as_searched")]
_EVIDENCE = {
    "observed_at": datetime(2026, 11, 1, tzinfo=UTC), "first_observed_at": datetime(2026, 11, 1, tzinfo=UTC),
    "sent": 1, "versions": 1, "retracted": False, "batch_id": 1,
}  # fmt: skip


@pytest.mark.usefixtures("migrations")
def test_names_that_are_there_are_worked_out_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.subjects.migrations.0003_names_as_searched.BATCH", 2)
    apps = MigrationExecutor(connection).migrate(BEFORE).apps
    names = {"s1": "月光 Lane", "s2": "Ｍia", "s3": None, "s4": "青禾", "s5": ""}
    for store_id, name in names.items():
        apps.get_model("subjects", "Store").objects.create(store_id=store_id, name=name, **_EVIDENCE)
    apps.get_model("subjects", "Anchor").objects.create(anchor_id="a1", name="阿澈", **_EVIDENCE)
    apps = MigrationExecutor(connection).migrate(AFTER).apps
    stores = apps.get_model("subjects", "Store").objects.order_by("pk").values_list("letters", "sounds")
    expected = [("月光 lane", "yue guang lane"), ("mia", ""), ("", ""), ("青禾", "qing he"), ("", "")]
    assert list(stores) == expected
    assert apps.get_model("subjects", "Anchor").objects.get().sounds == "a che"
