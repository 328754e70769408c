import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from reputation.evidence import files, selectors
from reputation.evidence.models import Batch, ClosedDay, Conversation, Order, RejectedRow, Response
from reputation.subjects.models import Anchor
from tests.evidence.conftest import lines, order

pytestmark = pytest.mark.django_db
PLACED = datetime(2026, 5, 1, 1, 30, tzinfo=UTC)


def load(kind: str, *paths: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("load", kind, *map(str, paths), stdout=out, **options)
    return out.getvalue()


def csv_file(folder: Path, text: str | bytes, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def parquet_file(folder: Path, columns: dict[str, Any], name: str = "orders.parquet") -> Path:
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def test_the_three_formats_say_the_same(tmp_path: Path) -> None:
    rows = [order(n, region='Ost,West\n"x"' if n == 1 else None) for n in range(3)]
    ndjson = csv_file(tmp_path, lines(rows), "orders.ndjson")
    assert "3 accepted" in load("orders", ndjson)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows({name: "\\N" if value is None else value for name, value in row.items()} for row in rows)
    assert "3 unchanged" in load("orders", csv_file(tmp_path, "\ufeff" + buffer.getvalue()))
    table = pa.Table.from_pylist(
        [{**row, "amount": Decimal("19.90"), "placed_at": PLACED, "ship_by": PLACED.replace(day=3)} for row in rows]
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    assert "3 unchanged" in load("orders", tmp_path / "orders.parquet")
    assert Order.objects.get(order_id="O1").region == 'Ost,West\n"x"'


def test_an_empty_cell_is_absent_and_backslash_n_is_null(tmp_path: Path) -> None:
    load("orders", csv_file(tmp_path, lines([order(1, region="East", category="snacks")]), "a.ndjson"))
    load("orders", csv_file(tmp_path, "order_id,region,category\nO1,,\\N\n"))
    found = Order.objects.get()
    assert (found.region, found.category) == ("East", None)


def test_numbers_and_flags_of_a_csv_are_read(tmp_path: Path) -> None:
    load("anchors", csv_file(tmp_path, "anchor_id,followers\n007,12\n"))
    assert Anchor.objects.get(pk="007").followers == 12
    load("conversations", csv_file(tmp_path, "conversation_id,resolved,rating\nT,true,5\nU,False,\n"))
    found = dict(Conversation.objects.values_list("pk", "resolved"))
    assert found == {"T": True, "U": False}
    load("responses", csv_file(tmp_path, "response_id,overall,hype\nP,4,yes\n"))
    assert (Response.objects.get().overall, Response.objects.get().hype) == (4, True)


def test_bad_rows_are_named_and_the_others_are_in(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "order_id,amount\nO1,5\nO2,five\nO3\nO4,1,2\n\nO5,7\n")
    report = tmp_path / "report.json"
    out = io.StringIO()
    with pytest.raises(CommandError, match="3 rows were rejected") as failed:
        call_command("load", "orders", str(path), stdout=out, json=report)
    assert failed.value.returncode == 1
    assert "row 2 amount" in out.getvalue()
    assert set(Order.objects.values_list("pk", flat=True)) == {"O1", "O5"}
    (told,) = json.loads(report.read_text())["files"]
    assert (told["accepted"], told["rejected"]) == (2, 3)
    assert [bad["row"] for bad in told["first_rejections"]] == [2, 3, 4]
    assert list(RejectedRow.objects.order_by("row").values_list("row", flat=True)) == [2, 3, 4]


def test_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        load("orders", csv_file(tmp_path, b"order_id,region\nO1,S\xe3o\nO2,East\n"))
    assert RejectedRow.objects.get().raw == '{"order_id": "O1", "region": "S\\xe3o"}'
    assert Order.objects.get().order_id == "O2"


def test_rows_are_numbered_through_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART_ROWS", 10)
    rows = [order(n) if n != 34 else {"order_id": 5} for n in range(1, 41)]
    with pytest.raises(CommandError):
        load("orders", csv_file(tmp_path, lines(rows), "orders.jsonl"))
    assert RejectedRow.objects.get().row == 34
    assert (Batch.objects.count(), Order.objects.count()) == (4, 39)


def test_a_load_killed_in_the_middle_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART_ROWS", 10)
    whole = lines([order(n) for n in range(1, 41)])
    load("orders", csv_file(tmp_path, b"\n".join(whole.split(b"\n")[:20]), "orders.ndjson"))
    assert "20 accepted, 20 unchanged" in load("orders", csv_file(tmp_path, whole, "orders.ndjson"))


def test_a_history_dates_the_facts(tmp_path: Path) -> None:
    load("orders", csv_file(tmp_path, lines([order(1)]), "orders.ndjson"), history=True)
    assert Order.objects.get().observed_at == PLACED


def test_days_are_closed_when_asked(tmp_path: Path) -> None:
    path = csv_file(tmp_path, lines([order(1)]), "orders.ndjson")
    load("orders", path, complete_through=date(2026, 5, 2))
    assert selectors.closed_through()["orders"] == date(2026, 5, 2)
    with pytest.raises(CommandError, match="not over"):
        load("orders", path, complete_through=date(2100, 1, 1))


def test_nothing_is_closed_after_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        load("orders", csv_file(tmp_path, "x\n1\n"), complete_through=date(2026, 5, 2))
    assert not ClosedDay.objects.exists()


@pytest.mark.parametrize(
    ("name", "text", "mend"),
    [
        ("orders.csv", "order_id,colour\nO1,red\n", "unknown columns"),
        ("orders.csv", "store_id\nS1\n", "lacks the columns"),
        ("orders.csv", "order_id,order_id\nO1,O1\n", "twice"),
        ("orders.csv", "", "lacks the columns"),
        ("orders.xlsx", "x", "name the file"),
        ("orders.parquet", "PAR1 nonsense", "cannot be read as Parquet"),
    ],
)
def test_a_file_of_another_shape_is_refused_whole(tmp_path: Path, name: str, text: str, mend: str) -> None:
    with pytest.raises(CommandError, match=mend):
        load("orders", csv_file(tmp_path, text, name))
    assert not Batch.objects.exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such file"):
        load("orders", tmp_path / "none.csv")


def test_a_file_of_another_kind_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART_ROWS", 200)
    rows = [{"return_id": str(n)} for n in range(1000)]
    with pytest.raises(CommandError, match="none of its first 200 rows is good as orders"):
        load("orders", csv_file(tmp_path, lines(rows), "orders.ndjson"))
    assert RejectedRow.objects.count() == 200


def test_an_empty_file_is_no_error(tmp_path: Path) -> None:
    assert "0 accepted" in load("orders", csv_file(tmp_path, "order_id\n"))
    assert "0 accepted" in load("orders", csv_file(tmp_path, "", "orders.ndjson"))


def test_an_endless_line_is_one_bad_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 1000)
    text = json.dumps(order(1)) + "\n" + '{"x":"' + "y" * 5000 + '"}\n' + json.dumps(order(2)) + "\n"
    with pytest.raises(CommandError, match="1 rows"):
        load("orders", csv_file(tmp_path, text, "orders.ndjson"))
    assert (Order.objects.count(), RejectedRow.objects.get().row) == (2, 2)


def test_a_quote_that_never_ends_is_a_bad_row(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="1 rows"):
        load("orders", csv_file(tmp_path, 'order_id,region\nO1,East\nO2,"We\n'))
    assert Order.objects.get().order_id == "O1"


def test_parquet_times_need_a_zone(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, {"order_id": ["O1"], "placed_at": pa.array([PLACED], pa.timestamp("us"))})
    with pytest.raises(CommandError, match="no time zone"):
        load("orders", path)


def test_parquet_of_any_precision_and_zone(tmp_path: Path) -> None:
    for unit in ("s", "ms", "us", "ns"):
        times = pa.array([PLACED, None], pa.timestamp(unit, "Asia/Shanghai"))
        load("orders", parquet_file(tmp_path, {"order_id": [unit, unit + "-"], "placed_at": times}))
        assert Order.objects.get(order_id=unit).placed_at == PLACED
        assert Order.objects.get(order_id=unit + "-").placed_at is None


def test_parquet_of_whole_numbers_as_floats_and_words_as_codes(tmp_path: Path) -> None:
    columns = {
        "response_id": pa.array(["a", "b"]).dictionary_encode(),
        "overall": pa.array([4.0, None]),
        "hype": pa.array([None, True]),
    }
    load("responses", parquet_file(tmp_path, columns))
    assert list(Response.objects.order_by("pk").values_list("overall", "hype")) == [(4, None), (None, True)]


def test_parquet_of_nested_answers(tmp_path: Path) -> None:
    answers = [{"overall": 5, "hype": None}, None]
    load("responses", parquet_file(tmp_path, {"response_id": ["a", "b"], "answers": answers}))
    assert list(Response.objects.order_by("pk").values_list("overall", "hype", "sent")) == [
        (5, None, 256),
        (None, None, 0),
    ]


def test_parquet_with_a_fraction_for_a_count_is_a_bad_row(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, {"anchor_id": ["a", "b"], "followers": [1.5, 2.0]})
    with pytest.raises(CommandError, match="1 rows"):
        load("anchors", path)
    assert Anchor.objects.get().followers == 2
