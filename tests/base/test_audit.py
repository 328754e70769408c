"""The audit log: it grows, it holds, and whoever touches it is found."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import given
from hypothesis import strategies as st

from reputation.base.audit import ROOT, Row, audit_append, audit_verify, by_operator, digest
from reputation.base.models import AuditEntry


def append(number: int = 1, **data: object) -> AuditEntry:
    return audit_append(
        actor="user:mia", action="hold.released", object_kind="hold", object_id=str(number), data={"n": number, **data}
    )


def verify(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("verify_audit", *words, stdout=out)
    return out.getvalue().splitlines()


@contextmanager
def trigger_off() -> Iterator[None]:
    """What only the owner of the table can do, and what the chain is there to show."""
    sql("ALTER TABLE base_auditentry DISABLE TRIGGER append_only")
    yield
    sql("ALTER TABLE base_auditentry ENABLE TRIGGER append_only")


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def hash_by_the_book(entry: AuditEntry) -> str:
    """As docs/audit.md tells an auditor, with none of our code."""
    at = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "+00:00"
    fields = [entry.sequence, at, entry.actor, entry.action, entry.object_kind, entry.object_id, entry.data]
    text = json.dumps([*fields, entry.previous], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@pytest.mark.django_db
def test_entries_are_numbered_without_gaps_and_chained_by_the_documented_hash() -> None:
    for number in range(5):
        append(number, reason='因为 "x"\n', nested={"b": 1.5, "a": None})
    previous = ROOT
    for number, entry in enumerate(AuditEntry.objects.order_by("sequence")):
        assert entry.sequence == number + 1
        assert entry.previous == previous
        assert entry.digest == hash_by_the_book(entry)
        assert entry.data == f'{{"n":{number},"nested":{{"a":null,"b":1.5}},"reason":"因为 \\"x\\"\\n"}}'
        previous = entry.digest
    assert verify()[-1] == f"5:{previous}"


@pytest.mark.django_db
def test_an_empty_log_holds() -> None:
    assert verify()[-1] == f"0:{ROOT}"


@pytest.mark.django_db
@pytest.mark.parametrize("data", [{"x": float("nan")}, {"x": object()}, {"x": datetime.now(UTC)}])
def test_what_is_no_plain_json_is_not_written(data: dict) -> None:
    with pytest.raises((ValueError, TypeError)):
        append(1, **data)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_is_written_in_the_callers_transaction_or_not_at_all() -> None:
    with pytest.raises(TransactionManagementError):
        append()
    with transaction.atomic():
        append(1)
        transaction.set_rollback(True)
    with transaction.atomic():
        append(2)
    assert AuditEntry.objects.get().sequence == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE base_auditentry SET actor = 'system'",
        "DELETE FROM base_auditentry WHERE sequence = 1",
        "UPDATE base_auditentry SET actor = '' WHERE sequence = 99",
    ],
)
def test_plain_sql_changes_nothing(statement: str) -> None:
    append()
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        sql(statement)
    assert AuditEntry.objects.get().actor == "user:mia"


@pytest.mark.django_db
def test_the_orm_changes_nothing() -> None:
    entry = append()
    entry.actor = "system"
    for change in (entry.save, entry.delete, AuditEntry.objects.all().delete):
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            change()
    assert AuditEntry.objects.get().actor == "user:mia"


@pytest.mark.django_db
def test_only_a_database_of_tests_can_be_emptied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'base_auditentry_refuse'")
        source = cursor.fetchone()[0]
        elsewhere = source.replace("current_database()", "'livestar'")
        assert elsewhere != source
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION base_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $${elsewhere}$$"
        )
    with pytest.raises(ProgrammingError, match="TRUNCATE refused"), transaction.atomic():
        sql("TRUNCATE base_auditentry")
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION base_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $${source}$$"
        )
    sql("TRUNCATE base_auditentry")


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain() -> None:
    def some(writer: int) -> None:
        try:
            for number in range(15):
                with transaction.atomic():
                    append(number, writer=writer)
                    transaction.set_rollback(number % 5 == 4)  # takes its number back
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(some, range(8)))
    assert AuditEntry.objects.count() == 8 * 12
    assert audit_verify().entries == 8 * 12
    assert audit_verify().bad is None


TAMPERED = {
    "UPDATE base_auditentry SET data = '{}' WHERE sequence = 4": (4, "not what was hashed"),
    "UPDATE base_auditentry SET at = at + interval '1 microsecond' WHERE sequence = 7": (7, "not what was hashed"),
    "UPDATE base_auditentry SET previous = repeat('1', 64) WHERE sequence = 1": (1, "not what was hashed"),
    "DELETE FROM base_auditentry WHERE sequence = 4": (4, "missing"),
    "DELETE FROM base_auditentry WHERE sequence = 1": (1, "missing"),
    "DELETE FROM base_auditentry WHERE sequence > 5": (6, "ends here"),
    "UPDATE base_auditentry SET sequence = -sequence WHERE sequence IN (3, 4); "
    "UPDATE base_auditentry SET sequence = 7 + sequence WHERE sequence < 0": (3, "not what was hashed"),
    "INSERT INTO base_auditentry SELECT 0, at, actor, action, object_kind, object_id, data, previous, digest "
    "FROM base_auditentry WHERE sequence = 1": (1, "missing"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("statement", "found"), TAMPERED.items())
def test_tampering_is_found_where_it_begins(statement: str, found: tuple[int, str], tmp_path: Path) -> None:
    for number in range(8):
        append(number)
    head = verify()[-1]
    with trigger_off():
        sql(statement)
    report = tmp_path / "audit.json"
    with pytest.raises(CommandError, match=found[1]) as failed:
        verify("--expect", head, "--json", str(report))
    assert failed.value.returncode == 1
    assert str(failed.value).startswith(f"entry {found[0]}:")
    assert json.loads(report.read_text())["bad"] == found[0]


@pytest.mark.django_db
def test_a_head_told_before_still_stands_when_the_log_has_grown(tmp_path: Path) -> None:
    append(1)
    head = verify()[-1]
    append(2)
    assert verify("--expect", head)[-1].startswith("2:")
    with pytest.raises(CommandError, match="SEQUENCE:HASH"):
        verify("--expect", head[:20])


def chain(contents: list[str]) -> list[Row]:
    rows: list[Row] = []
    for number, words in enumerate(contents, 1):
        at = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(microseconds=number)
        previous = rows[-1].digest if rows else ROOT
        row = Row(number, at, words, "a", "k", words[::-1], json.dumps({"w": words}), previous, "")
        rows.append(row._replace(digest=digest(row)))
    return rows


CHAINS = st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=12).map(
    chain
)
FIELDS = st.sampled_from(Row._fields)


def changed(row: Row, field: str) -> Row:
    value = getattr(row, field)
    match value:
        case int():
            other = value + 1
        case datetime():
            other = value + timedelta(microseconds=1)
        case _:
            other = value[:-1] + ("0" if value[-1:] != "0" else "1")
    return row._replace(**{field: other})


@given(CHAINS, st.data(), FIELDS)
def test_any_change_of_one_field_is_found_at_its_row(rows: list[Row], data: st.DataObject, field: str) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    assert audit_verify(rows=rows).bad is None
    rows[at] = changed(rows[at], field)
    assert audit_verify(rows=rows).bad == at + 1


@given(CHAINS, st.data(), FIELDS.filter(lambda field: field not in ("sequence", "digest")))
def test_a_change_with_a_new_hash_is_found_by_the_next_row_or_by_the_head(
    rows: list[Row], data: st.DataObject, field: str
) -> None:
    head = f"{len(rows)}:{rows[-1].digest}"
    at = data.draw(st.integers(0, len(rows) - 1))
    forged = changed(rows[at], field)
    rows[at] = forged._replace(digest=digest(forged))
    assert audit_verify(rows=rows, expect=head).bad in (at + 1, at + 2)


@given(CHAINS, st.data())
def test_a_row_taken_out_or_moved_is_found(rows: list[Row], data: st.DataObject) -> None:
    head = f"{len(rows)}:{rows[-1].digest}"
    at = data.draw(st.integers(0, len(rows) - 1))
    to = data.draw(st.integers(0, len(rows) - 1))
    taken = rows[:at] + rows[at + 1 :]
    assert audit_verify(rows=taken, expect=head).bad == at + 1
    moved = [*taken[:to], rows[at], *taken[to:]]
    assert (audit_verify(rows=moved, expect=head).bad is None) == (at == to)


@given(CHAINS, CHAINS)
def test_a_chain_written_anew_from_the_start_is_found_by_the_head(rows: list[Row], others: list[Row]) -> None:
    head = f"{len(rows)}:{rows[-1].digest}"
    same = others[: len(rows)] == rows
    assert (audit_verify(rows=others, expect=head).bad is None) == same


def test_whoever_runs_a_command_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_operator(" lin ") == "operator:lin"
    monkeypatch.setenv("LOGNAME", "deploy")
    assert by_operator() == "operator:deploy"
