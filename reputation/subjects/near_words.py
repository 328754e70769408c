"""Words that come near to one with a slip in it: a letter too many, too few, another one, or two changed about."""

import re
from bisect import bisect_left

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

LETTERS = 24  # of a word that are compared
NEAREST = 3
_MANY = 7  # from this length on two slips are forgiven
_BITS = np.zeros(256, dtype=np.uint32)  # a letter's own bit; none for any other sign
_BITS[ord("a") : ord("z") + 1] = 1 << np.arange(26, dtype=np.uint32)


_LATIN = re.compile(f"(?<![a-z0-9])[a-z]{{3,{LETTERS}}}")


def able(typed: str) -> bool:
    """Whether a slip may be looked for: three letters or more, and nothing but Latin letters."""
    return len(typed) > 2 and typed.isascii() and typed.isalpha()


class NearWords:
    """The Latin words of some texts; what was typed may be the beginning of one."""

    def __init__(self, *texts: str) -> None:
        self._words = sorted({word for text in texts for word in _LATIN.findall(text)})
        letters = np.array(self._words or [""], dtype=f"S{LETTERS}").view(np.uint8).reshape(-1, LETTERS)
        self._bits = _BITS[letters]

    def nearest(self, typed: str) -> list[str]:
        """The best first."""
        if not self._words or not able(typed):
            return []
        slips = 2 if len(typed) >= _MANY else 1
        found = process.extract(
            typed, self._beginnings(typed, slips), scorer=OSA.distance, score_cutoff=slips, limit=None
        )
        near = sorted((distance, self._is_part(word), word) for word, distance, _ in found if _likely(typed, word))
        return _without_beginnings([word for _distance, _part, word in near])[:NEAREST]

    def _is_part(self, word: str) -> bool:
        """Whether this is but the beginning of a word (they are sorted)."""
        at = bisect_left(self._words, word)
        return at == len(self._words) or self._words[at] != word

    def _beginnings(self, typed: str, slips: int) -> list[str]:
        """Of the words that hold nearly all letters of `typed` in their first letters, as much as was typed of them."""
        present = np.bitwise_or.reduce(self._bits[:, : len(typed) + slips], axis=1)
        wanted = np.bitwise_or.reduce(_BITS[np.frombuffer(typed.encode(), dtype=np.uint8)])
        able = np.flatnonzero(np.bitwise_count(wanted & ~present) <= slips)
        lengths = range(len(typed) - 1, len(typed) + 2)
        return sorted({self._words[i][:length] for i in able for length in lengths})


def _likely(typed: str, word: str) -> bool:
    """In a word of three or four letters the first one is right, or has changed places with the second."""
    return len(typed) > 4 or typed[0] == word[0] or typed[:2] == word[1::-1]


def _without_beginnings(words: list[str]) -> list[str]:
    """A beginning of a word that stands before it finds the same names and more."""
    kept: list[str] = []
    for word in words:
        if not any(other.startswith(word) or word.startswith(other) for other in kept):
            kept.append(word)
    return kept
