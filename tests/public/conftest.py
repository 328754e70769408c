from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from reputation.public import api, front
from reputation.ratings.selectors import shown_forget

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """Each test has a market of its own, so nothing of the last one may be remembered."""
    shown_forget()
    api._rating_body.cache_clear()
    api._sanctioned.cache_clear()
    api._LISTS.clear()
    front.front.cache_clear()
    front.spread.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _compiled_translations() -> None:
    for source in (ROOT / "locale").rglob("*.po"):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(text))
