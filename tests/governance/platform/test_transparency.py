"""Statements of reasons for the DSA Transparency Database, held to what the database itself takes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from reputation.base.time import market_day, now
from reputation.governance.actions.services import action_automatic, action_lift, action_propose, action_second
from reputation.governance.models import Action
from reputation.governance.reports.schema import FIELDS, mistakes
from reputation.governance.reports.transparency import OWED, statement, statements
from reputation.governance.sanctions import SANCTIONS
from tests.governance.actions import world

pytestmark = pytest.mark.django_db
TODAY = market_day(now())
DATABASE = json.loads((Path(__file__).parent / "transparency_database.json").read_text())


def refused(told: dict[str, Any]) -> list[str]:
    """Why StatementStoreRequest.php would not take it, rule by rule, written anew from that file."""
    told = {name: value for name, value in told.items() if value is not None}
    wrong = [f"{name} is required" for name in DATABASE["required"] if not told.get(name)]
    wrong += [f"{name} is unknown" for name in told if name not in DATABASE["fields"]]
    for name, allowed in DATABASE["values"].items():
        values = told.get(name, []) if name in DATABASE["lists"] else [told[name]] if name in told else []
        wrong += [f"{name}: {value}" for value in values if value not in allowed]
    wrong += [f"{name} is long" for name, most in DATABASE["most_characters"].items() if len(told.get(name, "")) > most]
    if not any(told.get(f"decision_{what}") for what in ("visibility", "monetary", "provision", "account")):
        wrong.append("one of the four decisions is required")
    kind = {"ILLEGAL": ("illegal_content_legal_ground", "illegal_content_explanation"),
            "INCOMPATIBLE": ("incompatible_content_ground", "incompatible_content_explanation")}  # fmt: skip
    wrong += [name for name in kind[told["decision_ground"].split("_")[2]] if not told.get(name)]
    if "CONTENT_TYPE_OTHER" in told["content_type"] and not told.get("content_type_other"):
        wrong.append("content_type_other is required")
    if told["source_type"] == "SOURCE_VOLUNTARY" and told.get("source_identity"):
        wrong.append("source_identity is excluded")
    days = [value for name, value in told.items() if "_date" in name]
    wrong += [day for day in days if not re.fullmatch(r"20[0-3]\d-\d\d-\d\d", day) or day > "2038-01-01"]
    return wrong + ([] if re.fullmatch(r"[a-zA-Z0-9-_]+", told["puid"]) else ["puid"])


@pytest.fixture
def ann() -> User:
    return world.person("ann-of-the-desk")


def every_sanction(ann: User, **more: Any) -> Iterator[Action]:
    """One of each on the ladder, in force."""
    bo = world.person("bo-of-the-desk")
    world.store()
    world.anchor()
    for key, known in SANCTIONS.items():
        kind = known.scopes[0]
        wanted = world.wanted(
            key, days=known.default_days, share=0.4 if known.needs_share else None,
            item_ref="sku-7" if known.needs_item else "", facts={"text": "ann wrote: buyer B77 called"}, **more,
        )  # fmt: skip
        made = action_propose(kind=kind, subject_id="s1" if kind == "store" else "a1", wanted=wanted, by=ann)
        yield action_second(action=made, by=bo, decision="agree", reason="yes") if made.state == "held" else made


def today() -> list[dict[str, Any]]:
    return list(statements(first=TODAY, last=TODAY))


def test_every_restriction_is_a_statement_that_the_database_takes(ann: User) -> None:
    made = {action.pk: action for action in every_sanction(ann)}
    found = today()
    assert [refused(one) for one in found] == [[]] * len(found)
    owed = {made[int(one["puid"].rsplit("-")[-1])].sanction for one in found}
    assert owed == set(OWED) == set(SANCTIONS) - {"notice", "warning"}
    assert len({one["puid"] for one in found}) == len(found)


def test_the_law_as_a_ground_is_told_with_the_law(ann: User) -> None:
    list(every_sanction(ann, ground="law", legal_basis="E-Commerce Law art. 17 " + "x" * 600))
    for one in today():
        assert refused(one) == []
        assert one["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
        assert one["illegal_content_legal_ground"].startswith("E-Commerce Law art. 17")
        assert one["incompatible_content_ground"] is None


def test_who_found_and_who_decided_is_told_as_it_was(ann: User) -> None:
    world.live("late", "slow")
    automatic = action_automatic(flag=world.flag("s1", "late", sanction="throttle", share=0.5))
    flag = world.flag("s2", "slow", sanction="throttle", share=0.5)
    proposed = action_propose(
        kind="store", subject_id="s2", wanted=world.wanted("throttle", share=0.5), by=ann, flag=flag
    )
    world.store("s3")
    reported = action_propose(
        kind="store", subject_id="s3", wanted=world.wanted(), by=ann, found_by=Action.Found.NOTICE
    )  # fmt: skip
    assert automatic is not None
    told = {one["puid"]: one for one in today()}
    assert [
        (one["automated_detection"], one["automated_decision"], one["source_type"])
        for one in (told[f"livestar-action-{action.pk}"] for action in (automatic, proposed, reported))
    ] == [
        ("Yes", "AUTOMATED_DECISION_FULLY", "SOURCE_VOLUNTARY"),
        ("Yes", "AUTOMATED_DECISION_PARTIALLY", "SOURCE_VOLUNTARY"),
        ("No", "AUTOMATED_DECISION_NOT_AUTOMATED", "SOURCE_TYPE_OTHER_NOTIFICATION"),
    ]
    of_rule = told[f"livestar-action-{automatic.pk}"]
    assert of_rule["incompatible_content_ground"] == "policy 1, rule late"
    assert "35 of 80" in of_rule["decision_facts"]
    assert (of_rule["content_date"], of_rule["application_date"]) == ("2026-06-28", str(TODAY))


@pytest.mark.parametrize(
    ("metric", "category", "keyword"),
    [
        ("grave", "UNSAFE_AND_PROHIBITED_PRODUCTS", "KEYWORD_UNSAFE_PRODUCTS"),
        ("complaint_honesty", "CONSUMER_INFORMATION", "KEYWORD_MISLEADING_INFO_GOODS_SERVICES"),
        ("late_dispatch", "OTHER_VIOLATION_TC", None),
    ],
)
def test_the_category_follows_from_what_the_rule_read(ann: User, metric: str, category: str, keyword: str) -> None:
    reading = world.READING | {"metric": metric, "read": "count", "n": 5.0, "d": None, "value": 5.0, "than": 1.0}
    flag = world.flag(sanction="throttle", share=0.5, readings=[reading])
    action_propose(kind="store", subject_id="s1", wanted=world.wanted("throttle", share=0.5), by=ann, flag=flag)
    (one,) = today()
    assert refused(one) == []
    assert one["category"] == f"STATEMENT_CATEGORY_{category}"
    assert one["category_specification"] == ([keyword] if keyword else [])


def test_an_end_is_told_for_the_restriction_that_it_ends(ann: User) -> None:
    until = str(TODAY + timedelta(days=7))
    for action in every_sanction(ann):
        one = statement(action)
        ends = {name for name, value in one.items() if name.startswith("end_date") and value}
        if action.days is None or action.sanction not in OWED:
            assert not ends
        else:
            known = SANCTIONS[action.sanction].dsa
            wanted = {
                "decision_visibility": "visibility",
                "decision_provision": "service",
                "decision_account": "account",
            }
            assert ends == {f"end_date_{wanted[name]}_restriction" for name in known}
    throttled = statement(Action.objects.get(sanction="throttle"))
    assert throttled["end_date_visibility_restriction"] == until


def test_nobody_is_named_and_no_note_is_quoted(ann: User) -> None:
    for action in list(every_sanction(ann)):
        if action.sanction == "throttle":
            action_lift(action=action, by=ann, note="an internal word")
    text = json.dumps(today(), ensure_ascii=False)
    for word in ("ann-of-the-desk", "bo-of-the-desk", "B77", "an internal word", "Shop s1", "Anchor a1"):
        assert word not in text


def test_what_never_counted_and_what_began_on_other_days_is_no_statement(ann: User) -> None:
    world.store()
    action_propose(kind="store", subject_id="s1", wanted=world.wanted("ban", days=None), by=ann)
    assert today() == []
    action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=ann)
    assert len(today()) == 1
    for days in (-1, 1):
        other = TODAY + timedelta(days=days)
        assert list(statements(first=other, last=other)) == []


def test_a_statement_that_would_be_refused_stops_the_export(ann: User) -> None:
    world.store()
    made = action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=ann)
    Action.objects.filter(pk=made.pk).update(ground="law", legal_basis="")
    with pytest.raises(ValueError, match=f"action {made.pk}: illegal_content_legal_ground is missing"):
        today()


def test_the_check_knows_every_mistake_that_the_database_knows(ann: User) -> None:
    """What our own check lets through, the database's rules let through, and the other way round."""
    world.store()
    good = statement(action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=ann))
    assert mistakes(good) == refused(good) == []
    changes: list[dict[str, Any]] = [
        {"category": "STATEMENT_CATEGORY_PIRACY"}, {"category": None}, {"content_type": ["CONTENT_TYPE_CAR"]},
        {"decision_provision": None}, {"decision_provision": "PARTIAL"}, {"decision_facts": "x" * 5001},
        {"decision_facts": ""}, {"puid": "a b"}, {"puid": "x" * 501}, {"automated_detection": True},
        {"application_date": "2040-01-01"}, {"source_type": "SOURCE_SELF"}, {"incompatible_content_ground": ""},
        {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": None}, {"seller_name": "Mia"},
        {"decision_visibility": ["DECISION_VISIBILITY_GONE"]}, {"incompatible_content_explanation": "x" * 2001},
        {"category_specification": ["KEYWORD_NONSENSE"]}, {"end_date_service_restriction": "2039-01-01"},
    ]  # fmt: skip
    for change in changes:
        assert bool(mistakes(good | change)) == bool(refused(good | change)) is True, change


def test_the_command_writes_what_a_program_and_a_spreadsheet_can_read(ann: User, tmp_path: Path) -> None:
    made = len([one for one in every_sanction(ann) if one.sanction in OWED])
    span = [f"--from={TODAY}", f"--to={TODAY}"]
    for form in ("json", "csv"):
        call_command("report", "transparency", *span, out=tmp_path / f"told.{form}", stdout=io.StringIO())
    told = json.loads((tmp_path / "told.json").read_text())["statements"]
    assert len(told) == made
    assert [refused(one) for one in told] == [[]] * made
    rows = list(csv.DictReader(io.StringIO((tmp_path / "told.csv").read_text("utf-8-sig"))))
    assert tuple(rows[0]) == FIELDS
    assert [row["puid"] for row in rows] == [one["puid"] for one in told]
    assert json.loads(rows[0]["decision_visibility"]) == ["DECISION_VISIBILITY_CONTENT_DEMOTED"]
    out = io.StringIO()
    call_command("report", "transparency", *span, stdout=out)
    assert json.loads(out.getvalue())["statements"] == told


def test_a_period_without_any_is_an_empty_list() -> None:
    out = io.StringIO()
    call_command("report", "transparency", "--from=2020-01-01", "--to=2020-06-30", stdout=out)
    assert json.loads(out.getvalue()) == {"statements": []}


@pytest.mark.parametrize(
    "words",
    [["--from=x", "--to=2026-01-01"], ["--from=2026-01-02", "--to=2026-01-01"], ["--from=2026-01-01"],
     ["--from=1026-01-01", "--to=2026-01-01"], ["--out=/nowhere/at/all.json"]],
)  # fmt: skip
def test_a_command_that_cannot_be_meant_says_the_mend(words: list[str]) -> None:
    with pytest.raises(CommandError, match=r"YYYY-MM-DD|first day|folder"):
        call_command("report", "transparency", *words)


def test_without_days_it_is_the_last_half_year_that_is_over() -> None:
    from reputation.governance.reports.periods import half_year_before

    spans = {day: half_year_before(date.fromisoformat(day)) for day in ("2026-01-01", "2026-06-30", "2026-07-01")}
    assert [(str(span.first), str(span.last)) for span in spans.values()] == [
        ("2025-07-01", "2025-12-31"), ("2025-07-01", "2025-12-31"), ("2026-01-01", "2026-06-30"),
    ]  # fmt: skip
