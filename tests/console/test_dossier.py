"""Finding a subject, and its dossier part by part."""

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import plotly.offline
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.console.dossier.about import about
from reputation.governance.actions.services import action_propose
from reputation.governance.appeals.services import appeal_file
from reputation.governance.flags import flag_dismiss
from reputation.governance.models import Note
from reputation.governance.notes import note_write
from reputation.ratings import trends
from reputation.subjects.models import LiveSession
from reputation.subjects.services import membership_grant
from scoring.metrics import BY_KEY
from tests.console import dossier_world
from tests.governance.actions import world
from tests.governance.appeals import world as incidents
from tests.people import staff_member
from tests.portal import world as pages
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db
SHOP = "/console/subjects/stores/s1"


def signed_in(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(staff_member(name, *roles))
    return client


def found(client: Client, query: str) -> list[str]:
    return [row.id for row in client.get(f"/console/subjects?{query}").context["rows"]]


@pytest.fixture
def shop(db: None) -> None:
    world.store()


# --- the search ----------------------------------------------------------------------------------------------------


def test_a_subject_is_found_by_name_or_number_and_by_how_far_it_reaches(client: Client, staff: User) -> None:
    incidents.send("stores", {"store_id": "s1", "name": "Mia Fashion"}, {"store_id": "s2", "name": "Mia Shoes"})
    incidents.send("anchors", {"anchor_id": "a1", "name": "Mia live", "observed_at": incidents.at(9)})
    world.head("s2")
    assert found(client, "q=mia") == ["s1", "s2"]
    assert found(client, "q=s1") == ["s1"]
    assert found(client, "q=mia&tier=head") == ["s2"]
    assert found(client, "q=mia&tier=tail") == ["s1"]
    assert found(client, "q=mia&kind=anchor") == ["a1"]
    assert found(client, "q=nobody") == []
    assert found(client, "q=%00&kind=nonsense&page=x") == ["s2"]


def test_without_a_name_those_who_sell_most_come_first_with_what_is_open_about_them(
    client: Client, staff: User
) -> None:
    for key, orders in (("s1", 10), ("s2", 900)):
        world.store(key)
        world.head(key, orders=orders)
    world.flag("s1")
    action_propose(kind="store", subject_id="s2", wanted=world.wanted("warning"), by=staff)
    rows = client.get("/console/subjects").context["rows"]
    assert [(row.id, row.flags, row.actions) for row in rows] == [("s2", 0, 1), ("s1", 1, 0)]


# --- the dossier ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["analyst", "moderator", "senior", "auditor"])
def test_every_role_reads_every_part(shop: None, role: str) -> None:
    client = signed_in("x", role)
    for part in ("", "weeks", "incidents", "lives", "record", "notes", "nonsense"):
        assert client.get(f"{SHOP}?part={part}").status_code == 200, part


def test_nobody_else_reads_any(client: Client, shop: None) -> None:
    assert client.get(SHOP).status_code == 302
    assert signed_in("new").get(SHOP).status_code == 403
    client.force_login(pages.member("mia"))
    assert client.get(SHOP).status_code == 403


@pytest.mark.parametrize("place", ["stores/nobody", "anchors/s1", "stores/%00", "stores/a/b"])
def test_a_subject_that_is_none_is_not_found(client: Client, staff: User, shop: None, place: str) -> None:
    assert client.get(f"/console/subjects/{place}").status_code == 404


def test_an_id_may_hold_slashes_and_markup(client: Client, staff: User) -> None:
    world.store("a/b", name="<b>Bold</b>")
    page = client.get("/console/subjects/stores/a/b?part=notes").content.decode()
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "<b>Bold" not in page


def test_a_subject_of_which_only_the_record_tells_still_has_its_dossier(client: Client, staff: User) -> None:
    world.flag("gone", name="Closed shop")
    page = client.get("/console/subjects/stores/gone?part=record").content.decode()
    assert "Closed shop" in page
    assert "late" in page


def test_the_record_tells_all_that_was_found_decided_and_contested(client: Client, staff: User, shop: None) -> None:
    flag = world.flag()
    flag_dismiss(flag=flag, by=staff, reason="A strike")
    mia = incidents.member("mia")
    action = action_propose(kind="store", subject_id="s1", wanted=world.wanted("listing_ban"), by=staff)
    appeal_file(action=action, by=mia, text="No")
    pages.hold()
    page = client.get(f"{SHOP}?part=record").content.decode()
    for seen in ("dismissed", "A strike", "No new listings", "put off", "mia", "Shared device"):
        assert seen in page, seen


def test_people_and_shops_of_the_same_owner_stand_beside_the_notes(client: Client, staff: User) -> None:
    world.store("s1", owner_ref="o-1")
    world.store("s2", owner_ref="o-1")
    world.store("s3", owner_ref="o-2")
    world.anchor("a1", owner_ref="o-1")
    membership_grant(user=User.objects.create_user("mia"), kind="store", subject_id="s1", role="owner", by="t")
    page = client.get(f"{SHOP}?part=notes").content.decode()
    for seen in ("mia", "o-1", "/console/subjects/stores/s2", "/console/subjects/anchors/a1"):
        assert seen in page, seen
    assert "/console/subjects/stores/s3" not in page


def test_live_rooms_show_what_was_sold_and_answered_in_them(client: Client, staff: User) -> None:
    world.store()
    world.anchor()
    told = {"anchor_id": "a1", "started_at": pages.MOMENT, "peak_viewers": 900}
    LiveSession.objects.create(live_id="L1", **told, **pages.EVIDENCE)
    pages.order("o1", anchor_id="a1", live_id="L1")
    pages.order("o2", anchor_id="a1", live_id="L1", placed_at=pages.MOMENT + timedelta(days=30))
    pages.order("o3", store_id="s2", anchor_id="a1", live_id="L1")
    for number, answer in enumerate((True, False, None)):
        told = {"live_id": "L1", "respondent_ref": f"v{number}", "false_promotion": answer}
        incidents_response(f"r{number}", told)
    anchor = client.get("/console/subjects/anchors/a1?part=lives").context["lives"]
    assert [(live.orders, live.answers, live.false_promotion) for live in anchor] == [(2, 2, 1)]
    store = client.get(f"{SHOP}?part=lives").context["lives"]
    assert [(live.session.live_id, live.orders) for live in store] == [("L1", 2)]


def incidents_response(key: str, told: dict[str, object]) -> None:
    from reputation.evidence.models import Response

    Response.objects.create(response_id=key, answered_at=pages.MOMENT, **told, **pages.EVIDENCE)


# --- incidents -----------------------------------------------------------------------------------------------------


@pytest.fixture
def market(db: None) -> None:
    incidents.market()


def test_incidents_come_with_the_evidence_behind_them(client: Client, staff: User, market: None) -> None:
    page = client.get(f"{SHOP}?part=incidents")
    told = {row.told.incident.key: row for row in page.context["rows"]}
    assert {"o1", "o2", "c1", "h1"} <= set(told)
    assert "o4" not in told
    text = page.content.decode()
    assert "2026-06-25 12:00 Returned: bad quality; refunded 2026-06-26 12:00" in text
    assert "to be dispatched by 2026-06-23 12:00, dispatched 2026-06-24 12:00" in text


def test_incidents_can_be_narrowed_and_paged(
    client: Client, staff: User, market: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reputation.console.dossier import incidents as part

    def keys(query: str) -> list[str]:
        return [row.told.incident.key for row in client.get(f"{SHOP}?part=incidents&{query}").context["rows"]]

    assert set(keys("family=c")) == {"c1"}
    assert keys("search=o2") == ["o2"]
    everything = keys("after=nonsense&family=nonsense&search=%00")
    monkeypatch.setattr(part, "PAGE", 2)
    seen, query = keys(""), client.get(f"{SHOP}?part=incidents").context["further"]
    while query:
        seen += keys(query.replace("part=incidents&", ""))
        query = client.get(f"{SHOP}?{query}").context["further"]
    assert seen == everything


def test_an_anchor_is_shown_its_own_incidents_alone(client: Client, staff: User, market: None) -> None:
    rows = client.get("/console/subjects/anchors/a1?part=incidents").context["rows"]
    assert "o2" in {row.told.incident.key for row in rows}
    assert not {"o1", "o4", "h1"} & {row.told.incident.key for row in rows}


# --- stars and weeks -----------------------------------------------------------------------------------------------


@pytest.fixture
def night(db: None, tmp_path: Path, settings) -> str:
    settings.LIVESTAR_VAR = tmp_path
    trends._weekly.cache_clear()
    return dossier_world.market()


def figures(page: str) -> dict[str, dict]:
    return {
        name: json.loads(text)
        for name, text in re.findall(r'<script id="(plot-[^"]+)" type="application/json">(.*?)</script>', page, re.S)
    }


def test_the_overview_has_the_star_what_moved_it_and_how_it_compares(client: Client, staff: User, night: str) -> None:
    page = client.get(f"/console/subjects/stores/{night}").content.decode()
    for seen in ("-0.12", "New evidence", "Late dispatch rate", "median", "Middle", "4,200 orders"):
        assert seen in page, seen
    stars = figures(page)["plot-stars"]["traces"][0]
    assert (len(stars["x"]), stars["x"][-1], stars["y"][-1]) == (dossier_world.NIGHTS, str(LAST_DAY), 4.1)


def test_weekly_rates_are_those_of_the_day_files_beside_the_others_of_the_category(
    client: Client, staff: User, night: str
) -> None:
    from tests.governance.world import market

    page = client.get(f"/console/subjects/stores/{night}?part=weeks")
    drawn = {line.key: line for line in page.context["drawn"] + page.context["more"]}
    frames = market().frames["counters"]
    others = [f"s{number:05d}" for number in range(12) if number % 4 == 3 and f"s{number:05d}" != night]
    own = peers = orders = peer_orders = 0
    for back in range(7):
        day = frames[LAST_DAY - timedelta(days=back)].set_index("subject_id")
        own += int(day["late_dispatch_n"].get(night, 0))
        orders += int(day["late_dispatch_d"].get(night, 0))
        peers += int(day["late_dispatch_n"].reindex(others).fillna(0).sum())
        peer_orders += int(day["late_dispatch_d"].reindex(others).fillna(0).sum())
    own_line, others_line = (
        next(t for t in drawn["late_dispatch"].figure["traces"] if t["role"] == role) for role in ("own", "others")
    )
    assert own_line["y"][-1] == pytest.approx(100 * own / orders, abs=0.001)
    assert others_line["y"][-1] == pytest.approx(100 * peers / peer_orders, abs=0.001)
    assert page.context["trends"].peers == len(others)
    assert f"({own} of {orders})" in drawn["late_dispatch"].rows[0][1]


def test_the_furthest_above_its_category_is_drawn_first(night: str) -> None:
    lines = trends.trends("store", night, about("store", night).category, 13).lines
    excess = [line.excess for line in lines]
    assert excess == sorted(excess, reverse=True)
    assert all(line.metric in BY_KEY.values() for line in lines)


def test_a_host_without_the_day_files_says_so_and_shows_the_rest(client: Client, staff: User, night: str) -> None:
    for file in (Path(settings.LIVESTAR_VAR) / "days").iterdir():
        file.unlink()
    page = client.get(f"/console/subjects/stores/{night}?part=weeks").content.decode()
    assert "not on this host" in page
    assert figures(client.get(f"/console/subjects/stores/{night}").content.decode())


@pytest.mark.parametrize("asked", ["26", "52", "1", "x", "-13"])
def test_more_weeks_can_be_asked_for_and_nonsense_is_a_quarter(
    client: Client, staff: User, night: str, asked: str
) -> None:
    shown = client.get(f"/console/subjects/stores/{night}?part=weeks&weeks={asked}").context["trends"].lines[0].weeks
    assert len(shown) == (int(asked) if asked in ("26", "52") else 13)


def test_text_in_the_figures_cannot_leave_its_script(client: Client, staff: User, night: str) -> None:
    page = client.get(f"/console/subjects/stores/{night}?part=weeks").content.decode()
    assert "<script>" not in page
    assert " style=" not in page
    for figure in figures(page).values():
        assert all(set(trace) == {"role", "name", "x", "y", "text"} for trace in figure["traces"])


# --- notes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "allowed"), [("analyst", True), ("moderator", True), ("senior", True), ("auditor", False)]
)
def test_notes_are_written_by_those_who_may(shop: None, role: str, allowed: bool) -> None:
    client = signed_in("x", role)
    answer = client.post(SHOP, {"text": " Called the owner "}, follow=True)
    assert answer.status_code == (200 if allowed else 403)
    assert list(Note.objects.values_list("text", flat=True)) == (["Called the owner"] if allowed else [])


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_empty_or_endless_note_is_refused(client: Client, staff: User, shop: None, text: str) -> None:
    assert client.post(SHOP, {"text": text}).status_code == 200
    assert not Note.objects.exists()


def test_a_double_click_is_one_note_and_the_log_keeps_its_hash_alone(shop: None, staff: User) -> None:
    for _time in range(2):
        note_write(kind="store", subject_id="s1", by=staff, text="A strike at the carrier")
    assert Note.objects.count() == 1
    entry = AuditEntry.objects.get(action="note.written")
    assert "strike" not in entry.data


# --- what is served for the pictures -------------------------------------------------------------------------------


def test_the_bundle_that_is_served_is_the_one_that_the_documentation_names() -> None:
    root = Path(__file__).parents[2]
    served = hashlib.sha256((root / "static/vendor/plotly-basic-4.1.1.min.js").read_bytes()).hexdigest()
    assert f"`{served}`" in (root / "docs/console.md").read_text()
    assert plotly.offline.get_plotlyjs_version() == "4.1.1"  # that of the pinned Python package
