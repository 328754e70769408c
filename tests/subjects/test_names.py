import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.subjects.models import Store
from reputation.subjects.names import INDEXED_CHARACTERS, name_bigrams, name_letters, name_sounds, name_words
from reputation.subjects.selectors import bigram_notation, subjects_named
from reputation.subjects.services import subject_names_index
from tests.public.market import store


def test_it_pads_each_word_with_spaces() -> None:
    assert name_bigrams("Mia Yu") == sorted([" m", "mi", "ia", "a ", " y", "yu", "u "])


def test_full_width_letters_are_letters() -> None:
    assert name_bigrams("ＭＩＡ") == name_bigrams("mia")


def test_han_characters_make_bigrams_too() -> None:
    assert name_bigrams("青禾小铺") == sorted([" 青", "青禾", "禾小", "小铺", "铺 "])


def test_a_name_without_words_has_no_bigrams() -> None:
    assert name_bigrams(" \t\0 ") == []


def test_only_the_beginning_of_an_endless_name_is_indexed() -> None:
    assert len("".join(name_words("x" * 100_000))) == INDEXED_CHARACTERS


@given(st.text(max_size=60))
def test_every_piece_of_a_name_finds_it(name: str) -> None:
    for word in name_words(name):
        indexed = set(name_bigrams(name))
        assert all(word[i : i + 2] in indexed for i in range(len(word) - 1))


def test_quotes_and_backslashes_stay_inside_their_lexeme() -> None:
    assert bigram_notation("a'\\") == "'a''' & '''\\\\'"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["青禾", "禾小", "铺", "青", "LANE", "lan", "l", "lane 青", "s1", "ｌａｎｅ"])
def test_a_few_letters_find_a_store(typed: str) -> None:
    store("s1", "青禾小铺 Lane")
    store("s2", "Other shop")
    assert [found.pk for found in subjects_named("store", typed)] == ["s1"]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["'", "\\", "' | 'x", ":*", "a & b", "!x", "<->", "((", "\0", "𝕏'"])
def test_nothing_typed_breaks_the_query(typed: str) -> None:
    store("s1", "plain")
    assert list(subjects_named("store", typed)) == ([] if typed != "\0" else [Store.objects.get()])


@pytest.mark.django_db
def test_one_latin_letter_asks_for_words_that_begin_with_it() -> None:
    store("s1", "Willow Lane")
    store("s2", "Amber")
    assert [found.pk for found in subjects_named("store", "l")] == ["s1"]


@pytest.mark.django_db
def test_indexing_again_follows_a_new_name() -> None:
    store("s1", "Old")
    Store.objects.update(name="Fresh")
    assert subject_names_index(kind="store", subject_ids=["s1"]) == 1
    assert not subjects_named("store", "old").exists()
    assert subjects_named("store", "fre").exists()


@pytest.mark.django_db
def test_a_store_without_a_name_is_indexed_as_nothing() -> None:
    store("s1", "Old")
    Store.objects.update(name=None)
    assert subject_names_index(kind="store", subject_ids=["s1"]) == 1
    assert not subjects_named("store", "old").exists()


@pytest.mark.django_db
def test_a_name_of_4000_different_characters_can_be_indexed() -> None:
    name = "".join(chr(0x4E00 + i) for i in range(4000))
    store("s1", name)
    assert [found.pk for found in subjects_named("store", name[3990:3995])] == ["s1"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mia Yu", "mia yu"),
        ("ＭＩＡ　７", "mia 7"),
        ("L'Orée-2 & Co.", "loree 2 co"),
        ("Straße", "strasse"),
        ("青禾（旗舰店）", "青禾 旗舰店"),
        ("ガラス 한글", "ガラス 한글"),
        ("★ a\x00b\x1f", "★ a b"),
        ("...", ""),
    ],
)
def test_letters_are_what_can_be_typed(name: str, letters: str) -> None:
    assert name_letters(name) == letters


@given(st.text(max_size=80))
def test_letters_of_letters_are_the_same(name: str) -> None:
    assert name_letters(name_letters(name)) == name_letters(name)


def test_sounds_are_syllables_and_other_words_stay() -> None:
    assert name_sounds("重庆银行 lane 12") == "chong qing yin hang lane 12"
    assert name_sounds("月光小鋪") == name_sounds("越光小铺") == "yue guang xiao pu"
    assert name_sounds("amber lane") == ""


@pytest.mark.django_db
def test_letters_and_sounds_are_kept_with_the_bigrams() -> None:
    store("s1", "青禾 Lane")
    assert list(Store.objects.values_list("letters", "sounds")) == [("青禾 lane", "qing he lane")]
