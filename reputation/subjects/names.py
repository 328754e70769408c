"""Names as they are searched: by their letters, by the sound of their Chinese characters, and by character bigrams."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import lazy_pinyin

INDEXED_CHARACTERS = 4000  # PostgreSQL refuses a tsvector over 1 MB; nobody searches for the rest of such a name
SEARCHED_CHARACTERS = 200  # of a name, by letters and sound
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")


def name_words(name: str) -> list[str]:
    """The words of a name as they are compared: NFKC (full-width letters are letters), lower case, no NUL."""
    return unicodedata.normalize("NFKC", name[:INDEXED_CHARACTERS]).lower().replace("\0", "").split()


def name_bigrams(name: str) -> list[str]:
    """Sorted distinct bigrams of each word between two spaces: " m", "mi", "ia", "a " for Mia.

    The spaces let a search of one character find words that begin with it.
    """
    padded = [f" {word} " for word in name_words(name)]
    return sorted({word[i : i + 2] for word in padded for i in range(len(word) - 1)})


def name_letters(name: str) -> str:
    """What is compared with what somebody types: letters, figures and signs, without case, accents or punctuation.

    "L'Orée ＭＩＡ-7" is "loree mia 7": an apostrophe joins, any other punctuation parts.
    """
    folded = unicodedata.normalize("NFKC", name[:SEARCHED_CHARACTERS]).casefold()
    plain = folded if folded.isascii() else unicodedata.normalize("NFC", _ACCENTS.sub("", _decomposed(folded)))
    kept = (character if _counts(character) else " " for character in _APOSTROPHES.sub("", plain))
    return " ".join("".join(kept).split())


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


@lru_cache(maxsize=8192)
def _counts(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNMS"


def name_sounds(letters: str) -> str:
    """The syllables of `letters` in pinyin without tones, one word each; empty where there is no Chinese character.

    Simplified and traditional characters sound alike, so either finds the other.
    """
    if not HAN.search(letters):
        return ""
    return " ".join(" ".join(lazy_pinyin(letters)).split())
