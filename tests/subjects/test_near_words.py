"""Words with a slip in them; the oracle counts slips letter by letter."""

from hypothesis import given
from hypothesis import strategies as st

from reputation.subjects.near_words import LETTERS, NearWords, able

WORDS = NearWords("willow lotus amber lane mia", "yueguangxiaopu\ncrane2 a1mber\n" + "x" * 40 + " 青禾")


def slips(one: str, other: str) -> int:
    """Letters put in, left out, changed, or changed about with their neighbour, the fewest that make one the other."""
    table = [[max(i, j) if not i or not j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            same = one[i - 1] == other[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (not same))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def test_the_nearest_word_stands_first() -> None:
    assert WORDS.nearest("wilow") == ["willow"]
    assert WORDS.nearest("lotsu")[0] == "lotus"


def test_what_was_typed_may_be_the_beginning_of_a_word() -> None:
    assert WORDS.nearest("yueguangxaio") == ["yueguangxiao"]


def test_a_short_word_keeps_its_first_letter() -> None:
    assert WORDS.nearest("lnae") == WORDS.nearest("alne") == ["lane"]
    assert WORDS.nearest("fane") == []


def test_only_long_words_are_forgiven_two_slips() -> None:
    assert WORDS.nearest("abmre") == []
    assert WORDS.nearest("yeugaung") == ["yueguang"]


def test_figures_chinese_and_two_letters_have_no_slips() -> None:
    assert not any(map(able, ("12345", "青禾", "mi", "", "crane2", "mía")))
    assert [WORDS.nearest(typed) for typed in ("12345", "青禾", "mi", "")] == [[]] * 4


def test_without_words_nothing_is_near() -> None:
    assert NearWords().nearest("willow") == []
    assert NearWords("青禾 12").nearest("willow") == []


@given(
    st.lists(st.text("abcdefgh", min_size=3, max_size=12), min_size=1, max_size=20),
    st.text("abcdefgh", min_size=5, max_size=10),
)
def test_it_finds_whatever_is_near_and_nothing_else(words: list[str], typed: str) -> None:
    forgiven = 2 if len(typed) >= 7 else 1
    beginnings = {word[:length] for word in words for length in range(len(typed) - 1, len(typed) + 2)}
    near = {beginning: slips(typed, beginning) for beginning in beginnings if slips(typed, beginning) <= forgiven}
    found = NearWords(*words).nearest(typed)
    assert set(found) <= set(near)
    assert bool(found) == bool(near)
    if near:
        assert near[found[0]] == min(near.values())


@given(st.text(max_size=60))
def test_nothing_typed_breaks_it(typed: str) -> None:
    assert all(len(word) <= LETTERS for word in WORDS.nearest(typed))
