"""The overview of one subject, the first page of several, and the frame around every page."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from reputation.base.time import market_day
from reputation.evidence.models import Hold
from reputation.governance.appeals.services import appeal_file
from reputation.governance.objections.services import objection_file
from reputation.portal import home, selectors
from reputation.portal.agenda import agenda
from reputation.portal.selectors import Night
from reputation.ratings import explaining
from reputation.ratings import selectors as ratings
from reputation.ratings.models import Scale
from reputation.ratings.standings import explainable
from scoring.explain.changes import raises
from scoring.metrics import KIND_ASPECTS
from tests.governance.actions.world import Clock
from tests.governance.appeals import world as cases
from tests.portal import world
from tests.ratings import explained_night

pytestmark = pytest.mark.django_db
STORE, ALL = "/portal/stores/s1", "/portal/?all=1"


@pytest.fixture
def owner(client: Client) -> User:
    user = world.member("owner")
    client.force_login(user)
    return user


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def links(page: str) -> set[str]:
    return {unescape(address) for address in re.findall(r'href="([^"]+)"', page)}


# The first page


def test_somebody_with_one_subject_is_led_to_it(client: Client, owner: User) -> None:
    assert client.get("/portal/")["Location"] == STORE


def test_somebody_with_several_sees_each_with_star_change_and_next_date(client: Client, owner: User) -> None:
    world.membership_grant(user=owner, kind="anchor", subject_id="a1", role="staff")
    world.anchor("a1", "Lin live")
    world.store("s1", "Mia Fashion")
    for back, stars in ((1, "4.1"), (0, "4.3")):
        world.publish(world.NIGHT - timedelta(days=back))
        world.rating("s1", night=world.NIGHT - timedelta(days=back), stars=stars)
    world.hold("h1", due_on=market_day(world.MOMENT) + timedelta(days=400))
    page = text(client, "/portal/")
    for words in ("Mia Fashion", "Lin live", "+0.2 since the night before", "No night has rated it yet"):
        assert words in page, words
    assert "Decision on evidence set aside" in page


def test_many_are_paged_and_found_by_name_or_number(client: Client, owner: User) -> None:
    for number in range(30):
        world.membership_grant(user=owner, kind="store", subject_id=f"x{number:02}", role="staff")
    world.store("x29", "Zebra House")
    assert text(client, "/portal/").count('subject-card"') == 12
    assert text(client, "/portal/?page=3").count('subject-card"') == 7
    assert text(client, "/portal/?q=zebra").count('subject-card"') == 1
    assert text(client, "/portal/?q=X1").count('subject-card"') == 10
    assert "None of yours is called" in text(client, "/portal/?q=<nowhere>")


# The overview


def test_the_change_is_told_against_the_night_before() -> None:
    def told(*stars: float | None) -> home.Change | None:
        return home.change([Night(world.NIGHT, star, False) for star in stars])

    assert told(4.1, 4.3) == home.Change("+0.2", True)
    assert told(4.3, 4.2) == home.Change("−0.1", False)
    assert told(4.9, 4.3, 4.3) == home.Change("", False)
    assert told(4.3) is told(None, 4.3) is told(4.3, None) is told() is None


def test_what_moved_it_is_told_in_plain_words(client: Client, owner: User) -> None:
    world.publish()
    world.rating(ledger={"evidence": -0.17, "aged": 0.06, "held_back": 0.01})
    page = text(client, STORE)
    for words in ("-0.17", "New evidence", "+0.06", "Old incidents fading", "What went wrong counts less"):
        assert words in page, words
    rating = selectors.subject(owner, "store", "s1").rating
    with translation.override("zh-hans"):
        assert next((part.what, bool(part.why)) for part in home.moved(rating)) == ("新证据", True)


def test_every_aspect_stands_against_the_category(client: Client, owner: User) -> None:
    world.publish()
    world.rating()
    page = text(client, STORE)
    assert page.count("aspect-name") == len(KIND_ASPECTS["store"])
    assert "better than 80%" in page
    assert page.count("not enough evidence") == len(KIND_ASPECTS["store"]) - 2


@pytest.mark.parametrize(
    ("percentile", "shape"),
    [(80.0, 'effect-up" x="100.0" y="2" width="60.0"'), (40.0, 'effect-down" x="80.0" y="2" width="20.0"'),
     (50.0, 'effect-up" x="100.0" y="2" width="0.0"'), (0.0, 'effect-down" x="0.0" y="2" width="100.0"')],
)  # fmt: skip
def test_the_bar_starts_at_the_middle_of_the_category(percentile: float, shape: str) -> None:
    assert shape in home.place(percentile, "Goods")


def test_the_three_best_changes_lead_to_the_simulator_filled_in(client: Client) -> None:
    explained_night.publish()
    rating = explained_night.rating(3)
    user = world.member("owner", rating.subject_id)
    client.force_login(user)
    row = ratings.rating_row(rating.night, "store", rating.subject_id)
    known = explainable(ratings.shown(), row)
    best = raises(known.rated, known.quick)[:3]
    subject = selectors.subject(user, "store", rating.subject_id)
    advice = home.advice(subject)
    assert [one.gain for one in advice] == [explaining.signed(one.gain) for one in best]
    assert len(advice) == 3
    page = text(client, f"/portal/stores/{rating.subject_id}")
    for one in advice:
        assert one.address in links(page)
        assert client.get(one.address).context["form"].is_valid()


@pytest.mark.parametrize(
    ("state", "orders", "words"),
    [("new", 0, "New is not bad"), ("few_orders", 18, "Stars need 30 orders"), ("withheld", 90, "They return with")],
)
def test_a_subject_without_stars_is_told_why_and_what_comes(
    client: Client, owner: User, state: str, orders: int, words: str
) -> None:
    world.publish()
    world.rating(**world.without_stars(state, orders_counted=orders, confirmed_defects=1))
    page = text(client, STORE)
    assert words in page
    for absent in ("What moved it last night", "What would raise it most", "Aspects against your category"):
        assert absent not in page


def test_notices_in_force_and_unread_stand_on_it(client: Client, clock: Clock) -> None:
    cases.market()
    client.force_login(cases.member("mia"))
    action = cases.sanctioned("throttle", share=0.5)
    page = text(client, STORE)
    assert f"/portal/notices/{action.pk}" in links(page)
    assert "Reduced reach" in page
    assert "/portal/notices?of=store/s1" in links(page)


# Dates


def dates(user: User, subject_id: str = "s1") -> list[tuple[str, str, bool, int]]:
    return [(one.what, one.about, one.yours, one.left) for one in agenda(selectors.subject(user, "store", subject_id))]


def test_nothing_waits_and_that_is_said(client: Client, owner: User) -> None:
    assert "Nothing waits" in text(client, STORE)


def test_a_measure_can_be_appealed_until_a_day_and_ends_on_one(clock: Clock) -> None:
    cases.market()
    mia = cases.member("mia")
    cases.sanctioned("listing_ban", days=7)
    assert dates(mia) == [
        ("Measure ends", "No new listings", False, 7),
        ("Last day to appeal", "No new listings", True, 14),
    ]
    clock.pass_(days=15)
    assert "Last day to appeal" not in [what for what, *_rest in dates(mia)]


def test_after_the_appeal_it_is_others_turn(clock: Clock) -> None:
    cases.market()
    mia = cases.member("mia")
    appeal = appeal_file(action=cases.sanctioned("warning"), by=mia, text="No.")
    left = (appeal.due_on - market_day(clock.moment)).days
    assert dates(mia) == [("Decision on your appeal", "Warning", False, left), ("Measure ends", "Warning", False, 7)]


def test_an_objection_is_decided_by_a_day(clock: Clock) -> None:
    cases.market()
    mia = cases.member("mia")
    made = objection_file(kind="store", subject_id="s1", by=mia, text="Snow.", lines=[("o:o1", "carrier_event")])
    left = (made.due_on - market_day(clock.moment)).days
    assert ("Decision on your objection", "1 incident", False, left) in dates(mia)


def test_complaints_without_an_answer_are_counted_by_the_day_their_ten_days_end(clock: Clock) -> None:
    mia = cases.member("mia")
    cases.send(
        "complaints",
        *({"complaint_id": key, "store_id": "s1", "category": "service", "opened_at": cases.at(days)}
          for key, days in (("c1", 3), ("c2", 3), ("c3", 1))),
        {"complaint_id": "c4", "store_id": "s1", "category": "service", "opened_at": cases.at(2),
         "first_response_at": cases.at(1)},
        {"complaint_id": "c5", "store_id": "s2", "category": "service", "opened_at": cases.at(2)},
    )  # fmt: skip
    assert dates(mia) == [("Answer complaints", "2 complaints", True, 7), ("Answer complaints", "1 complaint", True, 9)]


def test_findings_stand_by_the_day_on_which_they_are_decided(owner: User, clock: Clock) -> None:
    today = market_day(clock.moment)
    for key, days in (("a", 3), ("b", 3), ("c", -1)):
        world.hold(key, due_on=today + timedelta(days=days))
    world.hold("d", due_on=today, status=Hold.Status.RELEASED, decided_at=world.MOMENT)
    world.hold("e", due_on=today, subject_id="s2")
    about = "Decision on evidence set aside"
    assert dates(owner) == [(about, "1 finding", False, -1), (about, "2 findings", False, 3)]


def test_an_announced_scale_has_its_day(owner: User, clock: Clock) -> None:
    world.publish(market_day(clock.moment))
    world.rating(night=market_day(clock.moment), announced_stars="4.1")
    day = market_day(clock.moment) + timedelta(days=9)
    Scale.objects.create(
        version=2, breakpoints=[], fitted_on=world.NIGHT, announced_on=world.NIGHT.replace(year=2020), live_from=day
    )
    assert dates(owner) == [("New scale counts", "4.1 stars by it", False, 9)]


@pytest.mark.parametrize(
    ("left", "when", "pressing"),
    [
        (-2, "2 days late", True),
        (0, "today", True),
        (1, "tomorrow", True),
        (2, "in 2 days", True),
        (3, "in 3 days", False),
    ],
)
def test_how_far_a_day_is_off(owner: User, clock: Clock, left: int, when: str, pressing: bool) -> None:
    world.hold("a", due_on=market_day(clock.moment) + timedelta(days=left))
    [entry] = agenda(selectors.subject(owner, "store", "s1"))
    assert (entry.when, entry.pressing) == (when, False)
    assert type(entry)(**{**vars(entry), "yours": True}).pressing is pressing


# The frame


@pytest.fixture
def both(client: Client, owner: User) -> User:
    """Owner of the store s1, staff of the anchor a1."""
    world.membership_grant(user=owner, kind="anchor", subject_id="a1", role="staff")
    world.store("s1", "Mia Fashion")
    world.anchor("a1", "Lin live")
    return owner


@pytest.mark.parametrize("page", ["", "why/", "simulator/", "held/", "members/", "complaints/", "metrics/"])
def test_the_switch_keeps_the_page(client: Client, both: User, page: str) -> None:
    assert f"/portal/{page}anchors/a1" in links(text(client, f"/portal/{page}stores/s1"))


def test_what_the_other_has_no_such_page_of_leads_to_its_overview(client: Client, both: User) -> None:
    places = links(text(client, "/portal/next-stream/anchors/a1"))
    assert STORE in places
    assert "/portal/next-stream/stores/s1" not in places


def test_lists_of_cases_are_narrowed_to_the_subject_at_hand(client: Client, clock: Clock) -> None:
    cases.market()
    mia = cases.member("mia")
    world.membership_grant(user=mia, kind="store", subject_id="s2", role="owner")
    client.force_login(mia)
    ours, theirs = cases.sanctioned("warning"), cases.sanctioned("warning", subject_id="s2")
    page = links(text(client, "/portal/notices?of=store/s1"))
    assert f"/portal/notices/{ours.pk}" in page
    assert f"/portal/notices/{theirs.pk}" not in page
    assert "/portal/notices?of=store/s2" in unquoted(page)
    assert f"/portal/notices/{theirs.pk}" in links(text(client, "/portal/notices"))


def unquoted(places: set[str]) -> set[str]:
    return {place.replace("%2F", "/") for place in places}


@pytest.mark.parametrize("page", ["notices", "objections"])
def test_a_list_of_somebody_else_does_not_exist(client: Client, owner: User, page: str) -> None:
    world.member("otto", "s2")
    for of in ("store/s2", "store/nowhere", "anchor/s1", "store/s1\0", "shop/s1"):
        assert client.get(f"/portal/{page}", {"of": of}).status_code == 404, of


def test_pages_about_no_single_subject_keep_the_one_that_was_open_last(client: Client, both: User) -> None:
    text(client, "/portal/anchors/a1")
    assert "/portal/why/anchors/a1" in links(text(client, ALL))
    text(client, STORE)
    assert "/portal/why/stores/s1" in links(text(client, ALL))
    both.memberships.filter(subject_id="s1").delete()
    assert "/portal/why/anchors/a1" in links(text(client, ALL))


def test_every_link_of_the_frame_opens(client: Client, both: User) -> None:
    for subject in ("stores/s1", "anchors/a1"):
        page = text(client, f"/portal/{subject}")
        frame = page[page.index("portal-side") : page.index("portal-page")]
        assert len(links(frame)) >= 10
        for place in links(frame):
            assert client.get(place).status_code == 200, place


@pytest.mark.parametrize("subject", ["stores/s1", "anchors/a1"])
def test_each_page_of_the_frame_says_where_one_is(client: Client, both: User, subject: str) -> None:
    page = text(client, f"/portal/{subject}")
    frame = page[page.index("portal-nav") : page.index("portal-page")]
    for place in links(frame):
        shown = text(client, place)
        current = re.findall(r'href="([^"]+)" aria-current="page"', shown[: shown.index("portal-page")])
        assert {unescape(one) for one in current} == {place}, place


def test_what_only_owners_may_is_not_offered_to_others(client: Client, both: User) -> None:
    assert reverse("portal:api_keys", args=["store", "s1"]) in links(text(client, STORE))
    assert reverse("portal:api_keys", args=["anchor", "a1"]) not in links(text(client, "/portal/anchors/a1"))


def test_the_folded_menu_says_how_much_is_unread(client: Client, clock: Clock) -> None:
    cases.market()
    client.force_login(cases.member("mia"))
    cases.sanctioned("warning")
    cases.sanctioned("listing_ban")
    page = text(client, STORE)
    [folded] = re.findall(r'<details class="portal-menu".*?<summary>(.*?)</summary>', page)
    assert re.sub("<[^>]+>", "", folded).split() == ["Overview", "2", "unread"]


def test_unread_notices_of_another_subject_are_seen_in_the_switch(client: Client, clock: Clock) -> None:
    cases.market()
    mia = cases.member("mia")
    client.force_login(mia)
    world.membership_grant(user=mia, kind="store", subject_id="s2", role="owner")
    assert "Unread elsewhere" not in text(client, STORE)
    cases.sanctioned("warning", subject_id="s2")
    page = text(client, STORE)
    assert "Unread elsewhere" in page
    assert "Unread elsewhere" not in text(client, "/portal/stores/s2")


def test_a_hundred_subjects_do_not_make_a_page_of_hundreds_of_queries(
    client: Client, owner: User, django_assert_max_num_queries
) -> None:
    for number in range(100):
        world.membership_grant(user=owner, kind="store", subject_id=f"x{number:02}", role="staff")
    text(client, STORE)
    with django_assert_max_num_queries(45):
        page = text(client, STORE)
    assert "All, 92 more" in page


def test_the_overview_speaks_chinese(client: Client, both: User) -> None:
    world.publish()
    world.rating()
    page = text(client, f"{STORE}?lang=zh-hans")
    for words in ("您的星级", "昨晚为何变动", "各方面与同类对比", "日程", "成员"):
        assert words in page, words
