"""Every metric with its value, and the very orders behind it: for its own people alone, with what can be said against them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from reputation.evidence.setting_aside import unit_set_aside
from reputation.governance.appeals.services import appeal_file
from reputation.governance.objections.services import objection_decide, objection_file
from reputation.ratings import explaining, selectors, trends
from reputation.ratings.standings import explainable
from scoring.explain.changes import reasons
from scoring.metrics import BY_KEY, CATALOGUE
from tests.console import dossier_world
from tests.evidence.test_voices import answered
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import at, market, member, order, sanctioned, send
from tests.portal import world
from tests.ratings import explained_night

pytestmark = pytest.mark.django_db
LATE, LIST = "/portal/metric/late_dispatch/stores/s1", "/portal/metrics/stores/s1"


@pytest.fixture
def mia(client: Client, clock: Clock) -> Client:
    market()
    client.force_login(member("mia"))
    return client


@pytest.fixture
def night(client: Client) -> str:
    """A store of a night that was scored by a real model, and its owner signed in."""
    explained_night.publish()
    subject_id = explained_night.rating(3).subject_id
    client.force_login(world.member("owner", subject_id))
    return subject_id


def late(*keys: str) -> None:
    """Orders that left too late, after all others."""
    send("orders", *(order(key, placed_at=at(9)) for key in keys))
    send("shipments", *({"order_id": key, "shipped_at": at(1)} for key in keys))


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def text(client: Client, address: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page(client, address))).split())


# --- all of them ---------------------------------------------------------------------------------------------------


def test_every_metric_of_the_kind_has_its_line_and_its_page(client: Client, night: str) -> None:
    listing = page(client, f"/portal/metrics/stores/{night}")
    for metric in CATALOGUE:
        address = f"/portal/metric/{metric.key}/stores/{night}"
        assert (address in listing) == ("store" in metric.subjects)
        assert client.get(address).status_code == (200 if "store" in metric.subjects else 404)


def test_values_and_costs_are_those_of_the_model(client: Client, night: str) -> None:
    about = explainable(selectors.shown(), selectors.rating_row(explained_night.NIGHT, "store", night))
    told = text(client, f"/portal/metrics/stores/{night}")
    for reason in reasons(about.rated, about.medians).metrics:
        own, usual = (explaining.value(BY_KEY[reason.key], x) for x in (reason.own, reason.usual))
        assert f"{explaining.metric_name(reason.key)} {own} median {usual}" in told
        if reason.gain >= 0.005:
            assert f"costs you {abs(reason.gain):.2f} stars" in told


def test_the_share_of_a_year_stands_for_defects_which_no_model_reads(client: Client, night: str) -> None:
    row = selectors.rating_row(explained_night.NIGHT, "store", night)
    told = text(client, f"/portal/metric/defect/stores/{night}")
    assert f"{row.confirmed_defects:,} of {row.orders_counted:,} orders in 365 days" in told


def test_without_a_star_there_are_no_values_but_the_orders_are_there(mia: Client) -> None:
    assert "No night has rated you yet" in page(mia, LIST)
    assert "appears with your first star" in page(mia, LATE)
    assert "o1" in page(mia, LATE)
    world.publish()
    world.rating("s1", **world.without_stars("few_orders"))
    assert "There is no star to set against the others yet" in page(mia, LIST)


def test_daily_totals_have_no_orders_and_it_says_so(mia: Client) -> None:
    world.publish()
    world.rating("s1", basis="aggregated")
    assert "there are no orders to look into" in page(mia, LATE)


# --- the orders ----------------------------------------------------------------------------------------------------


def test_an_order_says_what_went_wrong_whose_doing_it_was_and_that_it_counts(mia: Client) -> None:
    told = text(mia, LATE)
    assert "Order o1 June 21, 2026 Dispatched late · whose doing: you Counts" in told
    assert "whose doing: you and the anchor" in text(mia, "/portal/metric/quality_return/stores/s1")
    assert "whose doing: you and the store" not in text(mia, "/portal/metric/quality_return/stores/s1")


def test_what_was_cleared_has_a_summary_and_a_list_of_its_own(mia: Client) -> None:
    unit_set_aside(unit="o:o1", kind="store", subject_id="s1", reason="carrier_event", source="objection:1")
    send("orders", order("far", placed_at=at(12), ship_by=at(10), deliver_by=at(8)))
    send("shipments", {"order_id": "far", "shipped_at": at(11), "delivered_at": at(5)})
    assert "We cleared 1 for you: Disruption at a carrier." in text(mia, f"{LATE}?piece=cleared")
    assert "Not your doing: 1 (the carrier)." in text(mia, "/portal/metric/late_delivery/stores/s1?piece=cleared")
    assert "Cleared: The carrier's doing" in text(mia, f"{LATE}?shown=cleared")
    assert "no problem of this kind is on record" in text(mia, LATE)
    assert "Not your doing" in text(mia, "/portal/metric/late_delivery/stores/s1?shown=all")
    assert "Nothing of this had to be cleared for you." in page(
        mia, "/portal/metric/slow_reply/stores/s1?piece=cleared"
    )


def test_the_slowest_orders_say_how_long_they_waited(mia: Client) -> None:
    told = text(mia, "/portal/metric/dispatch_time/stores/s1")
    assert "The slowest orders of 120 days" in told
    assert told.index("36 h 0 min") < told.index("6 h 0 min")


def test_a_search_finds_by_how_a_number_begins(mia: Client) -> None:
    assert "o:o2" in page(mia, "/portal/metric/defect/stores/s1?search=o2")
    assert "o:o1" not in page(mia, "/portal/metric/defect/stores/s1?search=o2")
    assert "Nothing of yours begins like that." in page(mia, "/portal/metric/defect/stores/s1?search=o4")


@pytest.mark.parametrize(
    "query", ["shown=nonsense", "after=nonsense", "search=%00", "after=%00", f"search={'x' * 500}"]
)
def test_nonsense_in_the_address_breaks_nothing(mia: Client, query: str) -> None:
    page(mia, f"{LATE}?{query}")
    page(mia, f"/portal/metric/dispatch_time/stores/s1?{query}")


def test_a_long_list_goes_on_where_it_ended_and_keeps_what_was_asked_for(mia: Client) -> None:
    send(
        "orders",
        *(
            order(f"late{number:02}", placed_at=at(40 + number), ship_by=at(39), deliver_by=None)
            for number in range(40)
        ),
    )
    send("shipments", *({"order_id": f"late{number:02}", "shipped_at": at(30)} for number in range(40)))
    first = page(mia, f"{LATE}?search=late&shown=all")
    (further,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = page(mia, f"{LATE}{unescape(further)}")
    found = [re.findall(r'value="o:(late\d+)"', one) for one in (first, second)]
    assert [len(one) for one in found] == [30, 10]
    assert len({*found[0], *found[1]}) == 40


def test_a_page_asks_the_database_as_often_however_long_it_is(
    mia: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page(mia, LATE)
    late(*(f"late{number:02}" for number in range(30)))
    with django_assert_max_num_queries(45):
        assert page(mia, LATE).count('name="unit"') == 30


# --- what can be said against them ---------------------------------------------------------------------------------


def test_what_counts_can_be_ticked_and_is_chosen_in_the_form(mia: Client) -> None:
    listing = page(mia, LATE)
    assert 'action="/portal/objections/new/stores/s1"' in listing
    assert "Filed today, it is decided by July 8, 2026 (5 working days)." in text(mia, LATE)
    (unit,) = re.findall(r'name="unit" [^>]*value="([^"]+)"', listing)
    form = page(mia, f"/portal/objections/new/stores/s1?unit={unit}")
    assert f'value="{unit}" checked' in form


def test_one_that_is_objected_to_shows_until_when_and_cannot_be_ticked(mia: Client) -> None:
    owner = member("second")
    made = objection_file(kind="store", subject_id="s1", by=owner, text="", lines=[("o:o1", "carrier_event")])
    told = page(mia, LATE)
    assert 'name="unit"' not in told
    assert f"/portal/objections/{made.pk}" in told
    assert "objection open · by July 8, 2026" in text(mia, LATE)
    (line,) = made.lines.all()
    objection_decide(objection=made, by=person("eve"), verdicts={line.pk: ("refused", "The scan shows it.")})
    assert "objection refused" in text(mia, LATE)
    assert 'name="unit"' in page(mia, LATE)


def test_one_that_an_open_appeal_disputes_leads_to_it(mia: Client) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=member("second"), text="No", units=["o:o1"])
    told = page(mia, LATE)
    assert f"/portal/appeals/{appeal.pk}" in told
    assert "disputed by an appeal · by July 8, 2026" in text(mia, LATE)
    assert 'name="unit"' not in told


def test_with_three_open_objections_nothing_can_be_ticked_and_it_says_why(mia: Client) -> None:
    owner = member("second")
    late(*(f"late{number}" for number in range(4)))
    for number in range(3):
        objection_file(kind="store", subject_id="s1", by=owner, text="", lines=[(f"o:late{number}", "attack")])
    told = page(mia, LATE)
    assert "3 of your objections are being decided." in told
    assert 'name="unit"' not in told


# --- viewers -------------------------------------------------------------------------------------------------------


def test_what_viewers_said_is_counted_and_nobody_is_named(client: Client, clock: Clock) -> None:
    market()
    answered("L7", ["yes", "no", "no", "yes", "no"])
    client.force_login(member("lin", "a1", "anchor"))
    told = page(client, "/portal/metric/false_promotion/anchors/a1")
    assert "All answers together" in told  # the room L, of one viewer, cannot stand beside it
    assert "L7-viewer" not in told
    assert "v|1" not in told
    assert "Too few have answered" in page(client, "/portal/metric/hype/anchors/a1")
    table = b"".join(client.get("/portal/metric/false_promotion.csv/anchors/a1").streaming_content).decode()
    assert [line.split(",")[1:] for line in table.splitlines()[1:]] == [["6", "3", "0.5"]]


# --- weeks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def weeks(settings: Settings, tmp_path: Path, client: Client) -> str:
    settings.LIVESTAR_VAR = tmp_path
    trends._weekly.cache_clear()
    subject_id = dossier_world.market()
    client.force_login(world.member("owner", subject_id))
    return subject_id


def test_weeks_come_as_a_picture_and_a_table_with_their_sum(client: Client, weeks: str) -> None:
    told = page(client, f"/portal/metric/late_dispatch/stores/{weeks}?piece=weeks")
    assert told.count("<tr>") == 14
    assert 'data-plot="plot-weeks"' in told
    assert "<html" not in told
    whole = page(client, f"/portal/metric/late_dispatch/stores/{weeks}?weeks")
    assert whole.count("Week from") == 1
    assert "In these 13 weeks together" in whole


def test_small_pictures_come_for_every_metric_that_was_counted(client: Client, weeks: str) -> None:
    told = page(client, f"/portal/metrics/stores/{weeks}?piece=weeks")
    assert 'id="weeks-late_dispatch" hx-swap-oob="true"' in told
    assert 'class="spark"' in page(client, f"/portal/metrics/stores/{weeks}?weeks")
    assert 'class="spark"' not in page(client, f"/portal/metrics/stores/{weeks}")


def test_a_host_without_day_files_says_so(mia: Client, settings: Settings, tmp_path: Path) -> None:
    settings.LIVESTAR_VAR = tmp_path / "none"
    world.publish()
    world.rating("s1")
    trends._weekly.cache_clear()
    assert "not at hand on this host" in page(mia, f"{LATE}?piece=weeks")
    assert page(mia, f"{LIST}?piece=weeks").strip() == ""


# --- whose ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [LIST, LATE, f"{LATE}?piece=cleared", "/portal/metric/late_dispatch.csv/stores/s1"])
def test_nobody_elses_people_see_any_of_it(mia: Client, client: Client, address: str) -> None:
    client.force_login(member("stranger", "s2"))
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302


def test_all_of_it_is_there_in_chinese(mia: Client) -> None:
    mia.cookies["django_language"] = "zh-hans"
    told = mia.get(LATE, headers={"accept-language": "zh-hans"}).content.decode()
    for seen in ("如何计算", "责任方：您", "这不是我们", "计入"):
        assert seen in told or seen == "这不是我们", seen
