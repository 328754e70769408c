"""A policy as data. Two rules are equal when they say the same, wherever they stand in their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scoring.metrics import SubjectKind
from scoring.policy.vocabulary import ACTIONS, LEAST_BUYERS, MEASURES, Measure, counters_of


@dataclass(frozen=True)
class OfCategory:
    """A yardstick taken from the OTHER subjects of the category, `times` over: their pooled rate (`quantile` None), or a
    quantile of their rates."""

    quantile: float | None
    times: float


@dataclass(frozen=True)
class Leaf:
    """One comparison. `window` in days, 0 for what is as of the night; `line` in the file, from 1."""

    metric: str
    window: int
    read: str
    op: str
    than: float | OfCategory
    line: int = field(default=0, compare=False)

    @property
    def measure(self) -> Measure:
        return MEASURES[self.metric]

    @property
    def harmful(self) -> bool:
        return self.op in self.measure.harmful_ops

    @property
    def guarded(self) -> bool:
        """Whether it holds only for enough affected buyers: it reads incidents, and more of them is worse."""
        return self.harmful and self.measure.shape != "star"


@dataclass(frozen=True)
class Group:
    """All, or any, of its parts."""

    kind: Literal["all", "any"]
    parts: tuple[Condition, ...]
    line: int = field(default=0, compare=False)


Condition = Group | Leaf


@dataclass(frozen=True)
class Rule:
    """`share`: what a throttle leaves of the reach, 0 to 1; `expires`: days, None for never; `reason`: by language;
    `lift_when_cured`: the action ends with the first night on which the rule holds no more."""

    id: str
    scope: SubjectKind
    severity: str
    when: Group
    action: str
    automatic: bool
    expires: int | None
    grave: bool
    reason: Mapping[str, str]
    share: float | None = None
    lift_when_cured: bool = False
    line: int = field(default=0, compare=False)

    @property
    def least_buyers(self) -> int:
        return 1 if self.grave else LEAST_BUYERS

    @property
    def major(self) -> bool:
        return ACTIONS[self.action].major

    def leaves(self) -> Iterator[Leaf]:
        yield from leaves(self.when)


@dataclass(frozen=True)
class Policy:
    """`about`: by language, what it is for or why it changes."""

    name: str
    about: Mapping[str, str]
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule:
        """Raises KeyError for an id that it does not have."""
        return {rule.id: rule for rule in self.rules}[rule_id]

    def reads_stars(self) -> bool:
        return any(leaf.measure.shape == "star" for rule in self.rules for leaf in rule.leaves())


def leaves(condition: Condition) -> Iterator[Leaf]:
    """All comparisons, in the order of the file."""
    if isinstance(condition, Leaf):
        yield condition
        return
    for part in condition.parts:
        yield from leaves(part)


def needs(*policies: Policy) -> dict[int, tuple[str, ...]]:
    """Window -> counters that the policies read, and the orders of 30 days, by which flags are ordered."""
    wanted: dict[int, set[str]] = {30: {"orders"}}
    for policy in policies:
        for leaf in (leaf for rule in policy.rules for leaf in rule.leaves()):
            if leaf.window and leaf.measure.shape != "star":
                wanted.setdefault(leaf.window, set()).update(counters_of(leaf.metric))
    return {window: tuple(sorted(names)) for window, names in sorted(wanted.items())}
