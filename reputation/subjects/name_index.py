"""All names of a night in memory, so that whatever is typed is answered in a few milliseconds.

The names stand one behind the other in one array of characters without their spaces, and a search is a few passes over
it: its cost depends on how long the array is, and hardly on what is asked (100,000 names: about 2 million characters).
How close a name comes is a rank; a lower one is closer.
"""

from collections.abc import Iterable, Sequence
from itertools import islice, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.subjects.names import HAN, name_letters, name_sounds
from reputation.subjects.near_words import NearWords, able

WHOLE, BEGINS, WORD, INSIDE, SOUNDS, SOUNDS_INSIDE, INITIALS, NEAR, NOTHING = range(1, 10)
WORDS = 6  # of a search; the rest is left aside
GUESSES = 4  # corrected searches that are tried where nothing was found as typed
_END, _SPACE, _FIRST_HAN = 10, 32, 0x2E80
Ranks = NDArray[np.int8]
Places = NDArray[np.int32]


class Found(NamedTuple):
    ranks: Ranks  # one for each name, NOTHING where it was not found
    meant: str  # what was probably meant, where nothing was found as typed


class Text:
    """Many short texts as one array; a place is the number of a character in it."""

    def __init__(self, texts: Iterable[str]) -> None:
        joined = _codes("\n".join(["", *texts, ""]))
        after_space = np.concatenate(([True], joined[:-1] == _SPACE)) | (joined >= _FIRST_HAN)
        kept = joined != _SPACE
        self.characters = joined[kept]
        ends = self.characters == _END
        self.starts = after_space[kept] | np.concatenate(([True], ends[:-1]))  # of words; each Han character is one
        self._names = np.cumsum(ends, dtype=np.int32) - 1
        self._by_character()

    def _by_character(self) -> None:
        """The places of each character, one character behind the other."""
        seen = np.bincount(self.characters)
        self._present = np.flatnonzero(seen)
        small = np.zeros(len(seen), dtype=np.uint16 if len(self._present) < 2**16 else np.uint32)
        small[self._present] = np.arange(len(self._present))
        self._places = np.argsort(small[self.characters], kind="stable").astype(np.int32)
        self._bounds = np.concatenate(([0], np.cumsum(seen[self._present])))

    def _of(self, character: np.uint32) -> Places:
        at = int(np.searchsorted(self._present, character))
        if at == len(self._present) or self._present[at] != character:
            return self._places[:0]
        return self._places[self._bounds[at] : self._bounds[at + 1]]

    def places(self, needle: str) -> Places:
        """Where `needle`, which holds no space, begins."""
        wanted = _codes(needle)
        rarest = min(range(len(wanted)), key=lambda i: len(self._of(wanted[i])))
        found = self._inside(self._of(wanted[rarest]) - rarest, len(wanted))
        for i, character in enumerate(wanted):
            if i != rarest:
                found = found[self.characters[found + i] == character]
        return found

    def _inside(self, places: Places, length: int) -> Places:
        return places[(places > 0) & (places < len(self.characters) - length)]

    def nearly(self, needle: str) -> Places:
        """Where `needle` begins if one of its characters is another."""
        wanted, rest = _codes(needle), self.places(needle[1:]) - 1
        found = self._inside(self._of(wanted[0]), len(wanted))
        others, ended = np.zeros(len(found), dtype=np.int16), np.zeros(len(found), dtype=bool)
        for i, character in enumerate(wanted[1:], 1):
            seen = self.characters[found + i]
            others += seen != character
            ended |= seen == _END
        return np.concatenate((found[~ended & (others == 1)], rest[self.characters[rest] != _END]))

    def initials(self) -> list[str]:
        """The first letters of the words of each text: ygxp of yue guang xiao pu."""
        kept = self.characters[self.starts | (self.characters == _END)]
        return kept.tobytes().decode("utf-32-le").split("\n")[1:-1]

    def names(self, places: Places) -> Places:
        """The numbers of the texts that hold these places."""
        return self._names[places]

    def piece(self, place: int, length: int) -> str:
        return self.characters[place : place + length].tobytes().decode("utf-32-le")

    def begins(self, places: Places) -> NDArray[np.bool_]:
        return self.characters[places - 1] == _END

    def whole(self, places: Places, length: int) -> NDArray[np.bool_]:
        return self.begins(places) & (self.characters[places + length] == _END)


class NameIndex:
    """`letters` and `sounds`: one each for every name, see subjects.names."""

    def __init__(self, letters: Sequence[str], sounds: Sequence[str]) -> None:
        self._size = len(letters)
        self._letters, self._sounds = Text(letters), Text(sounds)
        self._initials = Text(self._sounds.initials())
        self._near_words = NearWords("\n".join(letters), "\n".join(sounds).replace(" ", ""))

    def search(self, text: str) -> Found:
        """Names by how close they come to `text`; names that only come near where none is found as typed."""
        words = name_letters(text).split()[:WORDS]
        ranks = self._as_typed(words)
        if not words or ranks.min(initial=NOTHING) < NOTHING:
            return Found(ranks, "")
        return self._nearly(words)

    def _as_typed(self, words: list[str]) -> Ranks:
        ranks = np.full(self._size, NOTHING, dtype=np.int8)
        if words:
            self._by_sound("".join(words), ranks)
            self._by_letters(words, ranks)
        return ranks

    def _by_letters(self, words: list[str], ranks: Ranks) -> None:
        """From the worst rank to the best, each over the one before."""
        typed, text = "".join(words), self._letters
        if len(words) > 1:
            ranks[self._with_all(words)] = INSIDE
        places = text.places(typed)
        if len(typed) > 1 or not typed.isascii():  # one Latin letter is in most names: words have to begin with it
            ranks[text.names(places)] = INSIDE
        ranks[text.names(places[text.starts[places]])] = WORD
        ranks[text.names(places[text.begins(places)])] = BEGINS
        ranks[text.names(places[text.whole(places, len(typed))])] = WHOLE

    def _with_all(self, words: list[str]) -> NDArray[np.bool_]:
        found = np.ones(self._size, dtype=bool)
        for word in set(words):
            places = self._letters.places(word)
            one = np.zeros(self._size, dtype=bool)
            one[self._letters.names(places if len(word) > 1 else places[self._letters.starts[places]])] = True
            found &= one
        return found

    def _by_sound(self, typed: str, ranks: Ranks) -> None:
        chinese = HAN.search(typed) is not None
        sound = name_sounds(typed).replace(" ", "") if chinese else typed
        if not sound.isascii() or sound.isdigit():
            return
        if not chinese:
            self._by_initials(typed, ranks)
        text, places = self._sounds, self._sounds.places(sound)
        places = places[text.starts[places]]
        if chinese:  # whole syllables: xi is no xiang
            places = places[text.starts[places + len(sound)] | (text.characters[places + len(sound)] == _END)]
        elif len(sound) == 1:
            return
        ranks[text.names(places)] = SOUNDS_INSIDE
        ranks[text.names(places[text.begins(places)])] = SOUNDS

    def _by_initials(self, typed: str, ranks: Ranks) -> None:
        """Of the whole name, or of a part of it where three or more are typed."""
        places = self._initials.places(typed)
        if len(typed) < 3:
            places = places[self._initials.begins(places)]
        ranks[self._initials.names(places)] = INITIALS

    def _nearly(self, words: list[str]) -> Found:
        ranks, meant = np.full(self._size, NOTHING, dtype=np.int8), ""
        for guess in islice(product(*(self._instead_of(word) for word in words)), GUESSES + 1):
            if list(guess) == words:
                continue
            found = self._as_typed(list(guess)) < NOTHING
            meant = meant or (" ".join(guess) if found.any() else "")
            ranks[found & (ranks == NOTHING)] = NEAR
        return Found(ranks, meant) if meant else self._with_another_character("".join(words))

    def _instead_of(self, word: str) -> list[str]:
        """The word itself where a name holds it, or those that come nearest to it."""
        if not able(word) or len(self._letters.places(word)) or self._sounds.starts[self._sounds.places(word)].any():
            return [word]
        return self._near_words.nearest(word) or [word]

    def _with_another_character(self, typed: str) -> Found:
        """月先小铺 for 月光小铺: of three or more characters one may be wrong."""
        ranks = np.full(self._size, NOTHING, dtype=np.int8)
        if len(typed) < 3 or not HAN.search(typed):
            return Found(ranks, "")
        places = self._letters.nearly(typed)
        ranks[self._letters.names(places)] = NEAR
        return Found(ranks, self._letters.piece(int(places.min()), len(typed)) if len(places) else "")


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
