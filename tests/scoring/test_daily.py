"""Packed tallies, exact changes, day files, sketches of buyers, reported rates."""

from __future__ import annotations

import hashlib
import random
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.daily import (
    MISSING,
    SKETCH,
    apply,
    buyers,
    deltas,
    distinct,
    hashes,
    pack,
    read_day,
    reported,
    tallies,
    union,
    unpack,
    write_day,
)
from scoring.outcomes import PROMISE_KINDS, Counted, Horizon, count_units, due_column
from scoring.outcomes.codes import COUNTER_CODES, NAMES, OUTCOME_CODES
from tests.scoring.random_evidence import closed_days, market
from tests.scoring.small_evidence import ZONE, count, frames, order, returned

SEEDS = st.integers(0, 2**32)
KEY = ["kind", "subject_id", "via"]
FACT = ["unit", "family", "role", "day", "counter", "value"]


def counted_of(seed: int, size: int = 20) -> Counted:
    return count_units(frames(**market(seed, size)), Horizon(closed_days(seed), ZONE))


def nothing() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in ("unit", "store_id", "anchor_id", "facts")})


def plain(facts: pd.DataFrame) -> pd.DataFrame:
    texts = dict.fromkeys(["unit", "family", "role", "counter"], "str")
    return facts[FACT].astype(texts).sort_values(FACT, ignore_index=True)


def long(table: pd.DataFrame) -> pd.Series:
    """A day table as (kind, subject_id, via, counter) -> value, zeroes left out."""
    numbers = table.drop(columns=[name for name in SKETCH if name in table])
    melted = numbers.melt(KEY, var_name="counter").set_index([*KEY, "counter"])["value"]
    return melted[melted != 0].astype("int64").sort_index()


def expected_long(counted: Counted, family: str, day: int) -> pd.Series:
    rows = plain(counted.facts).merge(counted.units, on="unit")
    rows = rows[(rows["family"] == family) & (rows["day"] == day)]
    store = rows["role"] == "store"
    rows = rows.assign(
        kind=rows["role"],
        subject_id=rows["store_id"].where(store, rows["anchor_id"]),
        via=rows["store_id"].mask(store, ""),
    )
    return rows.groupby([*KEY, "counter"])["value"].sum().astype("int64").sort_index()


def rebuilt(changes: list[pd.DataFrame], family: str, day: int) -> pd.DataFrame:
    table = None
    for change in changes:
        table = apply(table, change[(change["family"] == family) & (change["day"] == day)])
    assert table is not None
    return table


@settings(deadline=None, max_examples=8)
@given(SEEDS)
def test_what_was_packed_is_unpacked_unchanged(seed: int) -> None:
    counted = counted_of(seed)
    rows = tallies(counted)
    assert plain(unpack(rows)).equals(plain(counted.facts))
    assert (rows["facts"].map(len) % 8 == 0).all()
    assert rows["facts"].map(type).eq(bytes).all()


def test_the_bytes_of_a_unit_do_not_depend_on_the_order_of_its_facts() -> None:
    facts = counted_of(7).facts
    shuffled = facts.sample(frac=1, random_state=1).astype(dict.fromkeys(["unit", "family", "role", "counter"], "str"))
    assert pack(shuffled).sort_index().equals(pack(facts).sort_index())


def test_a_packed_fact_is_eight_little_endian_bytes() -> None:
    fact = pd.DataFrame(
        {
            "unit": ["o:1"],
            "family": ["counters"],
            "role": ["anchor"],
            "day": [258],
            "counter": ["problem_d"],
            "value": [-2],
        }
    )
    assert pack(fact)["o:1"] == bytes([1, 2 * 26 + 1, 2, 1]) + (-2).to_bytes(4, "little", signed=True)


@pytest.mark.parametrize("content", [b"1234567", bytes([0, 0, 0, 0, 1, 0, 0, 0]), bytes([2, 2, 0, 0, 1, 0, 0, 0])])
def test_bytes_that_no_tally_holds_are_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="a tally"):
        unpack(pd.DataFrame({"unit": ["o:1"], "store_id": ["S"], "anchor_id": [""], "facts": [content]}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"counter": "unheard_n"},
        {"family": "outcomes"},
        {"role": "carrier"},
        {"day": 70000},
        {"day": -1},
        {"value": 2**31},
    ],
)
def test_a_fact_that_no_tally_can_hold_is_an_error(wrong: dict[str, object]) -> None:
    fact = {"unit": "o:1", "family": "counters", "role": "store", "day": 1, "counter": "hype_n", "value": 1, **wrong}
    with pytest.raises(ValueError, match=r"fact|unknown|counter"):
        pack(pd.DataFrame([fact]))


def test_empty_frames_pack_unpack_and_change_nothing() -> None:
    empty = count()
    assert len(pack(empty.facts)) == len(tallies(empty)) == len(unpack(nothing())) == 0
    assert list(deltas(empty, nothing())) == [*KEY, "family", "day", "counter", "value"]
    assert list(apply(None, deltas(empty, nothing()))) == KEY
    assert len(buyers(empty, frames().orders)) == 0


def test_a_unit_without_facts_has_an_empty_tally() -> None:
    rows = tallies(count(orders=[order(amount=0.0)]))
    never = dict.fromkeys(map(due_column, PROMISE_KINDS))
    assert rows.to_dict("records") == [{"unit": "o:1", "store_id": "S", "anchor_id": "", **never, "facts": b""}]


@settings(deadline=None, max_examples=6)
@given(SEEDS, SEEDS)
def test_adding_the_changes_to_the_old_counts_gives_the_fresh_count(first: int, second: int) -> None:
    before, after = counted_of(first), counted_of(second, size=12)  # orders 12 to 19 are gone, 0 to 11 are others
    changes = [deltas(before, nothing()), deltas(after, tallies(before))]
    days = pd.concat(changes)[["family", "day"]].drop_duplicates()
    for family, day in days.sample(min(len(days), 6), random_state=1).itertuples(index=False):
        table = rebuilt(changes, family, day)
        assert long(table).to_dict() == expected_long(after, family, day).to_dict()
        assert (table.drop(columns=KEY) != 0).any(axis=1).all()


def test_the_same_count_again_changes_nothing() -> None:
    counted = counted_of(3)
    assert len(deltas(counted, tallies(counted))) == 0


def test_an_order_that_moves_to_another_anchor_moves_all_its_facts() -> None:
    before = count(orders=[order(anchor_id="A")], returns=[returned()])
    after = count(orders=[order(anchor_id="B")], returns=[returned()])
    changes = deltas(after, tallies(before))
    assert set(changes["kind"]) == {"anchor"}
    assert changes.groupby("subject_id")["value"].agg(set).to_dict() == {"A": {-1}, "B": {1}}
    assert set(changes["via"]) == {"S"}


def test_changes_are_sorted_whole_numbers_without_zeroes() -> None:
    changes = deltas(counted_of(5), tallies(counted_of(6)))
    names = [*KEY, "family", "day", "counter"]
    assert not changes.duplicated(names).any()
    assert changes["value"].dtype == np.int64
    assert (changes["value"] != 0).all()
    assert changes[KEY].equals(changes[KEY].sort_values(KEY, ignore_index=True))


@pytest.fixture
def table() -> pd.DataFrame:
    counted = counted_of(11, size=40)
    changes = deltas(counted, nothing())
    busiest = changes["day"].mode()[0]
    sketch = buyers(counted, frames(**market(11, 40)).orders)
    chosen = changes[(changes["day"] == busiest) & (changes["family"] == "counters")]
    return apply(None, chosen, sketch[sketch["day"] == busiest])


def test_a_day_file_reads_back_as_it_was_written(table: pd.DataFrame, tmp_path: Path) -> None:
    digest, rows = write_day(table, tmp_path)
    again = read_day(tmp_path / f"{digest}.parquet")
    assert rows == len(table) > 3
    pd.testing.assert_frame_equal(again, table)
    assert {str(kind) for name, kind in again.dtypes.items() if name not in (*KEY, *SKETCH)} == {"int64"}


def test_a_day_file_is_named_by_its_content_and_the_same_table_gives_the_same_bytes(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    digest, _ = write_day(table, tmp_path / "one")
    other, _ = write_day(read_day(tmp_path / "one" / f"{digest}.parquet"), tmp_path / "two")
    content = (tmp_path / "two" / f"{other}.parquet").read_bytes()
    assert digest == other == hashlib.sha256(content).hexdigest()
    assert pq.read_metadata(tmp_path / "one" / f"{digest}.parquet").row_group(0).column(0).compression == "ZSTD"
    assert write_day(table.iloc[1:], tmp_path / "one")[0] != digest


def test_nothing_but_whole_files_is_left_in_the_folder(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_day(table, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_changes_may_be_applied_in_any_order(tmp_path: Path) -> None:
    changes = [deltas(counted_of(seed), nothing()) for seed in (1, 2, 3)]
    day = int(pd.concat(changes)["day"].mode()[0])
    tables = [rebuilt(order, "counters", day) for order in (changes, changes[::-1])]
    assert write_day(tables[0], tmp_path) == write_day(tables[1], tmp_path)


def test_a_day_that_comes_to_nothing_is_an_empty_file(tmp_path: Path) -> None:
    counted = count(orders=[order()])
    changes = [deltas(counted, nothing()), deltas(count(), tallies(counted))]
    day = int(changes[0]["day"].iloc[0])
    digest, rows = write_day(rebuilt(changes, "counters", day), tmp_path)
    assert rows == 0
    assert list(read_day(tmp_path / f"{digest}.parquet")) == KEY


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.integers(0, 12), max_size=9), min_size=1, max_size=4), st.integers(0, 9))
def test_the_union_of_sketches_knows_up_to_five_distinct_buyers_exactly(days: list[list[int]], salt: int) -> None:
    rows = [(f"buyer{salt}-{number}", day) for day, numbers in enumerate(days) for number in numbers]
    refs = pd.DataFrame({"ref": pd.Series([ref for ref, _ in rows], dtype="str"), "day": [day for _, day in rows]})
    sketches = union(refs.assign(s="S", b1=hashes(refs["ref"])), ["s", "day"])
    known = distinct(sketches, ["s"]).to_dict()
    assert known == ({"S": min(5, refs["ref"].nunique())} if rows else {})


def test_a_sketch_holds_the_five_smallest_hashes_in_order() -> None:
    refs = pd.Series([f"buyer{number}" for number in range(40)])
    sketch = union(pd.DataFrame({"s": "S", "b1": hashes(refs)}), ["s"])
    assert sketch[SKETCH].to_numpy().tolist() == [sorted(set(hashes(refs).tolist()))[:5]]
    assert max(hashes(refs)) < MISSING


def test_buyers_are_those_of_valid_orders_that_are_not_held() -> None:
    rows = [order(order_id=str(number), buyer_ref=f"b{number}", anchor_id="A") for number in range(4)]
    rows += [order(order_id="free", buyer_ref="b8", amount=0.0), order(order_id="nobody", buyer_ref=None)]
    evidence = frames(orders=rows, held=frozenset({"o:3"}))
    sketch = buyers(count_units(evidence, Horizon({}, ZONE)), evidence.orders)
    assert distinct(sketch, KEY).to_dict() == {("store", "S", ""): 3, ("anchor", "A", "S"): 3}


def test_a_day_file_unites_its_sketches_and_drops_those_of_subjects_that_are_gone() -> None:
    rows = [order(order_id=str(number), buyer_ref=f"b{number}") for number in range(3)]
    table = None
    for row in rows:
        counted = count(orders=[row])
        sketch = buyers(counted, frames(orders=[row]).orders)
        changes = deltas(counted, nothing())
        table = apply(table, changes[changes["family"] == "counters"], sketch.assign(day=0))
    assert table is not None
    assert distinct(table, KEY).to_dict() == {("store", "S", ""): 3}
    gone = pd.concat([deltas(count(), tallies(count(orders=[row]))) for row in rows])
    assert len(apply(table, gone[gone["family"] == "counters"])) == 0


def reports(*rows: tuple[object, ...]) -> pd.DataFrame:
    names = ["subject_kind", "subject_id", "metric", "numerator", "denominator", "retracted"]
    return pd.DataFrame(list(rows), columns=names)


def test_reported_rates_become_a_day_table() -> None:
    table = reported(
        reports(
            ("store", "S", "defect", 3, 100, False),
            ("store", "S", "orders", None, 120, False),
            ("store", "S", "late_dispatch", 9, 90, True),
            ("store", "S", "unheard", 1, 2, False),
            ("anchor", "A", "hype", None, 5, False),
            ("store", "T", "dispatch_time", 7000, 10, False),
        )
    )
    assert long(table).to_dict() == {
        ("store", "S", "", "defect_n"): 3,
        ("store", "S", "", "defect_d"): 100,
        ("store", "S", "", "orders"): 120,
        ("store", "T", "", "dispatch_time_n"): 7000,
        ("store", "T", "", "dispatch_time_d"): 10,
    }


def test_a_day_without_reports_is_an_empty_table() -> None:
    assert list(reported(reports())) == KEY
    assert list(reported(reports(("store", "S", "defect", 3, 100, True)))) == KEY


def test_codes_of_counters_are_unique_and_stay_what_they_were() -> None:
    assert len(NAMES) == len(COUNTER_CODES) + len(OUTCOME_CODES) <= 256
    assert (COUNTER_CODES["defect_n"], COUNTER_CODES["problem_d"]) == (2, 53)
    assert (COUNTER_CODES["orders"], COUNTER_CODES["held"], COUNTER_CODES["excluded_other"]) == (192, 193, 198)
    assert (COUNTER_CODES["incident_n"], COUNTER_CODES["overall_sum"], COUNTER_CODES["overall_positive"]) == (
        54,
        199,
        203,
    )
    assert (COUNTER_CODES["dispatch_promise_n"], COUNTER_CODES["delivery_promise_d"], COUNTER_CODES["grave"]) == (
        204,
        207,
        208,
    )
    assert (OUTCOME_CODES["orders"], OUTCOME_CODES["defect_honesty"], OUTCOME_CODES["problem"]) == (224, 230, 231)
    assert [OUTCOME_CODES[name] for name in ("bad", "neg", "late", "lateship")] == [232, 233, 234, 235]


def test_the_due_day_of_a_tally_is_a_date_or_nothing() -> None:
    rows = tallies(count(orders=[order(ship_by="03-03 10:00"), order(order_id="2")]))
    assert rows["due_shipments"].tolist() == [date(2025, 3, 3), None]
    assert rows["due_returns"].tolist() == [None, None]


@pytest.mark.parametrize("seed", range(3))
def test_chunks_counted_one_by_one_add_up(seed: int) -> None:
    evidence = market(seed, 12)
    units = random.Random(seed).sample([f"o:{number}" for number in range(12)], 12)
    horizon = Horizon(closed_days(seed), ZONE)
    parts = [
        deltas(count_units(frames(**evidence, units=frozenset(units[at : at + 4])), horizon), nothing())
        for at in (0, 4, 8)
    ]
    whole = deltas(count_units(frames(**evidence, units=frozenset(units)), horizon), nothing())
    names = [*KEY, "family", "day", "counter"]
    assert pd.concat(parts).groupby(names)["value"].sum().to_dict() == whole.set_index(names)["value"].to_dict()
