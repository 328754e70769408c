"""Weekly counters of a subject beside its category, from day files."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.daily import write_day
from scoring.metrics import BY_KEY
from scoring.weekly import Files, weekly

NIGHT = date(2026, 6, 30)
LATE = BY_KEY["late_dispatch"]


def table(*rows: tuple[str, str, int, int], via: str = "") -> pd.DataFrame:
    """kind, subject, late orders, orders."""
    kinds, ids, late, orders = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "kind": kinds,
            "subject_id": ids,
            "via": via,
            "late_dispatch_n": late,
            "late_dispatch_d": orders,
            "orders": orders,
        }
    ).astype({"late_dispatch_n": "int64", "late_dispatch_d": "int64", "orders": "int64"})


def files(folder: Path, **families: dict[int, pd.DataFrame]) -> Files:
    """Family -> days before the night -> its table."""
    return {
        family: {
            NIGHT - timedelta(days=back): folder / f"{write_day(frame, folder)[0]}.parquet"
            for back, frame in days.items()
        }
        for family, days in families.items()
    }


def test_weeks_end_with_the_night_and_days_fall_into_their_own(tmp_path: Path) -> None:
    days = {back: table(("store", "a", back, 100)) for back in (0, 6, 7, 13, 14)}
    found = weekly(files(tmp_path, counters=days), "store", "a", [], NIGHT, 2)
    assert found.starts == (NIGHT - timedelta(days=13), NIGHT - timedelta(days=6))
    late, orders = found.of(LATE)
    assert (late.tolist(), orders.tolist()) == ([20.0, 6.0], [200.0, 200.0])


def test_the_others_are_those_of_the_category_without_the_subject(tmp_path: Path) -> None:
    day = table(("store", "a", 1, 10), ("store", "b", 2, 20), ("store", "c", 4, 40), ("anchor", "b", 8, 80))
    known = files(tmp_path, counters={0: day})
    for category in (["b"], ["a", "b"], ["b", "never sold"]):
        found = weekly(known, "store", "a", category, NIGHT, 1)
        assert [part.tolist() for part in found.of(LATE)] == [[1.0], [10.0]]
        assert [part.tolist() for part in found.of_others(LATE)] == [[2.0], [20.0]]


def test_an_anchors_stores_are_added_up(tmp_path: Path) -> None:
    day = pd.concat([table(("anchor", "a", 1, 10), via="s1"), table(("anchor", "a", 2, 20), via="s2")])
    found = weekly(files(tmp_path, counters={0: day}), "anchor", "a", [], NIGHT, 1)
    assert [part.tolist() for part in found.of(LATE)] == [[3.0], [30.0]]


def test_what_was_counted_wins_over_what_was_reported(tmp_path: Path) -> None:
    counted, told = table(("store", "a", 1, 10)), table(("store", "a", 9, 90), ("store", "b", 3, 30))
    found = weekly(files(tmp_path, counters={0: counted}, reported={0: told, 1: told}), "store", "a", ["b"], NIGHT, 1)
    assert [part.tolist() for part in found.of(LATE)] == [[10.0], [100.0]]  # 1 of 10 counted, 9 of 90 of the day before
    assert [part.tolist() for part in found.of_others(LATE)] == [[6.0], [60.0]]


def test_days_without_a_file_and_metrics_without_a_column_count_nothing(tmp_path: Path) -> None:
    found = weekly(files(tmp_path, counters={3: table(("store", "a", 1, 10))}), "store", "a", [], NIGHT, 3)
    assert found.of(LATE)[1].tolist() == [0.0, 0.0, 10.0]
    assert not np.any(found.of(BY_KEY["slow_reply"]))
    assert not np.any(weekly({}, "store", "a", ["b"], NIGHT, 3).own)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    known = files(tmp_path, counters={0: table(("store", "a", 1, 10))})
    for path in known["counters"].values():
        path.unlink()
    with pytest.raises(OSError, match="No such file"):
        weekly(known, "store", "a", [], NIGHT, 1)
