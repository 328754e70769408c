"""What the form of a rule posts: fields by name, nested conditions by their paths, and the button that was pressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from django.http import QueryDict

from scoring.policy.form.fields import ConditionForm as Part
from scoring.policy.form.fields import (
    GroupForm,
    LeafForm,
    Path,
    RuleForm,
    added,
    at,
    changed,
    name_of,
    path_of,
)
from scoring.policy.vocabulary import LANGUAGES

_NAME = re.compile(r"(when(?:\.\d{1,3}){0,6})-(kind|metric)")
_LEAF = ("metric", "window", "read", "op", "than", "of", "quantile", "note")
_TEXTS = ("id", "scope", "severity", "action", "share", "expires", "above")
_MARKS = ("automatic", "lift_when_cured", "grave")
FIRST = LeafForm("late_dispatch", "7", "low", ">=", "0.3")
MOST_ROWS = 200


class NoSuchPart(ValueError):
    """The button speaks of a condition that the form does not have."""


def blank(scope: str = "store") -> RuleForm:
    """A rule to begin with."""
    first = FIRST if scope == "store" else replace(FIRST, metric="defect", window="30", than="0.05")
    return RuleForm(scope=scope, when=GroupForm("all", (first,)), expires="7")


def rule_posted(post: QueryDict) -> RuleForm:
    """Whatever was sent, as fields of a form; what is missing is empty."""
    texts = {name: _line(post, name) for name in _TEXTS if name != "above"}
    marks = {name: name in post for name in _MARKS}
    notes = {name.removeprefix("note-"): _line(post, name) for name in post if name.startswith("note-")}
    reason = {language: post.get(f"reason.{language}", "").replace("\r\n", "\n") for language in LANGUAGES}
    above = post.get("above", "").replace("\r\n", "\n")
    return RuleForm(when=_when(post), reason=reason, above=above, notes=notes, **texts, **marks)


def _line(post: QueryDict, name: str) -> str:
    return post.get(name, "").strip()[:2000]


def _when(post: QueryDict) -> GroupForm:
    found = {match[1]: match[2] for name in post if (match := _NAME.fullmatch(name))}
    paths = sorted((path_of(name), kind) for name, kind in list(found.items())[:MOST_ROWS])
    return _group(post, (), {path: kind for path, kind in paths if path or kind == "kind"})


def _group(post: QueryDict, path: Path, kinds: dict[Path, str]) -> GroupForm:
    name = name_of(path)
    below = [one for one in kinds if len(one) == len(path) + 1 and one[: len(path)] == path]
    parts: list[Part] = [
        _group(post, one, kinds) if kinds[one] == "kind" else _leaf(post, name_of(one)) for one in below
    ]
    return GroupForm(_line(post, f"{name}-kind") or "all", tuple(parts), _line(post, f"{name}-note"))


def _leaf(post: QueryDict, name: str) -> LeafForm:
    return LeafForm(**{field: _line(post, f"{name}-{field}") for field in _LEAF})


def fields_of(form: RuleForm) -> dict[str, str]:
    """The form as it would be posted: `rule_posted` of it is the form again."""
    sent = {name: getattr(form, name) for name in _TEXTS}
    sent |= {name: "on" for name in _MARKS if getattr(form, name)}
    sent |= {f"reason.{language}": form.reason.get(language, "") for language in LANGUAGES}
    sent |= {f"note-{name}": note for name, note in form.notes.items()}
    return sent | dict(_conditions(form.when, ()))


def _conditions(part: Part, path: Path) -> Iterator[tuple[str, str]]:
    name = name_of(path)
    if isinstance(part, LeafForm):
        yield from ((f"{name}-{field}", getattr(part, field)) for field in _LEAF)
        return
    yield f"{name}-kind", part.kind
    yield f"{name}-note", part.note
    for position, below in enumerate(part.parts):
        yield from _conditions(below, (*path, position))


def pressed(form: RuleForm, deed: str) -> RuleForm:
    """The form after one of its buttons: add:PATH, group:PATH, remove:PATH, use:PATH:NUMBER. Raises NoSuchPart."""
    do, _colon, rest = deed.partition(":")
    name, _colon, value = rest.partition(":")
    try:
        return form.with_when(_pressed(form.when, do, path_of(name), value, form.scope))
    except (ValueError, IndexError) as error:
        raise NoSuchPart(deed) from error


def _pressed(when: GroupForm, do: str, path: Path, value: str, scope: str) -> GroupForm:
    first = blank(scope).when.parts[0]
    if do == "add":
        return added(when, path, first)
    if do == "group":
        group = at(when, path)
        other = "any" if isinstance(group, GroupForm) and group.kind == "all" else "all"
        return added(when, path, GroupForm(other, (first,)))
    if do == "remove" and path:
        return changed(when, path, None)
    leaf = at(when, path)
    if do != "use" or not isinstance(leaf, LeafForm):
        raise ValueError(do)
    return changed(when, path, replace(leaf, than=value[:40]))
