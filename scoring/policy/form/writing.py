"""A form as lines of YAML. What a person typed stays text wherever it is no number: nothing typed can become structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scoring.policy.form.fields import MEAN, NUMBER, GroupForm, LeafForm, Path, RuleForm, name_of
from scoring.policy.vocabulary import LANGUAGES

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?")
_SPOKEN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}  # words that readers of YAML take for values
_DANGEROUS = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


class Line(NamedTuple):
    """A line of the file, and the field of the form that it comes from."""

    text: str
    field: str


def written(form: RuleForm, indent: int = 2) -> str:
    """The rule as it stands in a file, a dash `indent` deep, its comments above and beside, a line break at the end."""
    above = [f"{' ' * indent}# {line}".rstrip() if line.strip() else "" for line in above_lines(form.above)]
    return "".join(f"{line}\n" for line in [*above, *(line.text for line in lines(form, indent))])


def above_lines(above: str) -> list[str]:
    return [comment(line) for line in above.split("\n")] if above.strip("\n") else []


def lines(form: RuleForm, indent: int = 2, *, spread: bool = False) -> list[Line]:
    """`spread`: every field of a comparison on a line of its own, so that a line names its field."""
    pad = " " * (indent + 2)
    first = Line(f"{' ' * indent}- id: {scalar(form.id)}", "id")
    body = [first, *_fields(form, pad, ("scope", "severity"))]
    body += [Line(f"{pad}when:", "when"), *_group(form.when, (), len(pad) + 2, spread)]
    body += _fields(form, pad, ("action", "share", "automatic", "lift_when_cured", "expires", "grave"))
    body.append(Line(f"{pad}reason:", "reason"))
    body += [Line(f"{pad}  {one}: {quoted(form.reason.get(one, ''))}", f"reason.{one}") for one in LANGUAGES]
    return [_with_note(line, form.notes.get(line.field, "")) for line in body]


def _fields(form: RuleForm, pad: str, names: tuple[str, ...]) -> Iterator[Line]:
    """Those that say something: a mark that is not set, or a field left empty, is left out."""
    for name in names:
        value = getattr(form, name)
        if isinstance(value, bool):
            if value or form.notes.get(name):
                yield Line(f"{pad}{name}: {str(value).lower()}", name)
        elif value.strip() or name in ("scope", "severity", "action"):
            yield Line(f"{pad}{name}: {scalar(value)}", name)


def _group(group: GroupForm, path: Path, depth: int, spread: bool, dash: str = "") -> Iterator[Line]:
    name = name_of(path)
    yield _with_note(Line(f"{' ' * (depth - len(dash))}{dash}{scalar(group.kind)}:", name), group.note)
    if not group.parts:
        yield Line(f"{' ' * (depth + 2)}[]", name)
    for at, part in enumerate(group.parts):
        below = (*path, at)
        if isinstance(part, GroupForm):
            yield from _group(part, below, depth + 4, spread, "- ")
        elif spread:
            yield from _spread(part, name_of(below), depth + 2)
        else:
            fields = ", ".join(f"{key}: {value}" for key, value, _field in _leaf(part))
            yield _with_note(Line(f"{' ' * (depth + 2)}- {{{fields}}}", name_of(below)), part.note)


def _spread(leaf: LeafForm, name: str, depth: int) -> Iterator[Line]:
    for position, (key, value, field) in enumerate(_leaf(leaf)):
        yield Line(f"{' ' * depth}{'  ' if position else '- '}{key}: {value}", f"{name}.{field}")


def _leaf(leaf: LeafForm) -> Iterator[tuple[str, str, str]]:
    """Key, value, and field of the form."""
    yield "metric", scalar(leaf.metric), "metric"
    if leaf.window.strip():
        yield "window", scalar(leaf.window), "window"
    yield "read", scalar(leaf.read), "read"
    yield "op", quoted(leaf.op), "op"
    if leaf.of == NUMBER:
        yield "than", scalar(leaf.than), "than"
    else:
        yard = "mean: true" if leaf.of == MEAN else f"quantile: {scalar(leaf.quantile)}"
        yield "than", f"{{{yard}, times: {scalar(leaf.than)}}}", "than"


def scalar(text: str) -> str:
    """A number as it is, a plain word as it is, and anything else in quotes."""
    text = text.strip()
    plain = _NUMBER.fullmatch(text) or (_PLAIN.fullmatch(text) and text.lower() not in _SPOKEN)
    return text if plain else quoted(text)


def quoted(text: str) -> str:
    """In double quotes; whatever a reader of YAML would take for a line break or refuse is written as its code."""
    return '"' + "".join(_SHORT.get(sign) or _DANGEROUS.sub(_code, sign) for sign in text) + '"'


def _code(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def comment(text: str) -> str:
    """On one line, whatever it was."""
    return _DANGEROUS.sub(" ", text).strip()


def _with_note(line: Line, note: str) -> Line:
    return Line(f"{line.text}  # {comment(note)}", line.field) if comment(note) else line
