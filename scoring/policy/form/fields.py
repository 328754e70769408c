"""A rule as the fields of a form: everything is text as a person typed it, so that what is wrong is kept and shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from scoring.policy.rules import Condition, Group, Leaf, OfCategory, Rule

_NUMBER = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?")  # as files are read
NUMBER, QUANTILE, MEAN = "number", "quantile", "mean"
Path = tuple[int, ...]  # of a condition: positions from the outermost group down


@dataclass(frozen=True)
class LeafForm:
    """A comparison. `of`: what it is compared with, a number or a yardstick of the category; `than`: the number, or how
    many times the yardstick; `note`: where the number comes from."""

    metric: str = ""
    window: str = ""
    read: str = ""
    op: str = ""
    than: str = ""
    of: str = NUMBER
    quantile: str = ""
    note: str = ""


@dataclass(frozen=True)
class GroupForm:
    kind: str = "all"
    parts: tuple[ConditionForm, ...] = ()
    note: str = ""


ConditionForm = GroupForm | LeafForm


@dataclass(frozen=True)
class RuleForm:
    """`above`: the lines of comment before the rule, without their #; `notes`: comments beside fields, by field."""

    id: str = ""
    scope: str = "store"
    severity: str = "low"
    when: GroupForm = GroupForm()
    action: str = "notice"
    share: str = ""
    automatic: bool = False
    lift_when_cured: bool = False
    expires: str = ""
    grave: bool = False
    reason: Mapping[str, str] = field(default_factory=dict)
    above: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def with_when(self, when: GroupForm) -> RuleForm:
        return replace(self, when=when)


def rule_form(rule: Rule, above: str = "", notes: Mapping[str, str] | None = None) -> RuleForm:
    """`notes`: by field as `Comments` names them; those of comparisons by their path, "when.0.1"."""
    notes = notes or {}
    return RuleForm(
        id=rule.id,
        scope=rule.scope,
        severity=rule.severity,
        when=_group(rule.when, (), notes),
        action=rule.action,
        share="" if rule.share is None else number_text(rule.share),
        automatic=rule.automatic,
        lift_when_cured=rule.lift_when_cured,
        expires="never" if rule.expires is None else str(rule.expires),
        grave=rule.grave,
        reason=dict(rule.reason),
        above=above,
        notes={name: note for name, note in notes.items() if not name.startswith("when")},
    )


def _group(group: Group, path: Path, notes: Mapping[str, str]) -> GroupForm:
    parts = tuple(_part(part, (*path, at), notes) for at, part in enumerate(group.parts))
    return GroupForm(group.kind, parts, notes.get(name_of(path), ""))


def _part(condition: Condition, path: Path, notes: Mapping[str, str]) -> ConditionForm:
    if isinstance(condition, Group):
        return _group(condition, path, notes)
    return leaf_form(condition, notes.get(name_of(path), ""))


def leaf_form(leaf: Leaf, note: str = "") -> LeafForm:
    window = str(leaf.window) if leaf.window else ""
    plain = LeafForm(leaf.metric, window, leaf.read, leaf.op, note=note)
    if not isinstance(leaf.than, OfCategory):
        return replace(plain, than=number_text(leaf.than))
    times, quantile = number_text(leaf.than.times), leaf.than.quantile
    if quantile is None:
        return replace(plain, than=times, of=MEAN)
    return replace(plain, than=times, of=QUANTILE, quantile=number_text(quantile))


def name_of(path: Path) -> str:
    """The name of a condition's fields: "when" for the outermost group, "when.1.0" below."""
    return ".".join(["when", *map(str, path)])


def path_of(name: str) -> Path:
    """Raises ValueError for what is no name of a condition."""
    first, *rest = name.split(".")
    if first != "when" or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in rest):
        raise ValueError(name)
    return tuple(map(int, rest))


def number_text(value: float) -> str:
    """The number as a file may hold it, and as short as that allows.

    Raises ValueError where no file could: for more digits than it reads, or what is not finite.
    """
    exact = Decimal(repr(float(value)))
    if exact == exact.to_integral_value() and abs(exact) < 10**15:
        return str(int(exact)) if exact or not repr(float(value)).startswith("-") else "-0"
    shapes = (f"{exact.scaleb(-by):f}e{by}" for by in (9, -9, 30, -30, 99, -99))
    for shape in (repr(float(value)), f"{exact:f}", *shapes):
        if _NUMBER.fullmatch(shape) and float(shape) == value:
            return shape
    raise ValueError(f"{value} cannot be written")


def at(when: GroupForm, path: Path) -> ConditionForm:
    """Raises IndexError, ValueError where there is no such condition."""
    found: ConditionForm = when
    for position in path:
        if not isinstance(found, GroupForm):
            raise ValueError(path)
        found = found.parts[position]
    return found


def changed(when: GroupForm, path: Path, put: ConditionForm | None) -> GroupForm:
    """The conditions with the one at `path` replaced, or left out. Raises IndexError, ValueError as `at`."""
    if not path:
        if not isinstance(put, GroupForm):
            raise ValueError("the outermost condition is a group")
        return put
    first, rest = path[0], path[1:]
    part = when.parts[first]
    if rest:
        if not isinstance(part, GroupForm):
            raise ValueError(path)
        put = changed(part, rest, put)
    middle = () if put is None else (put,)
    return replace(when, parts=(*when.parts[:first], *middle, *when.parts[first + 1 :]))


def added(when: GroupForm, path: Path, part: ConditionForm) -> GroupForm:
    """With one more part in the group at `path`. Raises IndexError, ValueError where there is no such group."""
    group = at(when, path)
    if not isinstance(group, GroupForm):
        raise ValueError(path)
    return changed(when, path, replace(group, parts=(*group.parts, part)))


def leaf_forms(condition: ConditionForm, path: Path = ()) -> Iterator[tuple[Path, LeafForm]]:
    """All comparisons with their paths, in the order of the file."""
    if isinstance(condition, LeafForm):
        yield path, condition
        return
    for position, part in enumerate(condition.parts):
        yield from leaf_forms(part, (*path, position))
