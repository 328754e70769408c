"""What everybody sees of sanctions: the register, the subject's page and the rating's document."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.time import now
from reputation.governance.actions.services import action_lift, action_overturn, action_second, action_stay
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.models import Action, Appeal
from reputation.ratings.selectors import shown_forget
from reputation.subjects.services import membership_grant
from tests.public.market import publish, rating
from tests.public.sanctioned import person, sanctioned

pytestmark = pytest.mark.django_db


def page(client: Client, query: str = "") -> str:
    shown_forget()
    answer = client.get(f"/sanctions{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def table(client: Client, query: str = "") -> list[dict[str, str]]:
    shown_forget()
    answer = client.get(f"/sanctions.csv{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def merchant(subject_id: str = "s1") -> User:
    user = User.objects.create_user(f"owner of {subject_id}")
    membership_grant(user=user, kind="store", subject_id=subject_id, role="owner")
    return user


def notices(client: Client, path: str = "/api/v1/stores/s1") -> list[dict[str, Any]]:
    shown_forget()
    return client.get(path).json()["notices"]


def test_what_is_in_force_is_listed_with_its_reason_and_end(client: Client) -> None:
    publish()
    action = sanctioned("throttle", share=0.5)
    found = page(client)
    assert "Store s1" in found
    assert "Reduced reach" in found
    assert "Late &lt;b&gt;again&lt;/b&gt;" in found
    assert "<b>again" not in found
    (row,) = table(client)
    assert (row["action"], row["share"], row["state"], row["id"]) == ("throttle", "0.50", "active", str(action.pk))
    assert "又延迟发货" in page(client, "?lang=zh-hans")


def test_reminders_held_and_put_off_ones_are_not_public(client: Client) -> None:
    publish()
    sanctioned("notice")
    sanctioned("ban", "s2", days=None)
    put_off = sanctioned("listing_ban", "s3")
    assert [row["subject_id"] for row in table(client)] == ["s3"]
    action_stay(action=put_off, note="appeal")
    assert table(client) == table(client, "?state=ended") == []
    held = Action.objects.get(sanction="ban")
    action_second(action=held, by=person("bo"), decision="refuse", reason="too hard")
    assert table(client) == table(client, "?state=ended") == []


def test_what_ended_stays_listed_for_ninety_days_and_says_how_it_ended(client: Client) -> None:
    publish()
    lifted, wrong = sanctioned("warning"), sanctioned("warning", "s2")
    action_lift(action=lifted, by=person(), note="mended")
    action_overturn(action=wrong, by=person("bo"), note="appeal won")
    assert {(row["subject_id"], row["state"]) for row in table(client, "?state=ended")} == {
        ("s1", "lifted"), ("s2", "overturned"),
    }  # fmt: skip
    assert "overturned on appeal" in page(client, "?state=ended")
    assert table(client) == []
    Action.objects.filter(pk=lifted.pk).update(ended_at=now() - timedelta(days=91))
    assert [row["subject_id"] for row in table(client, "?state=ended")] == ["s2"]


def test_one_whose_time_is_over_is_not_in_force_even_before_the_clock_notes_it(client: Client) -> None:
    publish()
    rating("s1")
    action = sanctioned()
    assert len(notices(client)) == 1
    Action.objects.filter(pk=action.pk).update(ends_at=now() - timedelta(seconds=1))
    assert table(client) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=store", {"s1", "s2"}), ("?kind=anchor", {"a1"}), ("?sanction=warning", {"s2", "a1"}),
        ("?q=s1", {"s1"}), ("?q=STORE", {"s1", "s2"}), ("?kind=store&sanction=warning", {"s2"}),
        ("?kind=nonsense&sanction=x&state=y&q=", {"s1", "s2", "a1"}), (f"?q={'x' * 5000}", {"s1", "s2", "a1"}),
        ("?q=%00", {"s1", "s2", "a1"}), ("?q=100%25", set()), ("?sanction=notice", {"s1", "s2", "a1"}),
        ("?page=99", {"s1", "s2", "a1"}), ("?page=-1&kind=%27--", {"s1", "s2", "a1"}),
    ],
)  # fmt: skip
def test_it_is_narrowed_down_and_nonsense_is_left_aside(client: Client, query: str, found: set[str]) -> None:
    publish()
    sanctioned()
    sanctioned("warning", "s2")
    sanctioned("warning", "a1", kind="anchor")
    assert {row["subject_id"] for row in table(client, query)} == found
    page(client, query)


def test_it_has_pages_and_the_table_has_everything(client: Client, django_assert_max_num_queries: Any) -> None:
    publish()
    for number in range(53):
        sanctioned("warning", f"s{number}")
    with django_assert_max_num_queries(8):
        assert page(client).count("<bdi>") == 50
    assert page(client, "?page=2").count("<bdi>") == 3
    assert len(table(client)) == 53


def test_a_name_is_no_formula_for_whoever_opens_the_table(client: Client) -> None:
    publish()
    action = sanctioned()
    for name in ("=HYPERLINK(1)", "+1", "-1", "@x", "\tx"):
        Action.objects.filter(pk=action.pk).update(name=name)
        assert table(client)[0]["name"] == f"'{name}"
    Action.objects.filter(pk=action.pk).update(name='"quoted", <b> 店\nline')
    assert table(client)[0]["name"] == '"quoted", <b> 店\nline'
    assert "&quot;quoted&quot;, &lt;b&gt;" in page(client)


@pytest.mark.parametrize("path", ["/sanctions", "/sanctions.csv"])
def test_a_reader_who_holds_it_gets_304_until_a_sanction_changes(client: Client, path: str) -> None:
    publish()
    action = sanctioned()
    shown_forget()
    held = client.get(path)["ETag"]
    assert client.get(path, headers={"if-none-match": held}).status_code == 304
    action_lift(action=action, by=person(), note="mended")
    shown_forget()
    assert client.get(path, headers={"if-none-match": held}).status_code == 200


def test_the_register_stands_before_the_first_night(client: Client) -> None:
    sanctioned()
    assert "Store s1" in page(client)


def test_a_rating_carries_the_sanctions_in_force_in_the_readers_language(client: Client) -> None:
    publish()
    rating("s1")
    rating("s2")
    action = sanctioned("throttle", share=0.3)
    (notice,) = notices(client)
    assert (notice["id"], notice["action"], notice["appeal"]) == (str(action.pk), "throttle", None)
    assert notice["reason"] == "Late <b>again</b>"
    assert notices(client, "/api/v1/stores/s1?lang=zh-hans")[0]["reason"] == "又延迟发货"
    assert notices(client)[0]["reason"] == "Late <b>again</b>"
    assert client.get("/api/v1/stores/s1", HTTP_ACCEPT_LANGUAGE="zh-CN").json()["notices"][0]["reason"] == "又延迟发货"
    assert notices(client, "/api/v1/stores/s2") == []
    listed = {one["subject"]["id"]: one["notices"] for one in client.get("/api/v1/stores").json()["results"]}
    assert [one["id"] for one in listed["s1"]] == [str(action.pk)]
    assert listed["s2"] == []


def test_a_rating_forgets_a_sanction_as_soon_as_it_ends(client: Client) -> None:
    publish()
    rating("s1")
    action = sanctioned()
    held = client.get("/api/v1/stores/s1")["ETag"]
    assert len(notices(client)) == 1
    action_lift(action=action, by=person(), note="mended")
    shown_forget()
    answer = client.get("/api/v1/stores/s1", headers={"if-none-match": held})
    assert (answer.status_code, answer.json()["notices"]) == (200, [])


def test_another_kind_with_the_same_id_is_another_subject(client: Client) -> None:
    publish()
    rating("s1")
    rating("s1", kind="anchor")
    sanctioned("warning", "s1", kind="anchor")
    assert notices(client) == []
    assert len(notices(client, "/api/v1/anchors/s1")) == 1


def test_a_list_of_ratings_takes_one_query_for_all_of_its_sanctions(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    publish()
    for number in range(20):
        rating(f"s{number}")
        sanctioned("warning", f"s{number}")
    shown_forget()
    with django_assert_max_num_queries(5):
        found = client.get("/api/v1/stores?page_size=20").json()["results"]
    assert all(len(one["notices"]) == 1 for one in found)


def test_the_page_of_a_subject_shows_what_is_in_force(client: Client) -> None:
    publish()
    rating("s1")
    assert "Sanctions in force" not in client.get("/stores/s1").content.decode()
    sanctioned("throttle", share=0.5)
    found = client.get("/stores/s1").content.decode()
    assert "Sanctions in force" in found
    assert "50%" in found
    assert "<b>again" not in found
    assert "生效中的处置" in client.get("/stores/s1?lang=zh-hans").content.decode()


def test_the_merchant_sees_it_on_the_subjects_page_too(client: Client) -> None:
    publish()
    rating("s1")
    sanctioned("throttle", share=0.5)
    client.force_login(merchant())
    page = client.get("/portal/stores/s1").content.decode()
    assert "Open notices" in page
    assert "Reduced reach" in page


def test_an_appeal_is_told_of_and_counted(client: Client) -> None:
    publish()
    rating("s1")
    action = sanctioned("suspend", days=30)
    action_second(action=action, by=person("bo"), decision="agree", reason="")
    assert "Nobody has appealed yet" in page(client)
    appeal = appeal_file(action=action, by=merchant(), text="It was the carrier.")
    assert [one["appeal"] for one in notices(client)] == ["open"]
    assert "under appeal" in page(client)
    assert table(client)[0]["appeal"] == "open"
    appeal_decide(appeal=Appeal.objects.get(pk=appeal.pk), by=person("cy"), won=False, reason="It was not.")
    assert [one["appeal"] for one in notices(client)] == ["lost"]
    found = page(client)
    assert "upheld on appeal" in found
    assert "Nobody has appealed yet" not in found


def test_every_page_links_to_the_register(client: Client) -> None:
    publish()
    for path in ("/", "/how-ratings-work", "/sanctions"):
        assert 'href="/sanctions"' in client.get(path).content.decode()


def test_no_staff_is_named_anywhere(client: Client) -> None:
    publish()
    rating("s1")
    sanctioned("warning", by="annabelle")
    everything = page(client) + str(table(client)) + str(notices(client)) + client.get("/stores/s1").content.decode()
    assert "annabelle" not in everything
