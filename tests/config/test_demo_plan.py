from pathlib import Path

import pytest
from pytest_django import Settings

from reputation.config import demo


@pytest.mark.django_db
@pytest.mark.parametrize(("stores", "days"), [(0, 20), (20, 0)])
def test_a_market_that_cannot_be_leaves_no_plan_behind(
    settings: Settings, tmp_path: Path, stores: int, days: int
) -> None:
    settings.LIVESTAR_VAR = tmp_path
    with pytest.raises(ValueError, match=r"stores|days"):
        demo.plan(stores=stores, days=days)
    assert demo.plan(stores=3, days=20).stores == 3
    assert demo.plan(stores=5, days=30).stores == 3  # the market in place keeps its size
