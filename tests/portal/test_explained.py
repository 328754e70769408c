"""The pages that explain a star, read by its owner: real numbers of a real model, and honest when there are none."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.formats import date_format

from reputation.portal.reasons import why
from reputation.ratings import selectors
from reputation.ratings.standings import Explainable, explainable
from scoring.explain.changes import raises, reasons, what_if
from scoring.explain.course import course
from scoring.explain.trajectory import trajectory
from scoring.metrics import BY_KEY
from scoring.stars import tenths
from tests.portal import world
from tests.ratings import explained_night
from tests.scoring.explained import night

pytestmark = pytest.mark.django_db
AT = 3
ID = f"s{AT:05d}"
WHY, SIMULATOR, WHAT_IF, PAGE = (f"/portal/{part}stores/{ID}" for part in ("why/", "simulator/", "what-if/", ""))


@pytest.fixture
def owner(client: Client) -> User:
    user = world.member("owner", ID)
    client.force_login(user)
    return user


@pytest.fixture
def rated(owner: User) -> None:
    explained_night.publish()
    explained_night.rating(AT)


def found() -> Explainable:
    shown = selectors.shown()
    about = explainable(shown, selectors.rating_row(shown.night, "store", ID))
    assert about is not None
    return about


def text(client: Client, address: str) -> str:
    """What a reader sees: tags out, white space together."""
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def test_the_page_says_how_sure_the_rate_is(client: Client, rated: None) -> None:
    page = client.get(PAGE).content.decode()
    row = selectors.rating_row(explained_night.NIGHT, "store", ID)
    assert 'class="span"' in page
    assert f"between {row.low:.0f} and {row.high:.0f}" in page
    assert WHY in page
    assert SIMULATOR in page


def test_every_aspect_and_every_measure_with_evidence_has_its_reason(client: Client, rated: None) -> None:
    page, told = text(client, WHY), reasons(found().rated, found().medians)
    for reason in told.aspects:
        if abs(reason.gain) >= 0.005:
            assert (
                f"you would be at {reason.star:.2f} ({'+' if reason.gain > 0 else '−'}{abs(reason.gain):.2f})" in page
            )
    assert "Late dispatch rate" in page
    assert "Dissatisfied conversations" not in page  # nobody rated one


def test_reasons_are_told_the_largest_first(rated: None) -> None:
    told = reasons(found().rated, found().medians).aspects
    lines = why(found()).aspects
    assert [line.effect for line in lines] == [
        f"{'+' if -r.gain > 0 else '−'}{abs(r.gain):.2f}" if abs(r.gain) >= 0.005 else "±0.00" for r in told
    ]


def test_advice_and_the_way_ahead_are_the_models_own(client: Client, rated: None) -> None:
    page, ahead = text(client, WHY), trajectory(found().rated)
    for advice in raises(found().rated, found().quick)[:5]:
        assert f"+{advice.gain:.2f}" in page
    assert f"in 30 days {ahead.stars[30]:.1f}" in page
    assert "stars: " in page


def test_the_simulator_begins_at_tonights_star(client: Client, rated: None) -> None:
    page = text(client, SIMULATOR)
    assert f"{what_if(found().rated, {}).shown:.1f}" in page
    assert "your rating of tonight" in page
    assert "Late dispatch rate" in page


def test_a_form_sent_as_it_came_changes_nothing(client: Client, rated: None) -> None:
    page = client.get(SIMULATOR).content.decode()
    fields = dict(re.findall(r'<input type="number" name="(\w+)" value="([\d.]+)"', page))
    assert len(fields) > 5
    assert client.get(WHAT_IF, fields).json()["change"] == 0.0
    assert client.get(WHAT_IF, dict.fromkeys(fields, "")).json()["change"] == 0.0
    assert "your rating of tonight" in client.get(SIMULATOR, fields).content.decode()


def test_without_a_script_the_form_answers_with_the_models_star(client: Client, rated: None) -> None:
    told = what_if(found().rated, {"late_dispatch": 0.25})
    page = text(client, f"{SIMULATOR}?late_dispatch=25")
    assert f"{told.shown:.1f}" in page
    assert f"−{found_star() - told.star:.2f} against tonight's {what_if(found().rated, {}).shown:.1f}" in page
    form = client.get(f"{SIMULATOR}?late_dispatch=25").content.decode()
    assert 'name="late_dispatch" value="25"' in form
    assert 'value=""' not in form  # what was not sent stays as it is


def found_star() -> float:
    return what_if(found().rated, {}).star


def test_programs_get_the_same_answer_as_figures(client: Client, rated: None) -> None:
    told = what_if(found().rated, {"late_dispatch": 0.2, "dispatch_time": 900.0})
    answer = client.get(WHAT_IF, {"late_dispatch": "20", "dispatch_time": "900", "lang": "en"}).json()
    parts, reached = answer.pop("parts"), answer.pop("goal")
    ahead = course(found().rated, {"late_dispatch": 0.2, "dispatch_time": 900.0}, 4.5, found().quick)
    assert (reached["goal"], reached["days"]) == (4.5, ahead.day)
    assert answer == {
        "stars": told.shown, "change": round(told.star - found_star(), 3), "expected": round(told.expected, 3),
        "low": round(told.low, 3), "high": round(told.high, 3), "all_causes": round(told.all_causes, 3),
    }  # fmt: skip
    assert f"{told.shown:.1f}" in parts["answer"]
    assert "4.5 stars" in parts["course"]


@pytest.mark.parametrize(
    ("query", "name", "said"),
    [
        ("late_dispatch=101", "late_dispatch", "100"),
        ("late_dispatch=-1", "late_dispatch", "0"),
        ("late_dispatch=many", "late_dispatch", "number"),
        ("late_dispatch=nan", "late_dispatch", "number"),
        ("dispatch_time=99999", "dispatch_time", "43200"),
        ("incident=1", "incident", "No such measure"),
        ("orders=1", "orders", "No such measure"),
        ("goal=6", "goal", "6 is not one"),
        ("goal=own", "goal_own", "Give the star"),
        ("goal=own&goal_own=5.1", "goal_own", "5"),
        ("goal=own&goal_own=0.9", "goal_own", "1"),
        ("goal=own&goal_own=4.25", "goal_own", "decimal"),
        ("case=appeal-1", "case", "appeal-1 is not one"),
    ],
)
def test_what_cannot_be_is_refused_by_name(client: Client, rated: None, query: str, name: str, said: str) -> None:
    answer = client.get(f"{WHAT_IF}?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["errors"][name][0]
    assert client.get(f"{SIMULATOR}?{query}").status_code == 200


def test_a_wrong_number_is_told_beside_its_field_and_the_star_stays_tonights(client: Client, rated: None) -> None:
    page = text(client, f"{SIMULATOR}?late_dispatch=101&dispatch_time=10")
    assert "less than or equal to 100" in page
    assert "your rating of tonight" in page


def test_the_way_ahead_says_when_the_goal_is_reached_or_what_keeps_it_away(client: Client, rated: None) -> None:
    about = found()
    for query, changes in (
        ("", {}),
        ("&late_dispatch=0&quality_return=0", {"late_dispatch": 0.0, "quality_return": 0.0}),
    ):
        ahead = course(about.rated, changes, 4.8, about.quick)
        page = text(client, f"{SIMULATOR}?goal=4.8{query}")
        if ahead.day:
            day = date_format(explained_night.NIGHT + timedelta(days=ahead.day), "DATE_FORMAT")
            assert f"4.8 stars by {day}, in {ahead.day} days" in page
        elif ahead.day is None:
            assert "4.8 stars are not reached within two years" in page
            assert ahead.hurdle is not None
            assert f"Most in the way: {BY_KEY[ahead.hurdle.metric].label_en}" in page
        assert f"{ahead.stars[180]:.2f}" in page


def test_a_goal_of_ones_own_is_reached_on_the_day_that_the_model_says(client: Client, rated: None) -> None:
    changes = {"late_dispatch": 0.0, "quality_return": 0.0, "complaint_product": 0.0}
    goal = round(float(tenths(what_if(found().rated, {}).star)) + 0.2, 1)
    ahead = course(found().rated, changes, goal, {})
    assert ahead.day
    query = "&".join(f"{key}=0" for key in changes)
    page = text(client, f"{SIMULATOR}?{query}&goal=own&goal_own={goal}")
    assert f"{goal:.1f} stars by" in page
    assert f"in {ahead.day} days" in page
    assert 'class="course-day"' in client.get(f"{SIMULATOR}?{query}&goal=own&goal_own={goal}").content.decode()


def test_a_star_that_is_there_already_needs_no_day(client: Client, rated: None) -> None:
    assert "1.0 stars are there tonight" in text(client, f"{SIMULATOR}?goal=own&goal_own=1")


def test_advice_opens_the_simulator_at_its_aim(client: Client, rated: None) -> None:
    best = raises(found().rated, found().quick)[0]
    share = BY_KEY[best.metric].unit == "share"
    query = f"{best.metric}={100 * best.aim:.2f}" if share else f"{best.metric}={best.aim:.0f}"
    assert f'href="{SIMULATOR}?{query}"' in client.get(WHY).content.decode()
    told = client.get(f"{WHAT_IF}?{query}").json()
    assert told["change"] == pytest.approx(best.gain, abs=0.01)


def test_every_slider_shows_tonight_and_the_median_without_a_script(client: Client, rated: None) -> None:
    page = client.get(SIMULATOR).content.decode()
    fields = page.count('class="field amount-field"')
    assert page.count('class="ruler"') == page.count('class="ruler-median"') == fields > 5
    assert 'type="range"' not in page


@pytest.mark.parametrize("address", [WHY, SIMULATOR, PAGE])
def test_pages_speak_chinese(client: Client, rated: None, address: str) -> None:
    page = text(client, f"{address}?lang=zh-hans")
    assert "评分的理由" in page or "模拟器" in page
    assert "Late dispatch" not in page


def test_an_anchor_has_its_own_measures(client: Client) -> None:
    explained_night.publish("anchor")
    explained_night.rating(AT, "anchor")
    client.force_login(world.member("lin", ID, "anchor"))
    page = text(client, f"/portal/why/anchors/{ID}")
    assert "Quality return rate" in page
    assert "Late dispatch rate" not in page
    assert client.get(f"/portal/what-if/anchors/{ID}?late_dispatch=3").status_code == 400


def test_daily_totals_are_called_that_in_the_simulator(client: Client, owner: User) -> None:
    explained_night.publish()
    explained_night.rating(AT, basis="aggregated")
    assert "rated from daily totals" in text(client, SIMULATOR)


@pytest.mark.parametrize(
    ("state", "words"),
    [("few_orders", "no stars to explain yet"), ("new", "New: no orders yet"), ("withheld", "Rating withheld")],
)
def test_without_stars_there_is_nothing_to_explain_and_that_is_said(
    client: Client, owner: User, state: str, words: str
) -> None:
    explained_night.publish()
    explained_night.rating(AT, **world.without_stars(state))
    for address in (WHY, SIMULATOR):
        assert words in text(client, address)
    assert client.get(WHAT_IF).status_code == 409


def test_a_subject_that_no_night_has_rated_and_a_night_that_left_nothing_are_told_apart(
    client: Client, owner: User
) -> None:
    assert "No night has rated this subject yet" in text(client, WHY)
    world.publish()
    world.rating(ID)
    assert "left nothing to score again" in text(client, WHY)
    world.rating(ID, revision=1)
    assert "was corrected after it was published" in text(client, SIMULATOR)


def test_pages_are_free_of_inline_style_and_script(client: Client, rated: None) -> None:
    for address in (WHY, SIMULATOR, PAGE):
        page = client.get(address).content.decode()
        assert " style=" not in page
        assert "<script>" not in page


def test_the_night_and_the_web_agree_whichever_thread_asks(rated: None) -> None:
    made = night()
    assert found().rated.model.growth.threads == 1
    assert found().rated.model.tonight_ == made.model.tonight_
