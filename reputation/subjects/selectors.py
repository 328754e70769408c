"""Which subjects have a name like this."""

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from reputation.subjects.models import Anchor, Store
from reputation.subjects.names import name_words
from reputation.subjects.services import MODELS


class BigramQuery(SearchQuery):
    """A tsquery that is already in PostgreSQL's own notation: no parser or dictionary may touch the bigrams."""

    def __init__(self, notation: str) -> None:
        super().__init__(notation)
        self.notation = notation

    def as_sql(self, *_arguments: Any, **_keywords: Any) -> tuple[str, list[str]]:
        return "%s::tsquery", [self.notation]


def subjects_named(kind: str, text: str) -> QuerySet[Store] | QuerySet[Anchor]:
    """Subjects whose name holds every word of `text` (or whose id is `text`); all for a text without words."""
    everyone = MODELS[kind]._default_manager.all()
    if not (notation := bigram_notation(text)):
        return everyone
    return everyone.filter(Q(bigrams=BigramQuery(notation)) | Q(pk=text.strip().replace("\0", "")))


def bigram_notation(text: str) -> str:
    return " & ".join(term for word in name_words(text) for term in _terms(word))


def _terms(word: str) -> list[str]:
    if len(word) > 1:
        return [_quoted(word[i : i + 2]) for i in range(len(word) - 1)]
    # One Latin letter is in most names, so it asks for words that begin with it; one Han character says enough.
    return [_quoted(f" {word}") if word.isascii() else f"{_quoted(word)}:*"]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
