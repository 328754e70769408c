"""Rules that can never fire: some branch of their conditions asks for what cannot be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from scoring.policy.document import Problem, problem
from scoring.policy.rules import Condition, Leaf, Rule
from scoring.policy.vocabulary import BUYERS_RANGE, COUNT_RANGE, LOW_STAR, RANGES, SHARE_RANGE

MOST_BRANCHES = 64
Key = tuple[str, int, str]  # metric, window, read
_NEVER = "the {read} of {metric} cannot be {least} and {most}: rule {rule} could never fire this way"
_NEVER_OVER = (
    "the {read} of {metric} over {window} days cannot be {least} and {most}: rule {rule} could never fire this way"
)


@dataclass(frozen=True)
class Span:
    """What a reading may still be, and the lines that said so. `open_*`: the end itself is out."""

    least: float
    most: float
    open_least: bool = False
    open_most: bool = False
    line: int = 0

    @property
    def empty(self) -> bool:
        return self.least > self.most or (self.least == self.most and (self.open_least or self.open_most))

    def above(self, bound: float, strict: bool, line: int) -> Span:
        if (bound, strict) <= (self.least, self.open_least):
            return self
        return Span(bound, self.most, strict, self.open_most, max(line, self.line))

    def below(self, bound: float, strict: bool, line: int) -> Span:
        if (-bound, strict) <= (-self.most, self.open_most):
            return self
        return Span(self.least, bound, self.open_least, strict, max(line, self.line))


def dead_branches(rule: Rule) -> list[Problem]:
    """A problem for every way to meet the conditions that nobody can take."""
    branches = list(_branches(rule.when, MOST_BRANCHES + 1))
    if len(branches) > MOST_BRANCHES:
        said = "the conditions can be met in more than {most} ways"
        return [problem(rule.when.line, said, "split the rule", most=MOST_BRANCHES)]
    found = {dead for branch in branches if (dead := _impossible(rule, branch))}
    return sorted(found, key=lambda dead: dead.line)


def _branches(condition: Condition, most: int) -> Iterator[tuple[Leaf, ...]]:
    """Every set of comparisons that together meet the condition; no more than `most` of them."""
    if isinstance(condition, Leaf):
        yield (condition,)
        return
    parts = [list(_branches(part, most)) for part in condition.parts]
    if condition.kind == "any":
        ways: Iterator[tuple[Leaf, ...]] = (branch for part in parts for branch in part)
    else:
        ways = (tuple(leaf for branch in chosen for leaf in branch) for chosen in product(*parts))
    for _, way in zip(range(most), ways, strict=False):
        yield way


def _impossible(rule: Rule, branch: tuple[Leaf, ...]) -> Problem | None:
    spans: dict[Key, Span] = {}
    for leaf in branch:
        _narrow(spans, leaf, rule)
    for _ in range(3):  # a bound passes along value, buyers and windows in as many steps
        _relate(spans)
    for (metric, window, read), span in spans.items():
        if span.empty:
            return problem(
                span.line or rule.line,
                _NEVER_OVER if window else _NEVER,
                "change one of the bounds, or leave the branch out",
                read=read,
                metric=metric,
                window=window,
                rule=rule.id,
                **_ends(span),
            )
    return None


def _ends(span: Span) -> dict[str, str]:
    return {
        "least": f"{'>' if span.open_least else '>='} {span.least:g}",
        "most": f"{'<' if span.open_most else '<='} {span.most:g}",
    }


def _narrow(spans: dict[Key, Span], leaf: Leaf, rule: Rule) -> None:
    if leaf.guarded and leaf.measure.shape != "minutes":
        affected = (leaf.metric, leaf.window, "buyers")
        spans[affected] = _span(spans, affected).above(rule.least_buyers, False, leaf.line)
    if not isinstance(leaf.than, float):
        return
    key, strict = (leaf.metric, leaf.window, leaf.read), leaf.op in (">", "<")
    span = _span(spans, key)
    bound = leaf.than
    if leaf.read in ("count", "buyers") and strict:  # whole numbers: above 4 is at least 5
        bound, strict = (math.floor(bound) + 1.0 if leaf.op == ">" else math.ceil(bound) - 1.0), False
    spans[key] = span.above(bound, strict, leaf.line) if ">" in leaf.op else span.below(bound, strict, leaf.line)


def _span(spans: dict[Key, Span], key: Key) -> Span:
    return spans.get(key) or _possible(*key)


def _possible(metric: str, window: int, read: str) -> Span:
    """All that a reading can be. A lower bound never reaches 1, nor a higher one 0."""
    if read == "count":
        return Span(*COUNT_RANGE)
    if read == "buyers":
        return Span(*BUYERS_RANGE)
    if metric in RANGES:
        return Span(*RANGES[metric])
    if metric == "incident" or metric.endswith("_time"):
        return Span(*COUNT_RANGE)
    return Span(*SHARE_RANGE, open_least=read == "high", open_most=read == "low")


def _relate(spans: dict[Key, Span]) -> None:
    """Of two readings that are always in order, each narrows the other."""
    for less, more in _ordered(spans):
        low, high = _span(spans, less), _span(spans, more)
        spans[more] = high.above(low.least, low.open_least, low.line)
        spans[less] = low.below(spans[more].most, spans[more].open_most, spans[more].line)
    starred, nights = ("stars", 0, "value"), ("low_star_days", 0, "value")
    if nights in spans and spans[nights].least > 0:
        spans[starred] = _span(spans, starred).below(LOW_STAR, True, spans[nights].line)


def _ordered(spans: dict[Key, Span]) -> list[tuple[Key, Key]]:
    """Pairs of readings of which the first is never more than the second."""
    rank = {"low": 0, "value": 1, "high": 2}
    pairs = []
    for one, other in product(list(spans), repeat=2):
        if one[0] != other[0] or one == other:
            continue
        if one[1] == other[1] and rank.get(one[2], 9) < rank.get(other[2], -1):
            pairs.append((one, other))
        if (one[2], other[2]) == ("buyers", "count") and one[1] <= other[1]:
            pairs.append((one, other))
        if one[2] == other[2] and one[2] in ("count", "buyers") and one[1] < other[1]:
            pairs.append((one, other))
    return pairs
