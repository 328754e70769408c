"""What a policy file says in comments, by the field of the rule that it stands beside."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import yaml  # type: ignore[import-untyped]

from scoring.policy.document import LOADER, Node, document
from scoring.policy.form.fields import Path, name_of
from scoring.policy.rules import Rule

_BESIDE = ("id", "scope", "severity", "action", "share", "automatic", "lift_when_cured", "expires", "grave", "reason")


@dataclass(frozen=True)
class Comments:
    """`lines`: what each line says after a #, by its number from 1; `fields`: (line, rule's line, field), ascending."""

    lines: dict[int, str]
    fields: list[tuple[int, int, str]]

    def of(self, rule: Rule, part: str) -> tuple[str, dict[str, str]]:
        """The lines above a rule, whose text with them is `part`, and what stands beside or below its fields."""
        above = []
        for line in part.splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                break
            above.append(line.strip().removeprefix("#").removeprefix(" "))
        begun = rule.line - len(above)
        notes: dict[str, str] = {}
        for number in range(rule.line, begun + len(part.splitlines())):
            if said := self.lines.get(number):
                field = self.fields[bisect_right(self.fields, (number, 10**9, "")) - 1][2]
                notes[field] = f"{notes[field]} {said}" if field in notes else said
        return "\n".join(above).strip("\n"), notes


def comments(text: str) -> Comments:
    """Raises UnreadableError for what is no document."""
    found = sorted(_fields(document(text)))
    return Comments(dict(_said(text)), found)


def _said(text: str) -> Iterator[tuple[int, str]]:
    """Line and comment, wherever a # stands outside of every value."""
    values: dict[int, list[tuple[int, int]]] = {}
    lines = text.split("\n")
    for token in yaml.scan(text, Loader=LOADER):
        if isinstance(token, yaml.ScalarToken):
            first, last = token.start_mark, token.end_mark
            for at in range(first.line, last.line + 1):
                begun, ended = first.column if at == first.line else 0, last.column if at == last.line else 10**9
                values.setdefault(at, []).append((begun, ended))
    for at, line in enumerate(lines):
        for found in re.finditer(r"(?:^|(?<=\s))#", line):
            if not any(begun <= found.start() < ended for begun, ended in values.get(at, ())):
                yield at + 1, line[found.end() :].strip()
                break


def _fields(root: Node) -> Iterator[tuple[int, int, str]]:
    rules = root.value["rules"].value if isinstance(root.value, dict) and "rules" in root.value else None
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule.value, dict):
            yield rule.line, rule.line, "id"
            lines = rule.lines or {}
            yield from ((lines[name], rule.line, name) for name in _BESIDE if name in lines)
            if "when" in rule.value:
                yield from ((line, rule.line, name) for line, name in _conditions(rule.value["when"], ()))


def _conditions(node: Node, path: Path) -> Iterator[tuple[int, str]]:
    yield node.line, name_of(path)
    if isinstance(node.value, dict):
        for kind in node.value.keys() & {"all", "any"}:
            parts = node.value[kind].value
            for at, part in enumerate(parts if isinstance(parts, list) else []):
                yield from _conditions(part, (*path, at))
