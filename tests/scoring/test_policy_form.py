"""Policies as forms: whatever a file says comes through a form unchanged, and nothing typed into one becomes structure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.policy import Policy, policy_read
from scoring.policy.form import LeafForm, RuleForm, form_check, rewritten, rule_form, sheet_of, written
from scoring.policy.form.checking import tidied
from scoring.policy.form.fields import GroupForm, added, changed, name_of, number_text, path_of
from scoring.policy.form.sheet import forms, head_of
from tests.scoring.policies_at_random import policy_texts

DEFAULT = (Path(__file__).resolve().parents[2] / "policies" / "default.yaml").read_text("utf-8")
anything = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def default() -> Policy:
    found = policy_read(DEFAULT).policy
    assert found is not None
    return found


def through_forms(text: str, policy: Policy) -> str:
    """The file with every rule of it opened in the form and kept."""
    sheet = sheet_of(text)
    for place, form in enumerate(forms(text, policy.rules)):
        sheet = sheet.put(place, written(form, sheet.indent))
    return sheet.text


@anything
@given(policy_texts())
def test_any_valid_policy_comes_through_the_form_unchanged(drawn: tuple[str, Policy]) -> None:
    text, policy = drawn
    once = through_forms(text, policy)
    assert policy_read(once).policy == policy
    assert through_forms(once, policy) == once


@anything
@given(policy_texts())
def test_the_checker_of_the_form_agrees_with_the_checker_of_files(drawn: tuple[str, Policy]) -> None:
    _text, policy = drawn
    for rule in policy.rules:
        assert form_check(rule_form(rule)).rule == rule


@anything
@given(policy_texts())
def test_to_open_a_policy_without_touching_a_rule_leaves_every_letter(drawn: tuple[str, Policy]) -> None:
    text = rewritten(drawn[1]).text
    assert sheet_of(text).text == text


def test_the_shipped_file_keeps_every_comment() -> None:
    """Where each number comes from is half of what that file says."""
    policy = default()
    sheet = sheet_of(DEFAULT)
    assert sheet.text == DEFAULT
    new = through_forms(DEFAULT, policy)
    assert policy_read(new).policy == policy
    said = [line.split("#", 1)[1].strip(" -") for line in DEFAULT.splitlines() if "#" in line]
    assert len(said) >= 60
    assert [one for one in said if " ".join(one.split()) not in " ".join(new.split())] == []


def test_one_rule_is_replaced_and_all_else_stays_to_the_letter() -> None:
    policy = default()
    sheet = sheet_of(DEFAULT)
    place = [rule.id for rule in policy.rules].index("quality_returns")
    form = replace(forms(DEFAULT, policy.rules)[place], severity="high")
    new = sheet.put(place, written(form)).text
    before, after = DEFAULT.split("  - id: quality_returns\n")
    assert new.startswith(before)
    assert new.endswith(after[after.index("  - id: quality_returns_anchor") :])
    changed_policy = policy_read(new).policy
    assert changed_policy is not None
    assert [one.id for one, other in zip(changed_policy.rules, policy.rules, strict=True) if one != other] == [
        "quality_returns"
    ]


def test_rules_are_moved_and_left_out_with_what_stands_above_them() -> None:
    sheet = sheet_of(DEFAULT)
    moved = policy_read(sheet.moved(0, 1).text).policy
    assert moved is not None
    assert [rule.id for rule in moved.rules[:2]] == ["late_dispatch_lasting", "late_dispatch_severe"]
    assert sheet.moved(0, -1).text == DEFAULT
    gone = sheet.without(0).text
    assert "aJoPPkWZ7VQM" in DEFAULT
    assert "aJoPPkWZ7VQM" not in gone
    assert len(policy_read(gone).policy.rules) == 15  # type: ignore[union-attr]


def test_a_policy_can_lose_its_last_rule_and_get_another() -> None:
    sheet = rewritten(replace(default(), rules=default().rules[:1]))
    empty = sheet_of(sheet.without(0).text)
    assert empty.rules == ()
    again = empty.put(0, written(rule_form(default().rules[3])))
    assert policy_read(again.text).policy.rules == (default().rules[3],)  # type: ignore[union-attr]


def test_a_new_name_and_purpose_leave_the_comments_at_the_top() -> None:
    new = sheet_of(DEFAULT).headed("other", {"en": "Why: #1", "zh-hans": "说明"}).text
    read = policy_read(new).policy
    assert read is not None
    assert (read.name, read.about) == ("other", {"en": "Why: #1", "zh-hans": "说明"})
    assert read.rules == default().rules
    assert new.splitlines()[0] == DEFAULT.splitlines()[0]
    assert head_of(new) == ("other", {"en": "Why: #1", "zh-hans": "说明"})


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(
                ["a: b", "- x", "{", "]", '"', "'", "#", "\n  grave: true", "\u2028    action: ban", "&a", "*a", "!!x",
                 "|", ">", "%", "never\n    automatic: true", "\\", "\x85", "null", "true", "1e999", ".nan", "0x10", "1_000"]
            ),
        ),
        min_size=9, max_size=9,
    )
)  # fmt: skip
def test_nothing_that_is_typed_becomes_structure(typed: list[str]) -> None:
    """The file that a form writes has the form's fields and no others, whatever was typed into them."""
    form = RuleForm(
        id=typed[0], action=typed[1], expires=typed[2], reason={"en": typed[3], "zh-hans": typed[4]}, above=typed[5],
        notes={"action": typed[6]}, when=GroupForm("all", (LeafForm("defect", "30", "low", ">=", typed[7], note=typed[8]),)),
    )  # fmt: skip
    text = "policy: a\nabout: {en: a, zh-hans: b}\nrules:\n" + written(form)
    checked = policy_read(text)
    told = " ".join(problem.text for problem in checked.problems)
    assert "no YAML" not in told
    assert "has no" not in told
    assert "stands twice" not in told
    if checked.policy is not None:
        (rule,) = checked.policy.rules
        assert (rule.id, rule.action, rule.grave, rule.automatic) == (typed[0].strip(), typed[1].strip(), False, False)


def form(**changes: object) -> RuleForm:
    leaf = LeafForm("late_dispatch", "7", "low", ">=", "0.3")
    fine = RuleForm(
        id="late", when=GroupForm("all", (leaf,)), expires="7", reason={"en": "Late", "zh-hans": "延迟"}, share=""
    )
    return replace(fine, **changes)  # type: ignore[arg-type]


def with_leaf(**changes: str) -> RuleForm:
    return form(when=GroupForm("all", (replace(LeafForm("late_dispatch", "7", "low", ">=", "0.3"), **changes),)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        (form(id="Late!"), "id", "small letters"),
        (form(scope="shop"), "scope", "known are anchor, store"),
        (form(severity=""), "severity", "unknown"),
        (form(action="live_ban"), "action", "does not fit a store"),
        (form(action="throttle"), "share", "share: 0.5"),
        (form(share="0.5"), "share", "leave share out"),
        (form(expires=""), "expires", "expires: 7"),
        (form(expires="a week"), "expires", "whole number"),
        (form(action="ban", automatic=True), "automatic", "automatic: false"),
        (form(grave=True, automatic=True), "automatic", "grave: false"),
        (form(reason={"en": "Late"}), "reason.zh-hans", "for those whom it concerns"),
        (with_leaf(metric="late"), "when.0.metric", "late_dispatch"),
        (with_leaf(window=""), "when.0.metric", "give one of 1, 7"),
        (with_leaf(window="8"), "when.0.window", "give one of 1, 7"),
        (with_leaf(read="high"), "when.0.metric", "read: low"),
        (with_leaf(op="=="), "when.0.op", "known are"),
        (with_leaf(than="many"), "when.0.than", "write a number"),
        (with_leaf(than="1.5"), "when.0.metric", "change one of the bounds"),
        (with_leaf(of="quantile", quantile="95", than="2"), "when.0.than", "0.95"),
        (with_leaf(of="mean", than="0.5"), "when.0.than", "times of 1 or more"),
        (form(when=GroupForm("all", ())), "when", "each after a dash"),
    ],
)
def test_every_mistake_stands_beside_its_field_with_the_mend(wrong: RuleForm, field: str, says: str) -> None:
    checked = form_check(wrong)
    assert checked.rule is None
    assert field in checked.problems, checked.problems
    assert any(says in str(problem) for problem in checked.problems[field]), checked.problems


def test_the_id_of_another_rule_is_taken() -> None:
    assert form_check(form()).rule is not None
    assert form_check(form(), others={"late"}).problems["id"][0].mend == "choose one that no rule has"


def test_people_may_write_percentages() -> None:
    typed = form(action="throttle", share="50 %", when=with_leaf(than="12.5％").when)
    rule = form_check(tidied(typed)).rule
    assert rule is not None
    assert (rule.share, next(rule.leaves()).than) == (0.5, 0.125)
    assert tidied(with_leaf(than="x %")).when.parts[0].than == "x %"  # type: ignore[union-attr]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_numbers_are_written_as_files_read_them(value: float) -> None:
    value = float(f"{value:.9f}")
    text = "policy: a\nabout: {en: a, zh-hans: b}\nrules:\n" + written(with_leaf(than=number_text(value), read="count"))
    problems = policy_read(text).problems
    assert not any("no number" in problem.text for problem in problems)
    assert float(number_text(value)) == value


def test_conditions_are_named_by_their_path() -> None:
    assert name_of(()) == "when"
    assert path_of(name_of((1, 0, 2))) == (1, 0, 2)
    for wrong in ("what", "when.", "when.-1", "when.x", "when.１", "when.12345"):
        with pytest.raises(ValueError, match="w"):
            path_of(wrong)


def test_parts_are_added_replaced_and_left_out_where_they_are() -> None:
    a, b, c = (LeafForm(metric=name) for name in "abc")
    when = GroupForm("all", (a, GroupForm("any", (b,))))
    assert added(when, (1,), c).parts[1] == GroupForm("any", (b, c))
    assert changed(when, (1, 0), c).parts[1] == GroupForm("any", (c,))
    assert changed(when, (0,), None).parts == (GroupForm("any", (b,)),)
    for wrong in ((0, 0), (2,), (1, 5)):
        with pytest.raises((ValueError, IndexError)):
            changed(when, wrong, None)
    with pytest.raises(ValueError, match="outermost"):
        changed(when, (), a)
    with pytest.raises(ValueError, match="0"):
        added(when, (0,), c)


@pytest.mark.parametrize(
    "text",
    [
        "policy: a\nabout: {en: a, zh-hans: b}\nrules: [{id: late, scope: store, severity: low, when: {all: [{metric: orders, window: 30, read: count, op: \">\", than: 1}]}, action: notice, expires: 7, reason: {en: a, zh-hans: b}}]\n",
        "rules:\n- id: late\n  scope: store\n  severity: low\n  when:\n    all:\n    - {metric: orders, window: 30, read: count, op: \">\", than: 1}\n  action: notice\n  expires: 7\n  reason: {en: a, zh-hans: b}\npolicy: a\nabout: {en: a, zh-hans: b}\n# the end\n",
        "policy: a\r\nabout: {en: a, zh-hans: b}\r\nrules:\r\n  - id: late\r\n    scope: store\r\n    severity: low\r\n    when: {all: [{metric: orders, window: 30, read: count, op: \">\", than: 1}]}\r\n    action: notice\r\n    expires: 7\r\n    reason:\r\n      en: |\r\n        a\r\n      zh-hans: b\r\n",
    ],
)  # fmt: skip
def test_files_of_every_shape_can_be_edited(text: str) -> None:
    policy = policy_read(text).policy
    assert policy is not None
    new = through_forms(text, policy)
    assert policy_read(new).policy == policy
    assert "# the end" in new or "# the end" not in text


def test_what_is_refused_has_no_parts() -> None:
    for text in ("", "- 1", "policy: a\nrules: 7\n", "policy: [\n", "rules:\n  - id: x\n"):
        with pytest.raises(ValueError, match=r"."):
            sheet_of(text)
