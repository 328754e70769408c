import itertools
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from reputation.ratings.models import Rating
from reputation.ratings.search import ORDERINGS, Wanted, find, rating_rows
from reputation.ratings.selectors import shown
from tests.public.market import NIGHT, few_orders, publish, rating, store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market() -> None:
    publish()
    rows = itertools.product((Decimal("4.7"), Decimal("3.2")), (100, 900), ("beauty", "home"))
    for i, (stars, orders, category) in enumerate(rows):
        name = f"{'青禾' if i % 2 else 'Willow'} {i}"
        store(f"s{i}", name)
        rating(f"s{i}", name=name, stars=stars, orders_counted=orders, category=category, percentile=i * 10.0)
    store("few", "Willow young")
    few_orders("few", name="Willow young", category="home")


def _ids(**wanted: object) -> list[str]:
    return [row.subject_id for row in find(shown(), "store", Wanted(**wanted))]


def test_the_best_stars_stand_first_and_more_orders_break_ties() -> None:
    assert _ids() == ["s2", "s3", "s0", "s1", "s6", "s7", "s4", "s5", "few"]


def test_a_name_is_found_in_either_script() -> None:
    assert set(_ids(search="青禾")) == {"s1", "s3", "s5", "s7"}
    assert set(_ids(search="wil")) == {"s0", "s2", "s4", "s6", "few"}


def test_the_closest_match_stands_first() -> None:
    store("s9", "My Willow")
    rating("s9", name="My Willow", orders_counted=10**6)
    assert _ids(search="willow")[-1] == "s9"
    assert _ids(search="few")[0] == "few"


@pytest.mark.parametrize(("search", "ids"), [("青", ["s3", "s1", "s7", "s5"]), ("w", ["s2", "s0", "s6", "s4", "few"])])
def test_of_all_names_with_one_character_the_best_stars_stand_first(search: str, ids: list[str]) -> None:
    assert _ids(search=search) == ids


def test_filters_narrow_each_other() -> None:
    assert _ids(category="home", min_stars=Decimal("4.5")) == ["s3", "s1"]
    assert _ids(category="home", search="willow") == ["few"]


@pytest.mark.parametrize("ordering", sorted(ORDERINGS))
def test_each_ordering_is_total_and_keeps_everyone(ordering: str) -> None:
    ids = _ids(ordering=ordering)
    assert sorted(ids) == sorted(_ids())
    assert ids == _ids(ordering=ordering)


@pytest.mark.parametrize("ordering", ["stars", "-stars", "percentile", "-percentile"])
def test_whoever_has_no_value_stands_last(ordering: str) -> None:
    assert _ids(ordering=ordering)[-1] == "few"


def test_a_repair_moves_a_store_in_the_list() -> None:
    rating("s5", name="青禾 5", revision=1, stars=Decimal("5.0"), category="home")
    assert _ids()[0] == "s5"
    assert len(_ids()) == len(set(_ids()))


def test_another_night_is_not_mixed_in() -> None:
    Rating.objects.filter(subject_id="s0").update(night="2026-11-19")
    assert "s0" not in _ids()


def test_a_repair_between_two_searches_is_seen() -> None:
    assert _ids()[0] == "s2"
    rating("s5", name="青禾 5", revision=1, stars=Decimal("5.0"), category="home")
    publish(counter=2)
    assert _ids()[0] == "s5"


def test_a_rating_without_a_store_is_found_by_its_own_name() -> None:
    rating("alone", name="月光 Lane")
    assert _ids(search="yueguang") == _ids(search="lane") == ["alone"]


def test_only_one_state_can_be_asked_for() -> None:
    assert _ids(state="few_orders") == ["few"]
    assert "few" not in _ids(state="rated")


def test_least_stars_are_least_stars_in_any_digit() -> None:
    assert len(_ids(min_stars=Decimal("3.2"))) == len(_ids(min_stars=3.2)) == 8
    assert len(_ids(min_stars=Decimal("3.21"))) == 4
    assert len(_ids(min_stars=Decimal("4.70"))) == 4


def test_a_category_that_nobody_is_in_is_empty() -> None:
    assert _ids(category="toys") == []


def test_rows_are_read_as_they_are_asked_for(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    found = find(shown(), "store", Wanted())
    with django_assert_num_queries(1):
        assert [row.subject_id for row in found[2:4]] == ["s0", "s1"]
    with django_assert_num_queries(1):
        assert found[-1].subject_id == "few"
    with django_assert_num_queries(0):
        assert len(found) == 9
        assert found[9:12] == []


def test_a_second_search_of_a_night_reads_nothing_but_its_rows(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    night = shown()
    find(night, "store", Wanted(search="willow"))
    with django_assert_num_queries(1):
        rows = find(night, "store", Wanted(search="willow", min_stars=4))[:20]
    assert [row.subject_id for row in rows] == ["s2", "s0"]


def test_what_was_found_says_how_close_it_comes() -> None:
    typed = {text: find(shown(), "store", Wanted(search=text)) for text in ("willow", "qinghe", "wilow", "nobody")}
    assert [found.near for found in typed.values()] == [False, False, True, False]
    assert [found.alike for found in typed.values()] == [False, True, False, False]
    assert typed["wilow"].meant == "willow"


def test_rows_are_given_in_the_order_asked_for() -> None:
    assert [row.subject_id for row in rating_rows(NIGHT, "store", ["s3", "nobody", "few", "s0"])] == ["s3", "few", "s0"]
    assert rating_rows(NIGHT, "store", []) == []


def test_a_night_without_ratings_can_be_searched() -> None:
    Rating.objects.all().delete()
    assert _ids(search="willow") == _ids() == _ids(ordering="name") == []
