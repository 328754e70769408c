import math
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from reputation.ratings import selectors
from reputation.ratings.models import Pointer, Rating
from reputation.ratings.representation import history_as_dict, number, rating_as_dict
from tests.public.market import NIGHT, few_orders, past, publish, rating

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_pointer() -> None:
    selectors.shown_forget()


def test_nothing_is_shown_before_the_first_night() -> None:
    assert selectors.shown().night is None
    assert selectors.shown().etag("en") == '"none.0.en"'


def test_a_pointer_without_a_publication_shows_nothing() -> None:
    Pointer.objects.create(counter=3)
    assert selectors.shown() == selectors.NOTHING


def test_the_etag_is_night_counter_and_language() -> None:
    publish(counter=4)
    assert selectors.shown().etag("zh-hans") == '"2026-11-20.4.zh-hans"'


def test_the_pointer_is_read_once_a_second(django_assert_num_queries) -> None:
    publish()
    with django_assert_num_queries(1):
        first = selectors.shown()
        assert selectors.shown() is first


def test_the_latest_revision_is_the_rating() -> None:
    publish()
    rating("s1")
    rating("s1", revision=1, stars=Decimal("4.9"))
    assert selectors.rating_row(NIGHT, "store", "s1").stars == Decimal("4.9")
    assert [row.stars for row in selectors.ratings(NIGHT, "store")] == [Decimal("4.9")]


def test_of_three_revisions_only_the_last_is_listed() -> None:
    publish()
    for revision in range(3):
        rating("s1", revision=revision)
    rating("s2")
    listed = selectors.ratings(NIGHT, "store").order_by("subject_id").values_list("subject_id", "revision")
    assert list(listed) == [("s1", 2), ("s2", 0)]


def test_kinds_are_kept_apart() -> None:
    publish()
    rating("x1", kind="anchor")
    assert selectors.rating_row(NIGHT, "store", "x1") is None
    assert selectors.rating_row(NIGHT, "anchor", "x1").kind == "anchor"


def test_a_row_read_past_the_orm_equals_the_orm() -> None:
    publish()
    made = rating("s1")
    row = selectors.rating_row(NIGHT, "store", "s1")
    made.refresh_from_db()
    assert row._asdict() == {field: getattr(made, field) for field in row._fields}


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_opened_anew() -> None:
    publish()
    rating("s1")
    selectors.rating_row(NIGHT, "store", "s1")
    connection.connection.close()
    assert selectors.rating_row(NIGHT, "store", "s1").subject_id == "s1"


@pytest.mark.django_db(transaction=True)
def test_a_lost_prepared_statement_is_made_again() -> None:
    publish()
    rating("s1")
    for _ in range(selectors.PREPARE_AFTER + 2):
        selectors.rating_row(NIGHT, "store", "s1")
    connection.connection.execute("DEALLOCATE ALL")
    assert selectors.rating_row(NIGHT, "store", "s1").subject_id == "s1"


def test_history_is_newest_first_and_one_row_a_night() -> None:
    past("s1", [4.1, None, 4.3])
    publish()
    rating("s1")
    rating("s1", night=NIGHT - timedelta(days=1), revision=1, stars=4.4)
    found = [(row.night, row.stars, row.revision) for row in selectors.history("store", "s1", NIGHT)]
    assert found == [
        (NIGHT, Decimal("4.7"), 0),
        (NIGHT - timedelta(days=1), Decimal("4.4"), 1),
        (NIGHT - timedelta(days=2), None, 0),
        (NIGHT - timedelta(days=3), Decimal("4.1"), 0),
    ]


def test_history_hides_nights_that_were_never_published_or_are_still_to_come() -> None:
    publish()
    rating("s1")
    rating("s1", night=NIGHT - timedelta(days=1))
    rating("s1", night=NIGHT + timedelta(days=1))
    assert [row.night for row in selectors.history("store", "s1", NIGHT)] == [NIGHT]


def test_categories_count_rated_stores_the_largest_first() -> None:
    publish()
    rating("s1", category="home")
    rating("s2", category="beauty")
    rating("s3", category="beauty")
    few_orders("s4", category="home")
    rating("s5", category="")
    rating("a1", category="home", kind="anchor")
    rating("s3", category="beauty", revision=1)
    assert selectors.categories(NIGHT) == [("beauty", 2), ("home", 1)]


def test_what_does_not_exist_is_null() -> None:
    publish()
    few_orders("s1", category="")
    row = selectors.rating_row(NIGHT, "store", "s1")
    told = rating_as_dict(row, selectors.shown())
    assert told["stars"] is told["half_stars"] is told["defects_per_100"] is told["percentile"] is None
    assert told["subject"]["category"] is None
    assert told["aspects"] == dict.fromkeys(("product", "logistics", "service", "after_sales", "honesty"))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(value: float) -> None:
    publish()
    rating("s1", expected=value, percentile=value, low=value)
    row = selectors.rating_row(NIGHT, "store", "s1")
    told = rating_as_dict(row, selectors.shown())
    assert told["defects_per_100"] is None
    assert told["percentile"] is None
    assert number(value, 1) is None


def test_a_repaired_night_is_called_corrected() -> None:
    made = rating("s1", revision=2)
    assert history_as_dict(made) == {
        "night": "2026-11-20",
        "revision": 2,
        "state": "rated",
        "stars": 4.7,
        "corrected": True,
        "ledger": None,
    }


def test_figures_of_a_night_come_with_its_model_and_scale() -> None:
    publish()
    figures = selectors.night_figures(NIGHT)
    assert (figures.night, figures.model, figures.scale) == (date(2026, 11, 20), "2026-11-20.7", 1)
    assert Rating.objects.count() == 0
