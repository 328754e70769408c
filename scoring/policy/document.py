"""YAML read safely, with the line of every value: no tags, no aliases, nothing deep or large, no value twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]

MOST_BYTES = 128 * 1024
DEEPEST = 12
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Problem:
    """What is wrong in a file: its line (from 1), and how to mend it. A note refuses nothing.

    `said` and `remedy` are templates whose {names} stand in `values`, so that a page can translate them.
    """

    line: int
    said: str
    remedy: str
    values: tuple[tuple[str, str], ...] = ()
    note: bool = False

    @property
    def text(self) -> str:
        return self.said.format(**dict(self.values))

    @property
    def mend(self) -> str:
        return self.remedy.format(**dict(self.values))

    def as_json(self) -> dict[str, Any]:
        return {"line": self.line, "text": self.text, "mend": self.mend, "note": self.note}

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}; {self.mend}"


def problem(line: int, said: str, remedy: str, **values: object) -> Problem:
    return Problem(line, said, remedy, tuple((name, str(value)) for name, value in values.items()))


@dataclass(frozen=True)
class Node:
    """A value and its line. `value`: dict of str -> Node, list of Node, str, int, float, bool or None."""

    value: Any
    line: int
    lines: dict[str, int] | None = None  # of the keys of a dict


class UnreadableError(ValueError):
    """The text is no document that could be checked further."""

    def __init__(self, line: int, said: str, remedy: str, **values: object) -> None:
        self.problem = problem(line, said, remedy, **values)
        super().__init__(self.problem.text)


def document(content: str | bytes) -> Node:
    """The one document of a file. Raises UnreadableError with the line and the mend."""
    text = _text(content)
    try:
        _guard(text)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise _syntax(error, text) from error
    if root is None:
        raise UnreadableError(1, "the file is empty", "write a policy; policies/default.yaml is one")
    return _node(root)


def _text(content: str | bytes) -> str:
    if len(content) > MOST_BYTES:
        raise UnreadableError(
            1, "the file is larger than {most} KiB", "split it or drop rules", most=MOST_BYTES // 1024
        )
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableError(line, "the file is not UTF-8", "save it as UTF-8") from error


def _guard(text: str) -> None:
    """Refuse by its events what composing would choke on: an alias can unfold without end, nesting can end the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UnreadableError(line, "anchors (&) and aliases (*) are not read", "write the value out")
        if getattr(event, "tag", None) and event.tag != "!":
            raise UnreadableError(line, "the tag {tag} is not read", "leave it out", tag=event.tag)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise UnreadableError(line, "nested deeper than {most}", "flatten the conditions", most=DEEPEST)


def _syntax(error: yaml.YAMLError, text: str) -> UnreadableError:
    mark = getattr(error, "problem_mark", None)
    line = min(mark.line, text.count("\n")) + 1 if mark else 1
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    here = text.split("\n")[line - 1]
    if re.search(r"op:\s*[<>]", here):
        return UnreadableError(line, "a sign of comparison stands without quotes", 'write op: ">="')
    return UnreadableError(line, "no YAML: {what}", "mend the line or the one before it", what=what)


def _node(node: yaml.Node) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(part) for part in node.value], line)
    if isinstance(node, yaml.ScalarNode):
        return Node(_scalar(node), line)
    fields: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, at = str(key.value), key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableError(at, "a key is no plain word", "write key: value")
        if name in fields:
            raise UnreadableError(
                at,
                "{name} stands twice",
                "keep one of them; the first is on line {first}",
                name=name,
                first=lines[name],
            )
        fields[name], lines[name] = _node(value), at
    return Node(fields, line, lines)


def _scalar(node: yaml.ScalarNode) -> Any:
    """Quoted is text; else a number, true, false, null or text. Dates, octal numbers and `yes` stay the text they are."""
    text = str(node.value)
    if node.style in tuple("'\"|>"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
