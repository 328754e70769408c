"""What a checker wants of a node; what it does not get becomes a problem with line and mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from typing import Any

from scoring.policy.document import Node, Problem

_WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")


class Wants:
    """Collects problems; every method gives None, or what is empty, for a value that it refused or that is absent."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, line: int, text: str, mend: str) -> None:
        self.problems.append(Problem(line, text, mend))

    def note(self, line: int, text: str, mend: str) -> None:
        self.problems.append(Problem(line, text, mend, note=True))

    def fields(self, node: Node, known: Collection[str], needed: Collection[str], what: str) -> dict[str, Node]:
        """The fields of a mapping; unknown ones, and needed ones that are missing, are refused."""
        if not isinstance(node.value, dict):
            self.refuse(node.line, f"{what} is no mapping", f"write its fields: {', '.join(sorted(needed))}")
            return {}
        for name in node.value.keys() - set(known):
            line = (node.lines or {}).get(name, node.line)
            self.refuse(line, f"{what} has no {name!r}", _instead(name, known))
        for name in sorted(set(needed) - node.value.keys()):
            self.refuse(node.line, f"{what} lacks {name}", f"add {name}:")
        return {name: value for name, value in node.value.items() if name in known}

    def listed(self, node: Node | None, what: str, most: int) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node.value, list) or not node.value:
            self.refuse(node.line, f"{what} is no list, or an empty one", "write its parts, each after a dash")
            return []
        if len(node.value) > most:
            self.refuse(node.line, f"{what} has more than {most} parts", "leave some out")
        return node.value[:most]

    def one_of(self, node: Node | None, known: Sequence[str], what: str) -> str | None:
        if node is None:
            return None
        if isinstance(node.value, str) and node.value in known:
            return node.value
        self.refuse(node.line, f"{what} {node.value!r} is unknown", _instead(str(node.value), known))
        return None

    def word(self, node: Node | None, what: str) -> str:
        if node is None:
            return ""
        if isinstance(node.value, str) and _WORD.fullmatch(node.value):
            return node.value
        self.refuse(
            node.line, f"{what} is no plain name", "use small letters, digits and _, at most 60, a letter first"
        )
        return ""

    def text(self, node: Node, what: str, most: int) -> str:
        if not isinstance(node.value, str) or not node.value.strip():
            self.refuse(node.line, f"{what} says nothing", "write it for those whom it concerns")
            return ""
        if len(node.value) > most:
            self.refuse(node.line, f"{what} has more than {most} characters", "make it shorter")
        return node.value.strip()

    def flag(self, node: Node | None, what: str) -> bool:
        if node is not None and not isinstance(node.value, bool):
            self.refuse(node.line, f"{what} is neither true nor false", "write true or false")
            return False
        return bool(node and node.value)

    def number(self, node: Node, what: str) -> float | None:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self.refuse(node.line, f"{what} is no number", f"write a number instead of {_short(node.value)}")
            return None
        return float(node.value)


def _short(value: Any) -> str:
    return repr(value)[:40] if not isinstance(value, dict | list) else "a list or mapping"


def _instead(word: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
