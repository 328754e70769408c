"""Valid policies at random, written as JSON: every JSON text is YAML, and no writer of ours has touched it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from scoring.policy import Policy, policy_read
from scoring.policy.vocabulary import ACTIONS, MEASURES, Measure

WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=40
).filter(lambda text: text.strip())
NAMES = st.text("abcz019_", max_size=9).map(lambda text: f"n{text}")
FRACTIONS = st.one_of(
    st.integers(1, 999).map(lambda n: n / 1000), st.floats(1e-9, 0.99).map(lambda x: float(f"{x:.9f}") or 0.5)
)

YARDSTICKS = st.one_of(
    FRACTIONS,
    st.builds(lambda q, t: {"quantile": q, "times": t}, FRACTIONS, st.floats(1, 9).map(lambda x: round(x, 3))),
    st.builds(lambda t: {"mean": True, "times": t}, st.integers(1, 20)),
)


@cache
def leaves(scope: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(*(_leaf(measure) for measure in MEASURES.values() if scope in measure.scopes))


def _leaf(measure: Measure) -> st.SearchStrategy[dict[str, Any]]:
    windows = {"window": st.sampled_from(measure.windows)} if measure.windows else {}
    metric = st.fixed_dictionaries({"metric": st.just(measure.key), **windows})
    return st.builds(lambda one, other: one | other, metric, _comparison(measure))


def _comparison(measure: Measure) -> st.SearchStrategy[dict[str, Any]]:
    if measure.shape in ("share", "rate"):
        low = st.fixed_dictionaries({"read": st.just("low"), "op": st.sampled_from([">=", ">"]), "than": YARDSTICKS})
        high = st.fixed_dictionaries({"read": st.just("high"), "op": st.just("<="), "than": FRACTIONS})
        return st.one_of(low, low, high, _counts("buyers", 5), _counts("count", 5000))
    if measure.shape == "counter":
        return _counts("count", 5000)
    least = {"stars": 1.1, "low_star_days": 1.0, "star_change": -3.9}.get(measure.key, 1.0)
    most = {"stars": 4.9, "low_star_days": 300.0, "star_change": 3.9}.get(measure.key, 99999.0)
    number = st.floats(least, most).map(lambda x: round(x, 2))
    return st.fixed_dictionaries({"read": st.just("value"), "op": st.sampled_from([">=", "<="]), "than": number})


def _counts(read: str, most: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"read": st.just(read), "op": st.just(">="), "than": st.integers(min(5, most), most)})


@cache
def groups(scope: str, depth: int = 1) -> st.SearchStrategy[dict[str, Any]]:
    below = st.one_of(leaves(scope), groups(scope, depth + 1)) if depth < 4 else leaves(scope)
    parts = st.lists(below, min_size=1, max_size=2)
    return st.builds(lambda kind, listed: {kind: listed}, st.sampled_from(["all", "any"]), parts)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    scope = draw(st.sampled_from(["store", "anchor"]))
    action = draw(st.sampled_from([one for one in ACTIONS.values() if scope in one.scopes]))
    grave = draw(st.booleans())
    rule: dict[str, Any] = {
        "id": draw(NAMES),
        "scope": scope,
        "severity": draw(st.sampled_from(["low", "medium", "high", "critical"])),
        "when": draw(groups(scope)),
        "action": action.key,
        "automatic": action.automatic_allowed and not grave and draw(st.booleans()),
        "lift_when_cured": draw(st.booleans()),
        "expires": "never" if action.may_be_endless and draw(st.booleans()) else draw(st.integers(1, 365)),
        "grave": grave,
        "reason": {"en": draw(WORDS), "zh-hans": draw(WORDS)},
    }
    return rule | ({"share": draw(FRACTIONS)} if action.key == "throttle" else {})


@st.composite
def policy_texts(draw: st.DrawFn) -> tuple[str, Policy]:
    """A text and what it says."""
    listed = draw(st.lists(rules(), min_size=1, max_size=2, unique_by=lambda rule: rule["id"]))
    root = {"policy": draw(NAMES), "about": {"en": draw(WORDS), "zh-hans": draw(WORDS)}, "rules": listed}
    text = json.dumps(root)
    policy = policy_read(text).policy
    assume(policy is not None)
    assert policy is not None
    return text, policy
