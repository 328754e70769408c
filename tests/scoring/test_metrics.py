"""The catalogue is the one list that counters, features, pages and docs are made of."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

from scoring.metrics import (
    ASPECTS,
    BY_CODE,
    BY_KEY,
    CATALOGUE,
    EXCLUSION_REASONS,
    KIND_ASPECTS,
    PLAIN_OUTCOMES,
    PROMISES,
    SCORES,
    VOLUMES,
    counters,
)
from scoring.outcomes.rules import BUYERS_REASONS, PER_ORDER, RULES, STORES_REASONS

DOCS = Path(__file__).parents[2] / "docs" / "outcomes.md"


def test_codes_and_keys_are_unique() -> None:
    assert len(BY_CODE) == len(BY_KEY) == len(CATALOGUE)
    assert max(BY_CODE) <= 95  # two codes a metric, below those of the volumes, in one byte


def test_every_metric_belongs_to_an_aspect_that_its_subjects_have() -> None:
    for metric in CATALOGUE:
        assert metric.aspect is None or all(metric.aspect in KIND_ASPECTS[kind] for kind in metric.subjects)


def test_every_metric_has_a_label_in_both_languages_and_a_definition_with_a_denominator() -> None:
    for metric in CATALOGUE:
        assert metric.label_en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in metric.label_zh)
        assert metric.definition.count(" / ") == 1, metric.key


def test_counters_are_two_per_metric_and_the_volumes() -> None:
    assert counters()[:2] == ["defect_n", "defect_d"]
    assert len(counters()) == len(set(counters())) == 2 * len(CATALOGUE) + len(VOLUMES)
    excluded = [name for name in VOLUMES if name.startswith("excluded_")]
    assert [name.removeprefix("excluded_") for name in excluded] == list(EXCLUSION_REASONS)
    assert [name for name in VOLUMES if name.endswith("_sum")] == [f"{question}_sum" for question in SCORES]
    assert [name for name in VOLUMES if "promise" in name] == [f"{name}_{part}" for name in PROMISES for part in "nd"]


def test_every_rule_counts_in_a_metric_of_its_own_aspect() -> None:
    for rule in RULES.values():
        assert rule.aspect is None or rule.aspect in ASPECTS
        assert rule.metric is None or BY_KEY[rule.metric].aspect == rule.aspect


def test_every_metric_of_an_order_has_a_denominator() -> None:
    others = {"late_dispatch", "late_delivery"}
    elsewhere = {"slow_reply", "chat_low", "chat_unresolved", "false_promotion", "hype"}
    assert {*PER_ORDER, *SCORES.values(), *others, *elsewhere} == set(BY_KEY)


def test_every_return_reason_has_a_rule() -> None:
    reasons = {*STORES_REASONS, *BUYERS_REASONS, "late", "other"}
    assert reasons == {key.removeprefix("return_") for key in RULES if key.startswith("return_")}


def table(header: str) -> list[list[str]]:
    """The cells of the table of the docs that starts with `header`, without that and the rule under it."""
    lines = DOCS.read_text(encoding="utf-8").split(f"| {header} |", 1)[1].splitlines()[2:]
    rows = takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def named(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_the_docs_tell_of_every_rule_what_the_rules_say() -> None:
    written = {key: row for row in table("symptom") for key in named(row[0])}
    assert set(written) == set(RULES)
    for key, (_, _, store, anchor, otherwise, metric, aspect, since) in written.items():
        rule = RULES[key]
        assert [bool(store), bool(anchor)] == [party in rule.liable for party in ("store", "anchor")], key
        assert [otherwise] if otherwise else [party for party in rule.liable if party not in ("store", "anchor")] == []
        assert named(metric) == ([rule.metric] if rule.metric else []), key
        assert aspect.split(", ") == [rule.aspect or "", *(["grave"] if rule.grave else [])], key
        assert since, key


def test_the_docs_tell_the_denominator_of_every_metric_once() -> None:
    written = [key for row in table("metrics") for key in named(row[0])]
    assert sorted(written) == sorted(BY_KEY)
    assert all(len(row) == 2 and row[1] for row in table("metrics"))


def test_the_docs_name_every_plain_outcome_and_every_volume() -> None:
    assert sorted(key for row in table("outcome") for key in named(row[0])) == sorted(PLAIN_OUTCOMES)
    written = DOCS.read_text(encoding="utf-8")
    plain = [name for name in VOLUMES if not name.startswith("excluded_") and not name.endswith("_promise_d")]
    assert [name for name in plain if f"`{name}`" not in written] == []


def test_what_counts_over_orders_is_what_the_docs_say_does() -> None:
    rows = {key: row[1] for row in table("metrics") for key in named(row[0])}
    assert {key for key, text in rows.items() if text.startswith("valid orders, when known")} == set(PER_ORDER)
    assert all("valid orders placed" in BY_KEY[key].definition.partition(" / ")[2] for key in PER_ORDER)
