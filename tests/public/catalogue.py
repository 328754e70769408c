"""Every text that the code asks gettext for, found by Babel's reader; templates go through Django's own translation."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


class Asked(NamedTuple):
    place: str
    context: str | None
    texts: tuple[str, ...]  # singular, and plural where there is one


def asked() -> Iterator[Asked]:
    for path in sorted((ROOT / "reputation").rglob("*.py")):
        yield from _found(path, path.read_text())
    for path in sorted((ROOT / "templates").rglob("*.*")):  # pages and mails
        yield from _found(path, templatize(path.read_text(), origin=str(path)))


def _found(path: Path, text: str) -> Iterator[Asked]:
    for line, messages, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
        texts = (messages,) if isinstance(messages, str) else tuple(messages)
        yield Asked(f"{path.relative_to(ROOT)}:{line}", context, texts)


def translations() -> dict[tuple[str | None, str], tuple[str, ...]]:
    """(context, singular) -> its translations, one or one per plural form."""
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    return {(message.context, _first(message.id)): _all(message.string) for message in messages}


def _first(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _all(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)
