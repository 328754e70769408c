"""How ratings work: every figure of the page counted anew, and the log of what was changed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from reputation.governance.models import PolicyMove, PolicyVersion
from reputation.public.changes import changes_log
from reputation.public.how import Appeals, appeals, half_stars, set_aside
from reputation.ratings import selectors
from reputation.ratings.models import ChampionTerm, Scale, StarModelRecord
from tests.public.market import NIGHT, few_orders, publish, rating

pytestmark = pytest.mark.django_db
GATE = {"store": {"figures": {"orders": 9627.0, "log_loss": {"champion": 0.23659, "challenger": 0.23587}}}}
POLICY = (Path(settings.ROOT) / "policies" / "default.yaml").read_text()


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


# Figures


def test_what_is_set_aside_is_counted_over_all_stores_each_in_its_latest_revision() -> None:
    publish()
    rating("s1", orders_counted=100, excluded={"orders": 7, "reasons": {"carrier_event": 4, "attack": 3}})
    rating("s2", orders_counted=50, excluded={"orders": 9, "reasons": {"carrier_event": 9}})
    rating("s2", orders_counted=50, revision=1, excluded={"orders": 1, "reasons": {"carrier_event": 1}})
    few_orders("s3", orders_counted=10)
    rating("a1", kind="anchor", excluded={"orders": 70, "reasons": {"attack": 70}})
    found = set_aside(selectors.shown())
    assert (found.orders, found.aside) == (160, 8)
    assert found.reasons == [("carrier_event", 5), ("attack", 3)]
    assert found.share == pytest.approx(5.0)


def test_a_star_is_worth_what_the_middle_store_of_those_that_show_it_comes_to() -> None:
    publish()
    for number, expected in enumerate((1.0, 2.0, 9.0)):
        rating(f"s{number}", half_stars=4.5, expected=expected)
    rating("t", half_stars=3.0, expected=12.0)
    few_orders("u")
    rating("a1", kind="anchor", half_stars=4.5, expected=50.0)
    assert [tuple(row) for row in half_stars(selectors.shown())] == [(4.5, 3, 2.0), (3.0, 1, 12.0)]


def test_before_the_first_night_there_is_nothing_to_count(client: Client) -> None:
    assert set_aside(selectors.shown()).orders == 0
    assert appeals() is None
    seen = text(client, "/how-ratings-work")
    assert "Nobody has appealed yet" in seen
    assert "What a star is worth" not in seen


def test_appeals_of_all_rules_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from reputation.governance.appeals.selectors import Figures

    rows = [Figures("late", 10, 4, 1, 2.0), Figures("", 2, 1, 1, 7.0), Figures("new", 3, 0, 0, None)]
    monkeypatch.setattr("reputation.public.how.appeal_figures", lambda: rows)
    assert appeals() == Appeals(filed=15, decided=5, won=2, mean_days=(4 * 2.0 + 7.0) / 5)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["From an order to a star", "What a star is worth", "3.1 1", "12 orders of 1,234 orders of a year: 1.0 %",
                "Disruption at a carrier 2", "half after 120 days"]),
        ("zh-hans", ["从订单到星级", "星级意味着什么", "一年 1234 单中有 12 单：1.0%", "120 天后减半"]),
    ],
)  # fmt: skip
def test_the_page_tells_rules_and_figures_in_both_languages(client: Client, language: str, words: list[str]) -> None:
    publish()
    rating("s1")
    seen = text(client, f"/how-ratings-work?lang={language}")
    for one in words:
        assert one in seen


def test_pictures_say_in_words_what_they_show(client: Client) -> None:
    publish()
    page = client.get("/how-ratings-work").content.decode()
    pictures = re.findall(r'<svg(?![^>]*aria-hidden)[^>]*role="img"[^>]*>', page)
    assert len(pictures) >= 4
    assert all("aria-label=" in one or "aria-labelledby=" in one for one in pictures)
    assert "half as much after 30, 120, 365 days" in page


# The log


def term(since: date, reason: str, **more: Any) -> ChampionTerm:
    name = f"{since}.{ChampionTerm.objects.count()}"
    model = StarModelRecord.objects.create(name=name, night=since, artefacts={"store": "x"}, figures={}, gate=GATE)
    return ChampionTerm.objects.create(model=model, since=since, reason=reason, **more)


def policy(version: int, live_from: date, text: str, *states: tuple[str, date]) -> PolicyVersion:
    made = PolicyVersion.objects.create(
        version=version, name="default", text=text, digest=str(version), state=states[-1][0], live_from=live_from
    )
    for state, on in states:
        PolicyMove.objects.create(policy=made, state=state, on=on, by="operator:root", note="between us")
    return made


def test_the_log_is_in_the_order_of_days_the_latest_first(client: Client) -> None:
    term(date(2026, 11, 1), "first")
    term(date(2026, 11, 9), "gate")
    Scale.objects.create(version=1, breakpoints=[], fitted_on=NIGHT, announced_on=date(2026, 11, 1), live_from=NIGHT)
    policy(
        1, date(2026, 11, 8), POLICY, ("draft", NIGHT), ("announced", date(2026, 11, 3)), ("live", date(2026, 11, 8))
    )
    found = [(entry.on.day, entry.kind) for entry in changes_log()]
    assert found[:3] == [(9, "model"), (8, "policy"), (3, "policy")]
    assert sorted(found[3:]) == [(1, "model"), (1, "scale")]
    assert [entry.kind for entry in changes_log("scale")] == ["scale"]


def test_a_model_says_why_it_rates_and_how_it_did_on_orders_it_had_not_seen(client: Client) -> None:
    term(date(2026, 11, 1), "first")
    term(date(2026, 11, 9), "gate")
    seen = text(client, "/how-ratings-work/changes")
    assert "log loss) on 9,627 orders: 0.2359, with the one before 0.2366" in seen
    assert "The first model; nothing stood before it." in seen


def test_the_log_names_no_person_and_none_of_their_notes(client: Client) -> None:
    term(date(2026, 11, 1), "rollback", decided_by="Ann Secret", note="Bob broke it")
    term(date(2026, 11, 2), "gate", decided_by="Ann Secret", note="Bob mended it")
    policy(1, date(2026, 11, 8), POLICY, ("announced", date(2026, 11, 3)))
    seen = text(client, "/how-ratings-work/changes")
    assert "A person put an earlier model back" in seen
    assert "A person let newer models compete again" in seen
    for private in ("Ann", "Bob", "operator", "between us", "log loss"):
        assert private not in seen


def test_drafts_and_shadows_are_nobodys_business_yet(client: Client) -> None:
    policy(1, date(2026, 11, 8), POLICY, ("draft", date(2026, 11, 1)), ("shadow", date(2026, 11, 2)))
    Scale.objects.create(version=2, breakpoints=[], fitted_on=NIGHT)
    assert changes_log() == []
    assert "Nothing yet" in text(client, "/how-ratings-work/changes")


def test_an_announced_policy_says_which_rules_it_changes(client: Client) -> None:
    policy(1, date(2026, 10, 1), POLICY, ("announced", date(2026, 9, 20)), ("live", date(2026, 10, 1)))
    changed = POLICY.replace("than: 0.30}", "than: 0.35}", 1)
    assert changed != POLICY
    policy(2, date(2026, 11, 8), changed, ("announced", date(2026, 11, 1)))
    newest = changes_log("policy")[0].tell()
    assert newest.title == "Policy 2 announced; it counts from Nov. 8, 2026"
    assert [tag for tag, _words in newest.rules] == ["changed"]
    assert "At least 30 % of the orders of the last 7 days" in newest.rules[0][1]
    first = changes_log("policy")[-1].tell()
    assert {tag for tag, _words in first.rules} == {"new"}
    assert first.words == ["The first policy. It follows thresholds that large platforms publish, and leaves every hard "
                           "decision to people."]  # fmt: skip


def test_a_policy_that_nobody_can_read_any_more_is_named_all_the_same() -> None:
    policy(1, date(2026, 10, 1), "policy: [", ("announced", date(2026, 9, 20)))
    told = changes_log()[0].tell()
    assert (told.title, told.rules) == ("Policy 1 announced; it counts from Oct. 1, 2026", [])


def test_a_scale_gives_its_reason_in_the_readers_language(client: Client) -> None:
    note = {"en": "Fairer <spread>", "zh-hans": "更均匀"}
    Scale.objects.create(version=2, breakpoints=[], fitted_on=NIGHT, announced_on=NIGHT,
                         live_from=NIGHT + timedelta(days=20), note=note)  # fmt: skip
    page = client.get("/how-ratings-work/changes").content.decode()
    assert "Scale 2 announced; it counts from Dec. 10, 2026" in page
    assert "Fairer &lt;spread&gt;" in page
    assert "更均匀" in text(client, "/how-ratings-work/changes?lang=zh-hans")


def test_a_long_log_is_paged_and_the_kind_is_kept(client: Client) -> None:
    for day in range(1, 26):
        term(date(2026, 10, day), "gate")
    page = client.get("/how-ratings-work/changes?kind=model").content.decode()
    assert page.count('class="log-day') == 20
    assert "kind=model&amp;page=2" in page
    assert client.get("/how-ratings-work/changes?kind=model&page=2").content.decode().count('class="log-day') == 5


@pytest.mark.parametrize("query", ["kind=%00", "kind=policy;drop", "page=x", "page=999999999999", "kind=<b>&page=-1"])
def test_whatever_is_asked_is_answered(client: Client, query: str) -> None:
    term(date(2026, 11, 1), "first")
    assert "Model 2026-11-01.0" in text(client, f"/how-ratings-work/changes?{query}")


def test_one_page_reads_no_models_text(client: Client, django_assert_max_num_queries: Any) -> None:
    for day in range(1, 26):
        term(date(2026, 10, day), "gate")
    with django_assert_max_num_queries(24) as found:
        client.get("/how-ratings-work/changes")
    assert not [query for query in found.captured_queries if "artefacts" in query["sql"]]


def test_the_log_is_cached_for_a_minute_and_keeps_no_session(client: Client) -> None:
    response = client.get("/how-ratings-work/changes")
    assert response["Cache-Control"] == "public, max-age=60"
    assert not response.cookies
