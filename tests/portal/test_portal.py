from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from reputation.evidence.models import Hold
from reputation.evidence.setting_aside import unit_set_aside
from reputation.portal import selectors
from reputation.ratings.metric_words import how
from scoring.metrics import CATALOGUE
from tests.portal import world

pytestmark = pytest.mark.django_db
STORE = "/portal/stores/s1"
ALL = "/portal/?all=1"


@pytest.fixture
def owner(client: Client) -> User:
    user = world.member("owner")
    client.force_login(user)
    return user


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_my_subjects_with_their_stars_and_no_others(client: Client, owner: User) -> None:
    world.store("s1", "Mia Fashion")
    world.store("s2", "Stranger Shop")
    world.publish()
    world.rating("s1")
    world.rating("s2")
    page = text(client, ALL)
    assert "Mia Fashion" in page
    assert STORE in page
    assert "4.3 of 5 stars" in page or "4.5 of 5 stars" in page
    assert "Stranger Shop" not in page


def test_a_subject_that_no_night_has_rated_yet_has_a_page(client: Client, owner: User) -> None:
    assert "s1" in text(client, ALL)
    assert "No night has rated" in text(client, STORE)


def test_thin_data_is_said_to_be_thin(client: Client, owner: User) -> None:
    world.publish()
    world.rating(**world.without_stars("few_orders", orders_counted=18, confirmed_defects=2))
    assert "18 of 30 orders; 2 confirmed problems" in text(client, STORE)


@pytest.mark.parametrize(("state", "words"), [("new", "New: no orders yet"), ("withheld", "Rating withheld")])
def test_each_state_is_put_into_words(client: Client, owner: User, state: str, words: str) -> None:
    world.publish()
    world.rating(**world.without_stars(state, orders_counted=0, confirmed_defects=0))
    assert words in text(client, STORE)
    assert words in text(client, ALL)


def test_the_page_says_the_rate_its_range_and_the_sample(client: Client, owner: User) -> None:
    world.publish()
    world.rating()
    page = text(client, STORE)
    assert "3.1" in page
    assert "6.2" in page
    assert "2.2" in page
    assert "4.4" in page
    assert "1,234" in page


def test_the_history_is_a_picture_of_thirty_nights_in_their_latest_revision(client: Client, owner: User) -> None:
    for back in range(35):
        night = world.NIGHT - timedelta(days=back)
        world.publish(night)
        world.rating(night=night)
    world.Pointer.objects.update(publication_id=world.NIGHT)
    world.shown_forget()
    world.rating(night=world.NIGHT, revision=1, stars="4.9")
    nights = selectors.history("store", "s1")
    assert len(nights) == 30
    assert [night.night for night in nights] == sorted(night.night for night in nights)
    assert (nights[-1].stars, nights[-1].corrected) == (4.9, True)
    assert '<svg class="chart"' in text(client, STORE)


def test_evidence_held_about_me_is_told_in_plain_words_with_its_date(client: Client, owner: User) -> None:
    for key in ("o1", "o2"):
        world.order(key)
    world.hold(units=("o:o1", "o:o2"))
    page = text(client, "/portal/held/stores/s1")
    assert "Several buyers ordered from one device" in page
    assert "2 orders" in page
    assert "27" in page  # due in November
    assert "device-9" not in page
    assert "buyer-of-o1" not in page


def test_another_shops_orders_in_the_same_finding_are_neither_shown_nor_counted(client: Client, owner: User) -> None:
    world.order("o1")
    world.order("another-shops", store_id="s2")
    world.hold(units=("o:o1", "o:another-shops"))
    page = text(client, "/portal/held/stores/s1")
    assert "1 order" in page
    assert "another-shops" not in page


def test_a_decision_and_its_reason_are_told(client: Client, owner: User) -> None:
    staff = User.objects.create_user("the-decider", is_staff=True)
    decided = {"status": Hold.Status.RELEASED, "decided_at": world.MOMENT, "decided_by": staff}
    world.hold(reason="A family shares <one> phone", **decided)
    page = text(client, "/portal/held/stores/s1")
    assert escape("A family shares <one> phone") in page
    assert "the-decider" not in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ("Set aside for you after your appeal or objection", "counts against you no more", "carrier&#x27;s doing"),
        ),
        ("zh-hans", ("您的申诉或异议成立，不再计入", "不属于您的责任", "已为您排除", "快递责任")),
    ],
)
def test_what_my_appeal_set_aside_is_good_news_in_words(
    client: Client, owner: User, language: str, said: tuple[str, ...]
) -> None:
    unit_set_aside(unit="c:c1", kind="store", subject_id="s1", reason="carrier_event", source="appeal:1")
    page = text(client, f"/portal/held/stores/s1?lang={language}")
    for words in (*said, "tag-good"):
        assert words in page, words
    for words in ("carrier_event", "tag-bad", "patterns that honest trade"):
        assert words not in page, words


def test_it_stands_after_the_findings_under_words_of_its_own(client: Client, owner: User) -> None:
    unit_set_aside(unit="c:c1", kind="store", subject_id="s1", reason="attack", source="objection:1")
    world.hold("b", status="confirmed", decided_at=world.MOMENT, reason="A ring")
    page = text(client, "/portal/held/stores/s1")
    places = [
        page.index(words) for words in ("patterns that honest trade", "A ring", "not to be your doing", "attack on")
    ]
    assert places == sorted(places)
    assert (page.count("tag-bad"), page.count("tag-good")) == (1, 1)
    assert "0 orders, 1 answer" not in page[places[2] :]


def test_open_findings_come_first_then_the_latest_decisions() -> None:
    decided = {"status": "confirmed", "decided_at": world.MOMENT}
    old = world.hold("a", **decided)
    new = world.hold("b", **{**decided, "decided_at": world.MOMENT + timedelta(days=1)})
    late = world.hold("c", due_on=world.NIGHT + timedelta(days=9))
    urgent = world.hold("d", due_on=world.NIGHT)
    assert list(selectors.holds("store", "s1")) == [urgent, late, new, old]


@pytest.mark.parametrize("kind", ["store", "anchor"])
def test_what_counts_names_every_metric_of_the_kind(client: Client, owner: User, kind: str) -> None:
    page = text(client, reverse("portal:what_counts", args=[kind]))
    for metric in CATALOGUE:
        assert (escape(metric.label_en) in page) == (kind in metric.subjects)
        if kind in metric.subjects:
            assert escape(how(metric.key)) in page


def test_pages_speak_chinese(client: Client, owner: User) -> None:
    page = text(client, "/portal/what-counts/stores?lang=zh-hans")
    assert 'lang="zh-hans"' in page.lower()
    assert "延迟发货率" in page


def test_names_are_escaped(client: Client, owner: User) -> None:
    world.store("s1", "<script>alert(1)</script>")
    for address in (ALL, STORE, "/portal/held/stores/s1"):
        assert "<script>alert" not in text(client, address)


@pytest.mark.parametrize("odd", ["a/b", "名 称", "50%", "x?y#z", "s1\0", "."])
def test_any_id_has_its_page_and_none_breaks_one(client: Client, odd: str) -> None:
    address = reverse("portal:subject", args=["store", odd])
    if "\0" not in odd:
        client.force_login(world.member("odd", odd))
        assert text(client, address)
        assert text(client, reverse("portal:held", args=["store", odd]))
    else:
        client.force_login(world.member("odd"))
        assert client.get(address).status_code == 404


def test_a_member_of_several_sees_each_with_the_role(client: Client) -> None:
    user = world.member("two")
    world.membership_grant(user=user, kind="anchor", subject_id="a1", role="staff")
    world.anchor("a1", "Lin live")
    client.force_login(user)
    assert [(row.kind, row.id, row.role) for row in selectors.subjects(user)] == [
        ("anchor", "a1", "staff"),
        ("store", "s1", "owner"),
    ]
    assert "Lin live" in text(client, "/portal/anchors/a1")


def test_an_account_that_acts_for_nobody_is_told_so(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody"))
    answer = client.get("/portal/")
    assert answer.status_code == 403
    assert "no store or anchor" in answer.content.decode()
