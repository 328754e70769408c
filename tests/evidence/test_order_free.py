"""Any order and any split of a set of versions gives the same rows, and repeating a batch changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reputation.evidence import columns, decode, fold
from reputation.evidence.kinds import KINDS
from reputation.evidence.models import DirtyUnit, Version
from reputation.evidence.services import batch_ingest
from tests.evidence.conftest import encoded

START = datetime(2026, 5, 1, tzinfo=UTC)
TIMES = st.integers(0, 40).map(lambda hours: (START + timedelta(hours=hours)).isoformat())
AFTERWARDS = st.integers(41, 80).map(lambda hours: (START + timedelta(hours=hours)).isoformat())
QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "orders": {
        "store_id": st.just("S1"),
        "region": st.sampled_from(["East", "West", None]),
        "amount": st.sampled_from(["1", "2.50", 3]),
        "placed_at": TIMES,
        "cancelled_at": st.none() | AFTERWARDS,
        "retracted": st.booleans(),
    },
    "returns": {
        "order_id": st.just("O"),
        "reason": st.sampled_from(["size", "quality"]),
        "refunded_at": st.none() | TIMES,
    },
    "responses": {
        "overall": st.none() | st.integers(1, 5),
        "hype": st.sampled_from([True, False, "yes", None]),
        "answered_at": TIMES,
    },
    "complaints": {"outcome": st.sampled_from([None, "upheld", "rejected"]), "closed_at": st.none() | TIMES},
    "conversations": {"resolved": st.sampled_from([None, True, False]), "rating": st.none() | st.integers(1, 5)},
}  # fmt: skip


def rows_of(kind: str, *, observed: bool = True) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Versions of at most three keys, each observed at a time of its own (or, without one, dated by its history)."""
    key = KINDS[kind].keys[0]
    patch = st.fixed_dictionaries({key: st.sampled_from(["a", "b", "c"])}, optional=FIELDS[kind])
    if not observed:
        return st.lists(patch, min_size=1, max_size=6, unique_by=lambda row: row[key])
    stated = st.tuples(patch, TIMES).map(lambda pair: {**pair[0], "observed_at": pair[1]})
    return st.lists(stated, min_size=1, max_size=8, unique_by=lambda row: (row[key], row["observed_at"]))


def split(rows: list[dict[str, Any]], cuts: list[int]) -> Iterator[list[dict[str, Any]]]:
    edges = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    return (rows[low:high] for low, high in pairwise(edges))


def stand(kind: str) -> dict[str, Any]:
    """The kind's rows and versions, but for the batches that brought them."""
    model = KINDS[kind].model
    names = [field.column for field in model._meta.concrete_fields if field.column not in (None, "batch_id")]
    versions = sorted(map(str, Version.objects.values_list("kind", "key", "observed_at", "patch", "history")))
    return {"rows": list(model.objects.order_by("pk").values(*names)), "versions": versions}


class UndoneError(Exception):
    pass


def after(kind: str, batches: list[list[dict[str, Any]]], *, history: bool = False) -> dict[str, Any]:
    """What stands after these batches, which are then undone."""
    try:
        with transaction.atomic():
            for rows in batches:
                result = batch_ingest(kind=kind, rows=encoded(rows), source="test", history=history)
                assert not result.rejected
            found = stand(kind)
            raise UndoneError
    except UndoneError:
        return found


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FIELDS)
@QUICK
@given(data=st.data())
def test_order_and_split_do_not_matter(kind: str, data: st.DataObject) -> None:
    rows = data.draw(rows_of(kind))
    shuffled = data.draw(st.permutations(rows))
    cuts = data.draw(st.lists(st.integers(0, 8), max_size=4))
    assert after(kind, [rows]) == after(kind, list(split(shuffled, cuts)))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FIELDS)
@QUICK
@given(data=st.data())
def test_repeating_batches_changes_nothing(kind: str, data: st.DataObject) -> None:
    batches = list(split(data.draw(rows_of(kind)), data.draw(st.lists(st.integers(0, 8), max_size=3))))
    again = data.draw(st.lists(st.sampled_from(batches), max_size=3))
    assert after(kind, batches) == after(kind, batches + again)


@pytest.mark.django_db
@QUICK
@given(rows=rows_of("orders"))
def test_a_repeated_batch_marks_nothing_dirty(rows: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        batch_ingest(kind="orders", rows=encoded(rows), source="test")
        marked = DirtyUnit.objects.count()
        result = batch_ingest(kind="orders", rows=encoded(rows), source="test")
        assert (result.accepted, result.unchanged) == (0, len(rows))
        assert DirtyUnit.objects.count() == marked
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FIELDS)
@QUICK
@given(data=st.data())
def test_history_in_any_order_gives_the_same(kind: str, data: st.DataObject) -> None:
    rows = data.draw(rows_of(kind, observed=False))
    dated = [row for row in rows if any(row.get(name) for name in KINDS[kind].moments)]
    shuffled = data.draw(st.permutations(dated))
    one_by_one = [[row] for row in shuffled]
    assert after(kind, [dated], history=True) == after(kind, one_by_one, history=True)


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("history", [False, True])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_new_goes_in_as_the_fold_would_have_it(kind: str, history: bool, data: st.DataObject) -> None:
    """The columns written by COPY and the fold of a single version are two roads to the same row."""
    spec, now = KINDS[kind], datetime(2026, 6, 1, tzinfo=UTC)
    incoming = decode.body(spec, encoded(data.draw(rows_of(kind, observed=data.draw(st.booleans())))), now)
    table = columns.table(spec, incoming, history=history, now=now)
    fresh = fold.fresh(table)
    for place in range(len(table)):
        version = fold.Version(table.observed[place], table.patch(place), table.sent[place] & columns.HISTORY != 0)
        keys = {name: table.columns[name][place] for name in spec.keys}
        assert {name: values[place] for name, values in fresh.items()} == fold.fold(spec, keys, [version])
