import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from reputation.evidence.models import DirtyUnit
from tests.governance.appeals.world import send

BEFORE, AFTER = [("evidence", "0002_of_anchors")], [("evidence", "0003_recount_named_exclusions")]


@pytest.mark.usefixtures("migrations")
def test_orders_that_the_named_subject_rule_may_change_are_counted_anew() -> None:
    store, span = {"subject_kind": "store", "subject_id": "s1"}, {"from": "2026-05-01T00:00:00Z"}
    send(
        "exclusions",
        {"exclusion_id": "both", "reason": "attack", "order_id": "o1"},
        {"exclusion_id": "one", "reason": "attack", "order_id": "o2", **store},
        {"exclusion_id": "span", "reason": "attack", **store, **span},
        {"exclusion_id": "storm", "reason": "force_majeure", **store, **span},
        {"exclusion_id": "region", "reason": "attack", "region": "East", **span},
    )
    DirtyUnit.objects.all().delete()
    MigrationExecutor(connection).migrate(BEFORE)
    MigrationExecutor(connection).migrate(AFTER)
    assert set(DirtyUnit.objects.values_list("unit", flat=True)) == {"o:o2", "e:span"}
