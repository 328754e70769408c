import time

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reputation.public.conditional import Bodies
from reputation.ratings import selectors
from reputation.ratings.models import Pointer
from tests.public.market import publish, rating

READS = [
    "/api/v1/stores",
    "/api/v1/stores/s1",
    "/api/v1/stores/s1/history",
    "/api/v1/nights/latest",
    "/badge/store/s1.svg",
]


@pytest.fixture
def _market() -> None:
    publish(counter=5)
    rating("s1")


@pytest.mark.django_db
@pytest.mark.usefixtures("_market")
@pytest.mark.parametrize("path", READS)
def test_an_answer_carries_the_nights_tag(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response["ETag"] == '"2026-11-20.5.en"'
    assert response["Cache-Control"] == "public, max-age=60"
    assert response["Vary"] == "Accept-Language"
    assert response["Content-Language"] == "en"


@pytest.mark.django_db
@pytest.mark.usefixtures("_market")
@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("held", ['"2026-11-20.5.en"', 'W/"2026-11-20.5.en"', '"old", "2026-11-20.5.en"'])
def test_a_reader_who_holds_the_night_gets_304_without_a_query(
    client: Client,
    path: str,
    held: str,
    django_assert_num_queries,
) -> None:
    selectors.shown()
    with django_assert_num_queries(0):
        response = client.get(path, headers={"if-none-match": held})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == '"2026-11-20.5.en"'
    assert response["Vary"] == "Accept-Language"


@pytest.mark.django_db
@pytest.mark.usefixtures("_market")
@pytest.mark.parametrize("held", ['"2026-11-20.4.en"', '"2026-11-20.5.zh-hans"', "nonsense", '"', '"none.0.en"'])
def test_any_other_tag_gets_the_answer(client: Client, held: str) -> None:
    assert client.get("/api/v1/stores/s1", headers={"if-none-match": held}).status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("_market")
def test_each_language_has_a_tag_of_its_own(client: Client) -> None:
    assert client.get("/api/v1/stores/s1?lang=zh-hans")["ETag"] == '"2026-11-20.5.zh-hans"'
    assert client.get("/api/v1/stores/s1", headers={"accept-language": "zh-CN"})["ETag"] == '"2026-11-20.5.zh-hans"'


@pytest.mark.django_db
@pytest.mark.usefixtures("_market")
def test_a_new_counter_is_noticed_within_two_seconds(client: Client) -> None:
    held = client.get("/api/v1/stores/s1")["ETag"]
    Pointer.objects.update(counter=6)
    time.sleep(selectors.POINTER_SECONDS)
    response = client.get("/api/v1/stores/s1", headers={"if-none-match": held})
    assert (response.status_code, response["ETag"]) == (200, '"2026-11-20.6.en"')


@pytest.mark.django_db
@pytest.mark.usefixtures("_market")
def test_an_error_is_never_kept(client: Client) -> None:
    response = client.get("/api/v1/stores/unknown")
    assert "ETag" not in response
    assert "public" not in response.get("Cache-Control", "")


@given(st.lists(st.integers(0, 9), max_size=60))
def test_no_more_answers_are_kept_than_allowed_and_the_last_used_stay(keys: list[int]) -> None:
    bodies, model = Bodies(limit=3), []
    for key in keys:
        assert bodies.get(key) == (b"%d" % key if key in model else None)
        bodies.put(key, b"%d" % key)
        model = [*(kept for kept in model if kept != key), key][-3:]
    assert [key for key in range(10) if bodies.get(key) is not None] == sorted(model)
