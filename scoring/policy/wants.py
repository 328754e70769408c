"""What a checker wants of a node; what it does not get becomes a problem with line and mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from scoring.policy.document import Node, Problem, problem

_WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")


class Wants:
    """Collects problems; every method gives None, or what is empty, for a value that it refused or that is absent."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, line: int, said: str, remedy: str, **values: object) -> None:
        self.problems.append(problem(line, said, remedy, **values))

    def note(self, line: int, said: str, remedy: str, **values: object) -> None:
        self.problems.append(replace(problem(line, said, remedy, **values), note=True))

    def _unknown(self, line: int, said: str, word: str, known: Collection[str], what: str) -> None:
        close = difflib.get_close_matches(word, list(known), n=1)
        remedy = "did you mean {meant}?" if close else "known are {known}"
        meant = {"meant": close[0]} if close else {"known": _listed(known)}
        self.refuse(line, said, remedy, what=what, name=repr(word), **meant)

    def fields(self, node: Node, known: Collection[str], needed: Collection[str], what: str) -> dict[str, Node]:
        """The fields of a mapping; unknown ones, and needed ones that are missing, are refused."""
        if not isinstance(node.value, dict):
            self.refuse(
                node.line, "{what} is no mapping", "write its fields: {known}", what=what, known=_listed(needed)
            )
            return {}
        for name in node.value.keys() - set(known):
            line = (node.lines or {}).get(name, node.line)
            self._unknown(line, "{what} has no {name}", name, known, what)
        for name in sorted(set(needed) - node.value.keys()):
            self.refuse(node.line, "{what} lacks {name}", "add {name}:", what=what, name=name)
        return {name: value for name, value in node.value.items() if name in known}

    def listed(self, node: Node | None, what: str, most: int) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node.value, list) or not node.value:
            self.refuse(
                node.line, "{what} is no list, or an empty one", "write its parts, each after a dash", what=what
            )
            return []
        if len(node.value) > most:
            self.refuse(node.line, "{what} has more than {most} parts", "leave some out", what=what, most=most)
        return node.value[:most]

    def one_of(self, node: Node | None, known: Sequence[str], what: str) -> str | None:
        if node is None:
            return None
        if isinstance(node.value, str) and node.value in known:
            return node.value
        self._unknown(node.line, "{what} {name} is unknown", str(node.value), known, what)
        return None

    def word(self, node: Node | None, what: str) -> str:
        if node is None:
            return ""
        if isinstance(node.value, str) and _WORD.fullmatch(node.value):
            return node.value
        self.refuse(
            node.line,
            "{what} is no plain name",
            "use small letters, digits and _, at most 60, a letter first",
            what=what,
        )
        return ""

    def text(self, node: Node, what: str, most: int) -> str:
        if not isinstance(node.value, str) or not node.value.strip():
            self.refuse(node.line, "{what} says nothing", "write it for those whom it concerns", what=what)
            return ""
        if len(node.value) > most:
            self.refuse(node.line, "{what} has more than {most} characters", "make it shorter", what=what, most=most)
        return node.value.strip()

    def flag(self, node: Node | None, what: str) -> bool:
        if node is not None and not isinstance(node.value, bool):
            self.refuse(node.line, "{what} is neither true nor false", "write true or false", what=what)
            return False
        return bool(node and node.value)

    def number(self, node: Node, what: str) -> float | None:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self.refuse(
                node.line,
                "{what} is no number",
                "write a number instead of {value}",
                what=what,
                value=_short(node.value),
            )
            return None
        return float(node.value)


def _short(value: Any) -> str:
    return repr(value)[:40] if not isinstance(value, dict | list) else "a list or mapping"


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words))
