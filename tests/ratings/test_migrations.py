"""Moving a market of an earlier version on keeps what it had published."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = [("ratings", "0004_drift_clearance")], [("ratings", "0005_scales_live")]


@pytest.mark.usefixtures("migrations")
def test_a_scale_of_before_announcements_has_counted_since_it_was_fitted() -> None:
    executor = MigrationExecutor(connection)
    old = executor.migrate(BEFORE).apps.get_model("ratings", "Scale")
    old.objects.create(version=1, breakpoints={}, fitted_on=date(2026, 3, 1))
    announced = {"announced_on": date(2026, 4, 1), "live_from": date(2026, 5, 1)}
    old.objects.create(version=2, breakpoints={}, fitted_on=date(2026, 3, 31), **announced)
    executor = MigrationExecutor(connection)
    new = executor.migrate(AFTER).apps.get_model("ratings", "Scale")
    assert list(new.objects.order_by("version").values_list("live_from", flat=True)) == [
        date(2026, 3, 1),
        date(2026, 5, 1),
    ]
