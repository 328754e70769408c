"""The one path on which evidence enters: what is new goes in by COPY, the rest is locked and folded."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from django.utils.translation import gettext as _

from reputation.evidence import store
from reputation.evidence.columns import HISTORY, Table
from reputation.evidence.faults import Fault
from reputation.evidence.fold import State, Version, fold, latest
from reputation.evidence.kinds import Kind
from reputation.evidence.store import Stored
from reputation.subjects.services import subject_names_index

MOST_VERSIONS = 10_000  # of one key: more is a feed that sends noise, and would slow every later fold
_SUBJECTS = {"stores": "store", "anchors": "anchor"}


@dataclass
class Outcome:
    accepted: int = 0
    unchanged: int = 0
    faults: list[tuple[int, Fault]] = field(default_factory=list)  # place in the table, what is wrong


def write(table: Table, batch: int) -> Outcome:
    """Must run in a transaction; a UniqueViolation means that another writer was first with a key: run it again."""
    outcome = Outcome()
    first, later = _parted(table, outcome)
    found = store.rows_lock(table if not later else table.take(first))
    new = [place for place in first if table.keys[place] not in found] if found else first
    fresh = table if len(new) == len(table) else table.take(new)
    if new:
        store.rows_insert(fresh, batch)
        _mark(table.kind, fresh.columns)
        outcome.accepted += len(new)
    pending = sorted({*first, *later} - set(new)) if found or later else []
    if later:
        found |= store.rows_lock(table.take([place for place in later if table.keys[place] not in found]))
    if pending:
        _fold_into(table, pending, found, batch, outcome)
    _names_index(table)
    return outcome


def _parted(table: Table, outcome: Outcome) -> tuple[list[int], list[int]]:
    """Places of each key's first row, and of its further versions in this batch."""
    if len(set(table.keys)) == len(table):
        return list(range(len(table))), []
    seen: dict[str, list[int]] = defaultdict(list)
    first, later = [], []
    for place, key in enumerate(table.keys):
        if not seen[key]:
            first.append(place)
        elif any(_same(table, place, other) for other in seen[key]):
            outcome.unchanged += 1
            continue
        elif twins := [other for other in seen[key] if table.observed[other] == table.observed[place]]:
            outcome.faults.append((place, _twice(table, twins[0], place)))
            continue
        else:
            later.append(place)
        seen[key].append(place)
    return first, later


def _same(table: Table, place: int, other: int) -> bool:
    return table.observed[place] == table.observed[other] and table.patch(place) == table.patch(other)


def _twice(table: Table, first: int, second: int) -> Fault:
    message = _(
        "%(key)s stands in row %(first)s and, differently, in row %(second)s; "
        "the first was kept: send one row, or give each version its own observed_at"
    )
    rows = {"first": table.numbers[first], "second": table.numbers[second]}
    return Fault(", ".join(table.kind.keys), message % {"key": repr(table.keys[second]), **rows})


def _fold_into(table: Table, places: Sequence[int], found: dict[str, Stored], batch: int, outcome: Outcome) -> None:
    changed: dict[str, list[Version]] = defaultdict(list)
    for place in places:
        stored = found[table.keys[place]]
        version = Version(table.observed[place], table.patch(place), table.sent[place] & HISTORY != 0)
        if _known(stored, version, table.implicit[place]):
            outcome.unchanged += 1
        elif fault := _refused(table.kind, stored, version):
            outcome.faults.append((place, fault))
        else:
            outcome.accepted += 1
            changed[table.keys[place]].append(version)
            stored.versions.append(version)
    if changed:
        _write_changed(table.kind, changed, found, batch)


def _known(stored: Stored, version: Version, implicit: bool) -> bool:
    if any(version.observed_at == old.observed_at and version.patch == old.patch for old in stored.versions):
        return True
    if not implicit:
        return False
    now = {"retracted": False, **latest(stored.versions)}  # a retry says nothing new, nor when it was seen
    return all(now.get(name) == value for name, value in version.patch.items())


def _refused(kind: Kind, stored: Stored, version: Version) -> Fault | None:
    if len(stored.versions) >= MOST_VERSIONS:
        message = _("has %(count)s versions already; send a row only when something changed")
        return Fault("", message % {"count": f"{MOST_VERSIONS:,}"})
    for name in kind.owners:
        told = next((old.patch[name] for old in stored.versions if old.patch.get(name) is not None), None)
        if name in version.patch and told is not None and version.patch[name] != told:
            said = kind.sent_names[name]
            message = _(
                "%(field)s is %(told)s and cannot change; send this one with retracted: true, "
                "and send it anew under another %(key)s"
            )
            return Fault(said, message % {"field": said, "told": repr(told), "key": kind.keys[0]})
    return None


def _write_changed(kind: Kind, changed: dict[str, list[Version]], found: dict[str, Stored], batch: int) -> None:
    states: list[State] = []
    kept: list[tuple[str, Version, int]] = []
    for key, new in changed.items():
        stored = found[key]
        states.append(fold(kind, stored.keys, stored.versions) | {"batch_id": batch})
        if not stored.kept:
            kept.append((key, stored.versions[0], stored.columns["batch_id"]))
        kept += [(key, version, batch) for version in new]
    store.versions_insert(kind, kept)
    store.rows_update(kind, states)
    before = [found[key].columns for key in changed]
    touched = [*before, *states] if not kind.watched else _watched(kind, before, states)
    names = (*kind.keys, *kind.fields)
    _mark(kind, {name: [row[name] for row in touched] for name in names})


def _watched(kind: Kind, before: Sequence[State], states: Sequence[State]) -> list[State]:
    pairs = zip(before, states, strict=True)
    return [new for old, new in pairs if any(old[name] != new[name] for name in kind.watched)]


def _mark(kind: Kind, columns: Mapping[str, list[Any]]) -> None:
    if kind.watched:
        told = [any(values) for values in zip(*(columns[name] for name in kind.watched), strict=True)]
        columns = {name: list(compress(column, told)) for name, column in columns.items()}
    units = list(dict.fromkeys(kind.units(columns)))
    if units:
        store.copy_rows("evidence_dirtyunit", {"unit": units})


def _names_index(table: Table) -> None:
    if subject := _SUBJECTS.get(table.kind.name):
        named: Iterable[str] = (key for key, name in zip(table.keys, table.columns["name"], strict=True) if name)
        subject_names_index(kind=subject, subject_ids=list(named))
