import re

import pytest

from scoring.metrics import CATALOGUE
from tests.public.catalogue import asked, translations

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")


@pytest.fixture(scope="module")
def known() -> dict[tuple[str | None, str], tuple[str, ...]]:
    return translations()


def test_every_text_that_is_asked_for_is_translated(known: dict[tuple[str | None, str], tuple[str, ...]]) -> None:
    missing = [ask for ask in asked() if not all(known.get((ask.context, ask.texts[0]), [""]))]
    assert sorted({f"{ask.place}: {ask.texts[0]}" for ask in missing}) == []


def test_every_definition_of_the_catalogue_is_translated(known: dict[tuple[str | None, str], tuple[str, ...]]) -> None:
    assert not [metric.key for metric in CATALOGUE if not all(known.get((None, metric.definition), [""]))]


def test_translations_hold_the_same_placeholders(known: dict[tuple[str | None, str], tuple[str, ...]]) -> None:
    for ask in asked():
        for translated in known.get((ask.context, ask.texts[0]), ()):
            allowed = [sorted(PLACEHOLDER.findall(text)) for text in ask.texts]
            assert sorted(PLACEHOLDER.findall(translated)) in allowed, ask


def test_nothing_is_translated_that_nobody_asks_for(known: dict[tuple[str | None, str], tuple[str, ...]]) -> None:
    wanted = {(ask.context, ask.texts[0]) for ask in asked()} | {(None, metric.definition) for metric in CATALOGUE}
    assert sorted(text for _context, text in set(known) - wanted) == []
