"""Names in memory, against a slow search in plain words."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.subjects.name_index import (
    BEGINS,
    INITIALS,
    INSIDE,
    NEAR,
    NOTHING,
    SOUNDS,
    SOUNDS_INSIDE,
    WHOLE,
    WORD,
    NameIndex,
    Text,
)
from reputation.subjects.names import name_letters, name_sounds

NAMES = [
    "月光小铺",
    "月光 Lane",
    "越光直播",
    "Willow Lane",
    "Lotus Wear",
    "沙漠月光",
    "重庆火锅",
    "Amber",
    "L'Orée",
    "★ Star",
]


def _index(names: list[str]) -> NameIndex:
    letters = [name_letters(name) for name in names]
    return NameIndex(letters, [name_sounds(text) for text in letters])


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return _index(NAMES)


def _found(index: NameIndex, text: str) -> dict[str, int]:
    return {name: int(rank) for name, rank in zip(NAMES, index.search(text).ranks, strict=True) if rank < NOTHING}


def test_the_rank_says_how_close_a_name_comes(index: NameIndex) -> None:
    found = {"月光小铺": BEGINS, "月光 Lane": BEGINS, "沙漠月光": WORD, "越光直播": SOUNDS}
    assert _found(index, "月光") == found
    assert _found(index, "amber") == {"Amber": WHOLE}
    assert _found(index, "lane") == {"月光 Lane": WORD, "Willow Lane": WORD}
    assert _found(index, "illow") == {"Willow Lane": INSIDE}


def test_spaces_and_the_order_of_words_do_not_matter(index: NameIndex) -> None:
    assert _found(index, "willowlane") == {"Willow Lane": WHOLE}
    assert _found(index, "lane 月光") == {"月光 Lane": INSIDE}


@pytest.mark.parametrize("typed", ["ＬＡＮＥ", "LÀNE", "lane!"])
def test_width_accents_case_and_punctuation_do_not_matter(index: NameIndex, typed: str) -> None:
    assert set(_found(index, typed)) == {"月光 Lane", "Willow Lane"}


def test_an_apostrophe_is_no_space(index: NameIndex) -> None:
    assert _found(index, "loree") == _found(index, "l’orée") == {"L'Orée": WHOLE}


def test_a_sign_is_found_as_a_letter_is(index: NameIndex) -> None:
    assert _found(index, "★") == {"★ Star": BEGINS}


def test_a_chinese_name_is_found_by_its_pinyin_and_by_its_beginning(index: NameIndex) -> None:
    found = {"月光小铺": SOUNDS, "月光 Lane": SOUNDS, "越光直播": SOUNDS, "沙漠月光": SOUNDS_INSIDE}
    assert _found(index, "yueguang") == _found(index, "yue guang") == found
    assert _found(index, "yuegua") == found


def test_pinyin_begins_with_a_syllable(index: NameIndex) -> None:
    assert "月光小铺" not in _found(index, "guangx"[1:])
    assert _found(index, "xiaopu") == {"月光小铺": SOUNDS_INSIDE}


def test_a_character_with_two_sounds_is_read_as_its_word_is(index: NameIndex) -> None:
    assert _found(index, "chongqing") == {"重庆火锅": SOUNDS}


def test_initials_find_a_chinese_name(index: NameIndex) -> None:
    assert _found(index, "ygxp") == {"月光小铺": INITIALS}
    assert _found(index, "cq") == {"重庆火锅": INITIALS}
    assert _found(index, "hg") == {}  # two letters have to be the first two
    assert _found(index, "qhg") == {"重庆火锅": INITIALS}


@pytest.mark.parametrize("typed", ["越光小鋪", "月廣小铺", "月光小鋪"])
def test_another_character_of_the_same_sound_finds_it_and_so_do_traditional_ones(index: NameIndex, typed: str) -> None:
    assert _found(index, typed) == {"月光小铺": SOUNDS}


def test_a_sound_is_a_whole_syllable(index: NameIndex) -> None:
    """西 is xi, and no beginning of 小 xiao; only a slip would make it one."""
    assert _found(index, "光西") == {}


@pytest.mark.parametrize(
    ("typed", "meant", "name"),
    [
        ("wilow", "willow", "Willow Lane"),
        ("lotsu waer", "lotus wear", "Lotus Wear"),
        ("abmer", "amber", "Amber"),
        ("ambr", "amber", "Amber"),
        ("amberr", "amber", "Amber"),
        ("chongqnig", "chongqing", "重庆火锅"),
        ("月先小铺", "月光小铺", "月光小铺"),
        ("日光小铺", "月光小铺", "月光小铺"),
    ],
)
def test_a_slip_is_forgiven_and_what_was_meant_is_told(index: NameIndex, typed: str, meant: str, name: str) -> None:
    found = index.search(typed)
    assert found.meant == meant
    assert _found(index, typed) == {name: NEAR}


@pytest.mark.parametrize("typed", ["", " ", "\0", "!?", "xyzzy", "zz zz", "💥", "z" * 100, "月月月月", "%_", "\ud800"])
def test_what_nobody_is_called_finds_nothing(index: NameIndex, typed: str) -> None:
    assert _found(index, typed) == {}


def test_a_market_without_names_can_be_searched() -> None:
    for names in ([], [""], ["", "月"]):
        assert len(_index(names).search("lotus").ranks) == len(names)


def test_one_latin_letter_asks_for_words_that_begin_with_it(index: NameIndex) -> None:
    assert {name for name, rank in _found(index, "l").items() if rank < SOUNDS} == {
        "月光 Lane", "Willow Lane", "Lotus Wear", "L'Orée",
    }  # fmt: skip


_WORD = st.text("abc月光小", min_size=1, max_size=4)
_NAME = st.lists(_WORD, max_size=3).map(" ".join)


def _by_hand(name: str, typed: str) -> int:
    """What the letters alone come to."""
    words, wanted = name.split(), typed.split()
    joined, needle = "".join(words), "".join(wanted)
    begins = {sum(map(len, words[:i])) for i in range(len(words))}
    starts = {i for i, character in enumerate(joined) if i in begins or not character.isascii()}
    places = [i for i in range(len(joined)) if joined.startswith(needle, i)]
    if joined == needle:
        return WHOLE
    if joined.startswith(needle):
        return BEGINS
    if starts & set(places):
        return WORD
    if places and (len(needle) > 1 or not needle.isascii()):
        return INSIDE
    short = all(len(word) > 1 or any(joined.startswith(word, at) for at in starts) for word in wanted)
    return INSIDE if len(wanted) > 1 and short and all(word in joined for word in wanted) else NOTHING


@given(st.lists(_NAME, max_size=6), _NAME.filter(str.strip))
def test_letters_are_ranked_as_by_hand(names: list[str], typed: str) -> None:
    found = NameIndex(names, [""] * len(names)).search(typed)
    by_hand = [_by_hand(name, typed) for name in names]
    if min(by_hand, default=NOTHING) < NOTHING:
        assert found.ranks.tolist() == by_hand
    else:
        assert set(found.ranks.tolist()) <= {NEAR, NOTHING}


@given(st.lists(_NAME, max_size=6), st.text("abc月光小", min_size=1, max_size=3))
def test_a_place_is_in_the_name_that_it_says(names: list[str], needle: str) -> None:
    text = Text(names)
    found = [int(name) for name in text.names(text.places(needle))]
    counted = [name.replace(" ", "") for name in names]
    expected = [[at] * sum(one.startswith(needle, i) for i in range(len(one))) for at, one in enumerate(counted)]
    assert sorted(found) == list(itertools.chain.from_iterable(expected))
