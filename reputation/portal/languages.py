"""The reader's language for what is made after a view has answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import translation


def in_language(language: str | None, parts: Iterable[str]) -> Iterator[str]:
    """`parts`, each made in this language: a server may have turned to another request between two of them."""
    left = iter(parts)
    while True:
        with translation.override(language):
            part = next(left, None)
        if part is None:
            return
        yield part
