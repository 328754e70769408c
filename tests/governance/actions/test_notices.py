"""The statement of reasons: every field, both languages, and never who decided or what staff noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils.translation import override
from pytest_django import Settings

from reputation.governance.actions.services import (
    action_lift,
    action_overturn,
    action_propose,
    action_replace,
    action_resume,
    action_second,
    action_stay,
    actions_expire,
)
from reputation.governance.models import Action, Notice
from reputation.governance.notices import FIELD_LABELS, notice_read
from reputation.governance.sanctions import SANCTIONS
from tests.governance.actions.world import REASON, Clock, anchor, flag, store, wanted

pytestmark = pytest.mark.django_db
Propose = Callable[..., Action]
# Art. 17(3) DSA, letter by letter, and the field that answers it.
ARTICLE_17 = {
    "a": ("measure", "scope", "duration"),
    "b": ("facts", "found"),
    "c": ("detected", "decided"),
    "d, e": ("ground", "explanation"),
    "f": ("redress",),
}


@pytest.fixture
def act(clock: Clock, propose: Propose) -> Action:
    return propose(days=7)


def last(action: Action, language: str = "en") -> dict[str, str]:
    fields: dict[str, str] = action.notices.latest("id").fields[language]
    return fields


def test_it_answers_every_letter_of_the_article_in_both_languages(act: Action) -> None:
    assert {field for fields in ARTICLE_17.values() for field in fields} <= set(FIELD_LABELS)
    for language in ("en", "zh-hans"):
        told = last(act, language)
        assert set(told) == set(FIELD_LABELS)
        assert all(text.strip() for text in told.values())
        assert told["explanation"] == REASON[language]


def test_no_field_of_the_chinese_one_is_left_in_english(clock: Clock, ann: User) -> None:
    made = action_propose(kind="store", subject_id="s1", wanted=wanted("throttle", share=0.5), by=ann, flag=flag())
    english, chinese = last(made), last(made, "zh-hans")
    for field in FIELD_LABELS:
        assert any("一" <= letter <= "鿿" for letter in chinese[field]), field
        assert not any("一" <= letter <= "鿿" for letter in english[field]), field


def test_its_headings_are_translated_and_differ() -> None:
    words = []
    for language in ("en", "zh-hans"):
        with override(language):
            words += [str(label) for label in FIELD_LABELS.values()]
    assert len(set(words)) == 2 * len(FIELD_LABELS)


def test_it_says_what_the_rule_read_and_which_rule_of_which_version(clock: Clock, ann: User) -> None:
    made = action_propose(kind="store", subject_id="s1", wanted=wanted(facts={"text": "Seen in 3 parcels."}), by=ann,
                          flag=flag())  # fmt: skip
    told = last(made)
    assert told["facts"].splitlines() == [
        "Late dispatch rate, last 7 days: 35 of 80, which is 44%; even with all chance in your favour 34%. "
        "Limit: at least 30%.",
        "Seen in 3 parcels.",
    ]
    assert told["ground"] == "Rule late of the platform's policy, version 1."
    assert told["detected"].startswith("Yes")
    assert told["decided"].startswith("No: a person")
    assert last(made, "zh-hans")["ground"] == "平台治理规则第 1 版，条目 late。"


def test_a_law_is_named_where_that_is_the_ground(propose: Propose) -> None:
    made = propose(ground="law", legal_basis="E-Commerce Law, art. 17")
    assert last(made)["ground"] == "The law: E-Commerce Law, art. 17"


def test_times_are_those_of_the_market(act: Action) -> None:
    told = last(act)
    assert told["headline"] == "“No new listings” counts from 2026-07-01 12:00."
    assert told["duration"] == "From 2026-07-01 12:00 to 2026-07-08 12:00."


def test_one_without_an_end_says_so(clock: Clock, propose: Propose, bo: User) -> None:
    made = action_second(action=propose("ban", days=None), by=bo, decision="agree", reason="")
    assert last(made)["duration"] == "From 2026-07-01 12:00 on, until it is lifted."


@pytest.mark.parametrize(("market", "day", "way"), [("CN", "2026-07-15", "12315"), ("EU", "2026-12-31", "art. 21")])
def test_how_and_until_when_to_appeal_follows_the_market(
    settings: Settings, clock: Clock, propose: Propose, market: str, day: str, way: str
) -> None:
    settings.JURISDICTION, settings.PUBLIC_URL = market, "https://rate.example"
    told = last(propose())["redress"]
    assert f"until the end of {day}, at https://rate.example/portal/notices" in told
    assert way in told


def test_whom_to_ask_is_the_operators_word(settings: Settings, clock: Clock, propose: Propose) -> None:
    settings.CONTACT = "rules@shop.example"
    assert last(propose())["contact"] == "rules@shop.example"


def test_an_anchor_is_called_one(clock: Clock, ann: User) -> None:
    anchor()
    made = action_propose(kind="anchor", subject_id="a1", wanted=wanted("live_ban"), by=ann)
    assert last(made)["scope"] == "The anchor “Anchor a1” (a1), everywhere on this platform."


def test_every_sanction_can_be_told(clock: Clock, ann: User, bo: User) -> None:
    store()
    anchor()
    for key, step in SANCTIONS.items():
        kind, subject = ("store", "s1") if "store" in step.scopes else ("anchor", "a1")
        more: dict[str, Any] = {"days": step.default_days}
        more |= ({"share": 0.3} if step.needs_share else {}) | ({"item_ref": "sku"} if step.needs_item else {})
        made = action_propose(kind=kind, subject_id=subject, wanted=wanted(key, **more), by=ann)
        if made.state == "held":
            action_second(action=made, by=bo, decision="agree", reason="")
        assert last(made)["measure"].startswith(str(step.label))
        assert "%" not in last(made)["measure"] or key == "throttle"


def test_each_change_has_a_notice_that_says_what_changed(clock: Clock, act: Action, bo: User) -> None:
    clock.pass_(days=1)
    action_stay(action=act, note="a")
    assert "is put off from 2026-07-02 12:00 until your appeal is decided" in last(act)["headline"]
    assert "its time stands still" in last(act)["duration"]
    assert last(act)["redress"].startswith("Your appeal is open")
    clock.pass_(days=1)
    action_resume(action=act, note="b")
    assert "counts again from 2026-07-03 12:00" in last(act)["headline"]
    assert last(act)["duration"] == "From 2026-07-01 12:00 to 2026-07-09 12:00."
    clock.pass_(days=7)
    actions_expire(moment=clock.moment)
    assert last(act)["headline"] == "“No new listings” ended on 2026-07-09 12:00: its time is over."
    assert [n.about for n in act.notices.order_by("id")] == ["started", "changed", "changed", "ended"]
    action_overturn(action=act, by=bo, note="c")
    assert last(act)["redress"].startswith("Nothing is left for you to do")


def test_one_that_was_replaced_points_to_the_other(clock: Clock, act: Action, bo: User) -> None:
    action_replace(action=act, wanted=wanted("notice"), by=bo, note="n")
    assert "another measure takes its place" in last(act)["headline"]
    assert last(act)["redress"].startswith("Appeal against the measure that takes its place")


def test_when_the_time_for_an_appeal_is_over_it_says_so(clock: Clock, propose: Propose) -> None:
    made = propose(days=14)
    clock.pass_(days=14)
    actions_expire(moment=clock.moment)  # on the last day
    assert "until the end of 2026-07-15" in last(made)["redress"]
    longer = propose(days=15)
    clock.pass_(days=15)
    actions_expire(moment=clock.moment)
    assert last(longer)["redress"].startswith("The time for an appeal ended with 2026-07-29.")


def test_no_name_and_no_note_of_staff_is_in_any(clock: Clock, propose: Propose, bo: User, cy: User) -> None:
    held = propose("suspend")
    action_second(action=held, by=bo, decision="agree", reason="SECRET-2")
    milder = action_replace(action=held, wanted=wanted("notice"), by=cy, note="SECRET-3")
    action_stay(action=milder, note="SECRET-4")
    action_resume(action=milder, note="SECRET-5")
    action_lift(action=milder, by=cy, note="SECRET-6")
    action_overturn(action=milder, by=bo, note="SECRET-7")
    told = "".join(str(notice.fields) for notice in Notice.objects.all())
    assert Notice.objects.count() == 7
    assert "SECRET" not in told
    assert not any(f"{name}" in told.replace("anchors", "") for name in ("ann", "user:", "bo ", "cy "))


def test_that_it_was_read_is_noted_once(act: Action, bo: User, cy: User) -> None:
    notice = act.notices.get()
    notice_read(notice=notice, by=bo)
    first = Notice.objects.get().read_at
    notice_read(notice=notice, by=cy)
    notice.refresh_from_db()
    assert (notice.read_by, notice.read_at) == (bo, first)
    assert first is not None


def test_markup_in_a_name_is_kept_as_text(clock: Clock, ann: User) -> None:
    store(name="<b>50% off</b> %(x)s")
    made = action_propose(kind="store", subject_id="s1", wanted=wanted(), by=ann)
    assert "“<b>50% off</b> %(x)s”" in last(made)["scope"]
