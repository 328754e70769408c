"""What a policy file may say: everything wrong is told with its line and how to mend it, and nothing can hang the reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.metrics import CATALOGUE
from scoring.policy import MOST_BYTES, Checked, policy_read
from scoring.policy.rules import Group, OfCategory
from scoring.policy.vocabulary import ACTIONS, MEASURES

DEFAULT = Path(__file__).resolve().parents[2] / "policies" / "default.yaml"
FINE = """\
policy: mine
about: {en: Why, zh-hans: 说明}
rules:
  - id: late
    scope: store
    severity: low
    when:
      all:
        - {metric: late_dispatch, window: 7, read: low, op: ">=", than: 0.3}
        - {metric: late_dispatch, window: 1, read: count, op: ">=", than: 10}
    action: throttle
    share: 0.5
    automatic: true
    expires: 7
    reason: {en: Late, zh-hans: 延迟}
"""


def changed(old: str, new: str) -> Checked:
    assert FINE.count(old) == 1
    return policy_read(FINE.replace(old, new))


def leaf(text: str, scope: str = "store") -> Checked:
    """FINE with one comparison alone, which stands on line 9, for an action that fits anybody."""
    rule = FINE.split("        - {metric", maxsplit=1)[0].replace("scope: store", f"scope: {scope}")
    return policy_read(
        f"{rule}        - {{{text}}}\n    action: notice\n    expires: 7\n    reason: {{en: a, zh-hans: b}}\n"
    )


def branch(*comparisons: str, grave: bool = False) -> Checked:
    head = FINE.split("        - {metric", maxsplit=1)[0]
    lines = "".join(f"        - {{{text}}}\n" for text in comparisons)
    return policy_read(
        f"{head}{lines}    action: notice\n    expires: 7\n    grave: {str(grave).lower()}\n    reason: {{en: a, zh-hans: b}}\n"
    )


def test_the_policy_that_ships_has_nothing_to_mend_and_names_its_sources() -> None:
    checked = policy_read(DEFAULT.read_bytes())
    assert not checked.problems
    assert checked.policy is not None
    assert len({rule.id for rule in checked.policy.rules}) == len(checked.policy.rules) >= 12
    text = DEFAULT.read_text()
    assert all(platform in text for platform in ("Douyin", "eBay", "Amazon", "ours"))
    for rule in checked.policy.rules:
        assert re.search(r"[\u4e00-\u9fff]", rule.reason["zh-hans"])
        assert not (rule.automatic and rule.grave)


def test_a_fine_file_becomes_what_it_says() -> None:
    policy = policy_read(FINE).policy
    assert policy is not None
    (rule,) = policy.rules
    assert (rule.id, rule.scope, rule.share, rule.expires, rule.automatic, rule.grave) == (
        "late",
        "store",
        0.5,
        7,
        True,
        False,
    )
    assert [(part.window, part.read, part.than, part.line) for part in rule.leaves()] == [
        (7, "low", 0.3, 9),
        (1, "count", 10.0, 10),
    ]
    assert isinstance(rule.when, Group)
    assert policy.rule("late") is rule


def test_the_line_of_a_rule_is_no_part_of_what_it_says() -> None:
    one, other = policy_read(FINE).policy, policy_read("# a comment\n\n" + FINE).policy
    assert one is not None
    assert other is not None
    assert one.rules == other.rules


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("metric: late_dispatch, window: 7", "metric: late_dispach, window: 7", 9, "did you mean late_dispatch"),
        ("window: 7", "window: 8", 9, "give one of 1, 7, 14"),
        ("than: 0.3}", 'than: "0.3"}', 9, "write a number"),
        ("than: 0.3}", "than: yes}", 9, "write a number"),
        ("than: 0.3}", "than: {quantile: 95}}", 9, "between 0 and 1"),
        ("than: 0.3}", "than: {quantile: 0.9, times: 0.5}}", 9, "times of 1 or more"),
        ("than: 0.3}", "than: {quantile: 0.9, mean: true}}", 9, "a quantile or the mean"),
        ("than: 10}", "than: {mean: true}}", 10, "no category to compare"),
        ("read: low", "read: lowest", 9, "did you mean low"),
        ("read: low", "read: high", 9, "read: low"),
        ("than: 0.3}", "than: 1.2}", 9, "could never fire"),
        ("than: 0.3}", "than: 1}", 9, "could never fire"),
        ('op: ">=", than: 0.3', "op: >=, than: 0.3", 9, 'write op: ">="'),
        ("scope: store", "scope: anchor", 9, "never of anchors"),
        ("scope: store", "scope: shop", 5, "known are anchor, store"),
        ("severity: low", "severity: worst", 6, "unknown"),
        ("action: throttle", "action: suspend", 13, "a person decides"),
        ("action: throttle", "action: live_ban", 11, "does not fit a store"),
        ("    share: 0.5\n", "", 4, "needs its share"),
        ("share: 0.5", "share: 1.5", 12, "between 0 and 1"),
        ("expires: 7", "expires: never", 14, "has to end"),
        ("    expires: 7\n", "", 4, "has to end"),
        ("expires: 7", "expires: 7.5", 14, "whole number"),
        ("{en: Late, zh-hans: 延迟}", "{en: Late}", 15, "lacks zh-hans"),
        ("{en: Late, zh-hans: 延迟}", "{en: Late, zh-hans: '  '}", 15, "says nothing"),
        ("{en: Why, zh-hans: 说明}", "{zh-hans: 说明}", 2, "lacks en"),
        ("automatic: true", "automatic: 'true'", 13, "write true or false"),
        ("automatic: true", "automatic: true\n    grave: true", 13, "a person looks"),
        ("automatic: true", "automatik: true", 13, "did you mean automatic"),
        ("    severity: low\n", "    severity: low\n    severity: high\n", 7, "stands twice"),
        ("      all:", "      all: []\n      any:", 8, "under one all"),
        ("id: late", "id: Late!", 4, "small letters"),
        ("rules:", "rules: []\nrest:", 3, "is no list"),
    ],
)
def test_every_mistake_is_told_with_its_line_and_mend(old: str, new: str, line: int, says: str) -> None:
    checked = changed(old, new)
    assert checked.policy is None
    told = [(problem.line, str(problem)) for problem in checked.refused]
    assert any(at == line and says in text for at, text in told), told


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = (
        FINE.replace("window: 7", "window: 8").replace("scope: store", "scope: shop").replace("share: 0.5", "share: 7")
    )
    lines = [problem.line for problem in policy_read(text).refused]
    assert lines == sorted(lines) == [5, 9, 12]


def test_two_rules_may_not_have_one_name() -> None:
    body = FINE.split("rules:\n")[1]
    checked = policy_read(FINE + body)
    assert [str(problem) for problem in checked.refused] == [
        "line 16: the id late stands twice; rename one; the first is on line 4"
    ]


@pytest.mark.parametrize(
    "comparisons",
    [
        ('metric: defect, window: 30, read: low, op: ">=", than: 0.5', 'metric: defect, window: 30, read: high, op: "<", than: 0.4'),
        ('metric: defect, window: 7, read: count, op: ">=", than: 10', 'metric: defect, window: 30, read: count, op: "<", than: 8'),
        ('metric: defect, window: 7, read: count, op: ">", than: 6', 'metric: defect, window: 7, read: count, op: "<", than: 7'),
        ('metric: defect, window: 30, read: low, op: ">=", than: 0.1', 'metric: defect, window: 30, read: count, op: "<=", than: 4'),
        ('metric: defect, window: 30, read: buyers, op: ">=", than: 6',),
        ('metric: stars, read: value, op: "<", than: 1',),
        ('metric: low_star_days, read: value, op: ">=", than: 90', 'metric: stars, read: value, op: "<=", than: 5', 'metric: low_star_days, read: value, op: "<", than: 30'),
        ('metric: star_change, window: 30, read: value, op: "<=", than: -5',),
        ('metric: orders, window: 30, read: count, op: "<", than: 0',),
        ('metric: grave, window: 1, read: count, op: "<", than: 1', 'metric: grave, window: 1, read: buyers, op: ">=", than: 1'),
    ],
)  # fmt: skip
def test_a_rule_that_could_never_fire_is_refused(comparisons: tuple[str, ...]) -> None:
    checked = branch(*comparisons)
    assert any("could never fire" in problem.text for problem in checked.refused), checked.problems
    assert {problem.line for problem in checked.refused} <= {9, 10, 11}


def test_an_alternative_that_could_never_be_met_is_refused_beside_one_that_could() -> None:
    good, bad = (f'{{metric: defect, window: 30, read: low, op: ">=", than: {than}}}' for than in (0.1, 1.5))
    text = (
        FINE.split("      all:", maxsplit=1)[0]
        + f"      any:\n        - {good}\n        - {bad}\n    action: notice\n    expires: 7\n    reason: {{en: a, zh-hans: b}}\n"
    )
    assert [problem.line for problem in policy_read(text).refused] == [10]


def test_few_incidents_are_enough_for_a_grave_rule_and_never_for_another() -> None:
    few = (
        'metric: complaint_honesty, window: 14, read: count, op: ">=", than: 2',
        'metric: complaint_honesty, window: 14, read: count, op: "<", than: 4',
    )
    assert branch(*few, grave=True).policy is not None
    assert any("could never fire" in problem.text for problem in branch(*few).refused)


@pytest.mark.parametrize("op", ['">="', '"<"'])
def test_a_bare_share_needs_volume_beside_it(op: str) -> None:
    bare = f"metric: defect, window: 30, read: value, op: {op}, than: 0.5"
    assert any("noise" in problem.text for problem in branch(bare).refused)
    for beside in (
        'metric: orders, window: 30, read: count, op: ">=", than: 30',
        'metric: defect, window: 30, read: count, op: ">", than: 30',
    ):
        assert branch(bare, beside).policy is not None
    for beside in (
        'metric: orders, window: 30, read: count, op: ">=", than: 29',
        'metric: orders, window: 7, read: count, op: ">=", than: 90',
    ):
        assert branch(bare, beside).policy is None


def test_a_share_of_one_day_is_noted_but_not_refused() -> None:
    checked = leaf('metric: late_dispatch, window: 1, read: low, op: ">=", than: 0.3')
    assert checked.policy is not None
    assert [problem.line for problem in checked.notes] == [9]


@pytest.mark.parametrize("metric", [metric.key for metric in CATALOGUE])
def test_every_metric_of_the_catalogue_can_be_read(metric: str) -> None:
    measure = MEASURES[metric]
    read, than = ("value", "90") if measure.shape == "minutes" else ("low", "{quantile: 0.95, times: 2}")
    for scope in measure.scopes:
        for window in (7, 14, 30, 60, 90):
            checked = leaf(f'metric: {metric}, window: {window}, read: {read}, op: ">=", than: {than}', scope)
            assert checked.policy is not None, checked.problems


@pytest.mark.parametrize("action", ACTIONS)
def test_only_low_and_reversible_actions_may_be_automatic(action: str) -> None:
    scope = ACTIONS[action].scopes[0]
    rest = f"    automatic: true\n    expires: 7\n    reason: {{en: a, zh-hans: b}}\n{'    share: 0.5' if action == 'throttle' else ''}\n"
    head = FINE.split("        - {metric", maxsplit=1)[0].replace("scope: store", f"scope: {scope}")
    text = (
        head
        + '        - {metric: defect, window: 30, read: low, op: ">=", than: 0.3}\n'
        + f"    action: {action}\n"
        + rest
    )
    assert (policy_read(text).policy is not None) == (action in ("notice", "warning", "throttle"))


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "empty"),
        (b"\xff\xfe", 1, "not UTF-8"),
        (b"policy: a\nabout: \xe4\n", 2, "not UTF-8"),
        ("x" * (MOST_BYTES + 1), 1, "larger than 128 KiB"),
        ("a: &x [1]\nb: *x\n", 1, "anchors"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "the tag"),
        ("[" * 5000, 1, "nested deeper"),
        ("policy: a\nrules: [\n", 3, "no YAML"),
        ("{[1]: 2}", 1, "no plain word"),
        ("- 1\n- 2\n", 1, "no mapping"),
        ("policy: a\x00\n", 1, "no YAML"),
        ("a: 1\n---\nb: 2\n", 2, "no YAML"),
    ],
)
def test_hostile_files_are_refused_with_a_line(content: str | bytes, line: int, says: str) -> None:
    checked = policy_read(content)
    assert checked.policy is None
    assert any(problem.line == line and says in str(problem) for problem in checked.refused), checked.problems


def test_conditions_that_can_be_met_in_too_many_ways_are_refused_soon() -> None:
    one = "{any: [" + ", ".join(['{metric: orders, window: 30, read: count, op: ">", than: 1}'] * 12) + "]}"
    text = (
        FINE.split("      all:", maxsplit=1)[0]
        + f"      all: [{', '.join([one] * 12)}]\n    action: notice\n    expires: 7\n    reason: {{en: a, zh-hans: b}}\n"
    )
    assert any("more than 64 ways" in problem.text for problem in policy_read(text).refused)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_cut_swapped_or_put_in_is_refused_or_read_but_never_breaks(data: st.DataObject) -> None:
    text = FINE
    for _ in range(data.draw(st.integers(1, 4))):
        at, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        put = data.draw(
            st.one_of(
                st.text(max_size=6),
                st.sampled_from(
                    ["{", "]", ": ", "\n  - ", "null", ".nan", "1e999", "&a", "!!int", "-0", "99999999999999999999"]
                ),
            )
        )
        text = text[:at] + put + text[min(end, at + 12) :]
    checked = policy_read(text)
    assert (checked.policy is None) == bool(checked.refused)
    assert all(1 <= problem.line <= text.count("\n") + 1 and problem.mend for problem in checked.problems)


def test_a_yardstick_is_read_as_it_stands() -> None:
    policy = leaf('metric: refused_return, window: 7, read: low, op: ">=", than: {mean: true, times: 5}').policy
    assert policy is not None
    assert next(policy.rules[0].leaves()).than == OfCategory(None, 5.0)
