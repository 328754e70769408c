"""Versions folded into the current state, by the time at which each was observed and not by the order of arrival."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reputation.evidence.columns import HISTORY, Table, day_instant, patch_text
from reputation.evidence.kinds import ANSWERS, Kind

State = dict[str, Any]  # database column -> canonical value


@dataclass(frozen=True, slots=True)
class Version:
    observed_at: str
    patch: Mapping[str, Any]
    history: bool  # each fact dates itself

    def order(self) -> tuple[str, str]:
        return self.observed_at, patch_text(dict(self.patch))


def latest(versions: Iterable[Version]) -> dict[str, Any]:
    """Field -> the value that the latest patch carrying it gave."""
    values: dict[str, Any] = {}
    for version in sorted(versions, key=Version.order):
        values.update(version.patch)
    return values


def fold(kind: Kind, keys: Mapping[str, Any], versions: Sequence[Version]) -> State:
    ordered = sorted(versions, key=Version.order)
    values = latest(ordered)
    state = {**keys, **{name: values.get(name) for name in kind.fields}}
    state["retracted"] = bool(values.get("retracted"))
    state["observed_at"] = ordered[-1].observed_at
    state["first_observed_at"] = min(_happened(kind, keys, version) for version in ordered)
    state["sent"] = sent_of(kind, values, all(version.history for version in ordered))
    state["versions"] = len(ordered)
    for name, (column, own_time) in kind.tracked.items():
        state[column] = _known_at(kind, keys, ordered, name, own_time)
    _first_counts(kind, ordered, state)
    return state


def fresh(table: Table) -> dict[str, list[Any]]:
    """The columns that `fold` gives for rows that are their key's only version, without a loop over rows."""
    kind, columns = table.kind, dict(table.columns)
    past = [sent & HISTORY != 0 for sent in table.sent]
    happened = _fresh_happened(kind, table, past) if any(past) else table.observed
    columns["retracted"] = [bool(value) for value in columns["retracted"]]
    columns["observed_at"], columns["first_observed_at"] = table.observed, happened
    columns["sent"], columns["versions"] = table.sent, [1] * len(table)
    for name, (column, own_time) in kind.tracked.items():
        own = [
            own if was and own else since
            for own, since, was in zip(table.columns[own_time], happened, past, strict=True)
        ] if any(past) else table.observed  # fmt: skip
        facts = table.columns[name]
        columns[column] = [None if fact is None else known for fact, known in zip(facts, own, strict=True)]
    if kind.name == "returns":
        columns["first_reason"] = columns["reason"]
    if kind.name == "responses":
        columns["first_answers"] = [None] * len(table)
    return columns


def sent_of(kind: Kind, fields: Mapping[str, Any], history: bool) -> int:
    return sum(1 << bit for bit, name in enumerate(kind.fields) if name in fields) | (HISTORY if history else 0)


def _fresh_happened(kind: Kind, table: Table, past: list[bool]) -> list[str]:
    happened = list(table.observed)
    for name in reversed(kind.main):
        for place, value in enumerate(table.columns[name]):
            if past[place] and value:
                happened[place] = _instant(kind, name, value)
    return happened


def _happened(kind: Kind, keys: Mapping[str, Any], version: Version) -> str:
    """When the row's event happened for a history, when we heard of it otherwise."""
    told = {**keys, **version.patch}
    names = (name for name in kind.main if told.get(name)) if version.history else ()
    return next((_instant(kind, name, told[name]) for name in names), version.observed_at)


def _instant(kind: Kind, name: str, value: str) -> str:
    return day_instant(value) if name in kind.dates else value


def _known_at(kind: Kind, keys: Mapping[str, Any], ordered: Sequence[Version], name: str, own_time: str) -> str | None:
    """Since when the present fact is known: a corrected time is the same fact, another outcome is another one."""
    known, before = None, None
    for version in ordered:
        if name not in version.patch:
            continue
        value = version.patch[name]
        if value is None:
            known = None
        elif known is None or (name not in kind.times and value != before):
            own = version.patch.get(own_time) if version.history else None
            known = own or _happened(kind, keys, version)
        before = value
    return known


def _first_counts(kind: Kind, ordered: Sequence[Version], state: State) -> None:
    if kind.name == "returns":
        state["first_reason"] = _firsts(ordered, ("reason",)).get("reason")
    if kind.name == "responses":
        first = _firsts(ordered, ANSWERS)
        changed = any(version.patch.get(name, value) != value for version in ordered for name, value in first.items())
        state.update(first)
        state["first_answers"] = first if changed else None


def _firsts(ordered: Sequence[Version], names: Sequence[str]) -> dict[str, Any]:
    first: dict[str, Any] = {}
    for version in ordered:
        for name in names:
            if version.patch.get(name) is not None:
                first.setdefault(name, version.patch[name])
    return first
