"""A form checked as the file that it would be, every problem beside the field that it is about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from scoring.policy.document import Problem
from scoring.policy.form.fields import LeafForm, RuleForm, changed, leaf_forms
from scoring.policy.form.writing import Line, lines
from scoring.policy.parse import policy_read
from scoring.policy.rules import Rule

_HEAD = 'policy: a\nabout: {en: "a", zh-hans: "a"}\nrules:\n'
# What is missing has no line of its own: these are told of the rule, and belong to another of its fields.
_ABOUT = {"a throttle needs its share": "share", "{action} has to end": "expires"}


@dataclass(frozen=True)
class FormChecked:
    """`rule` is None where something is refused; `problems`: by field, notes among them."""

    rule: Rule | None
    problems: dict[str, list[Problem]]


def form_check(form: RuleForm, others: Collection[str] = ()) -> FormChecked:
    """`others`: ids of the other rules of the policy."""
    spread = lines(form, spread=True)
    checked = policy_read(_HEAD + "".join(f"{line.text}\n" for line in spread))
    found: dict[str, list[Problem]] = {}
    for problem in checked.problems:
        found.setdefault(_field(problem, spread), []).append(problem)
    if form.id.strip() in others:
        found.setdefault("id", []).append(Problem(0, "another rule has this id", "choose one that no rule has"))
    refused = any(not problem.note for part in found.values() for problem in part)
    return FormChecked(None if refused or checked.policy is None else checked.policy.rules[0], found)


def _field(problem: Problem, spread: list[Line]) -> str:
    at = problem.line - _HEAD.count("\n") - 1
    return _ABOUT.get(problem.said) or (spread[at].field if 0 <= at < len(spread) else "")


def tidied(form: RuleForm) -> RuleForm:
    """Percentages as shares, and no window where the metric has none: what a person means, as a file says it."""
    when = form.when
    for path, leaf in list(leaf_forms(when)):
        when = changed(when, path, _tidy(leaf))
    return replace(form, when=when, share=_share(form.share))


def _tidy(leaf: LeafForm) -> LeafForm:
    from scoring.policy.vocabulary import MEASURES

    known = MEASURES.get(leaf.metric)
    window = leaf.window if known is None or known.windows else ""
    return replace(leaf, window=window, than=_share(leaf.than), quantile=_share(leaf.quantile))


def _share(text: str) -> str:
    """30 % is 0.3; what is no percentage stays as it is."""
    from decimal import Decimal, InvalidOperation

    bare = text.strip()
    if not bare.endswith(("%", "％")):
        return bare
    try:
        return f"{Decimal(bare[:-1].strip()) / 100:f}"
    except InvalidOperation:
        return bare
