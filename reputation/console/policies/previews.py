"""What a rule would do tonight, beside each of its thresholds. All numbers of a page come from one reading of the night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from reputation.console.policies.examples import worked
from reputation.governance.detached import command_start
from reputation.governance.models import Flag
from reputation.governance.wording import amount, plain
from scoring.policy.rules import Leaf, Policy, Rule

if TYPE_CHECKING:
    from scoring.policy.impact import Curve
    from scoring.policy.night import Bools, Night
    from scoring.policy.readings import Readings

TEAM = 20  # decisions a day, unless the reader says otherwise
MOST_TEAM = 100_000
EXAMPLES = 5
_STEPS, _WIDTH, _HEIGHT = 41, 200, 40


@dataclass(frozen=True)
class Threshold:
    """Beside one comparison. `fitting`: the threshold for the team, as a file says it; `line`, `mark`: of a picture that
    is 200 wide and 40 high, flagged over threshold."""

    flagged: int
    total: int
    fitting: str
    fitting_words: str
    fits: bool  # the present one does
    line: str
    mark: str
    examples: Sequence[str]


@dataclass(frozen=True)
class Example:
    kind: str
    subject_id: str
    category: str
    orders: int
    readings: Sequence[str]


class Tonight:
    """The latest published night, as policies read it."""

    def __init__(self, night: Night) -> None:
        from scoring.policy.readings import Readings

        self.night = night
        self.readings: Readings = Readings(night)

    @property
    def day(self) -> date:
        return self.night.day

    def selling(self, scope: str) -> int:
        return int((self.night.of(scope) & (self.night.orders > 0)).sum())  # type: ignore[arg-type]

    def count(self, rule: Rule) -> int:
        """Subjects that the rule flags."""
        from scoring.policy.evaluate import fires

        return int(fires(rule, self.readings).sum())

    def thresholds(self, rule: Rule, team: int) -> list[Threshold]:
        """One per comparison, in the order of the file."""
        from scoring.policy.impact import impact

        decided = self.decided(rule.id)
        curves = impact(rule, self.night, None, self.readings)
        asked = impact(rule, self.night, decided, self.readings) if decided.any() else curves
        total = self.selling(rule.scope)
        return [self._threshold(curve, left, team, total, rule) for curve, left in zip(curves, asked, strict=True)]

    def decided(self, rule: str) -> Bools:
        """Subjects whose running flag of this rule lies behind a person already."""
        import numpy as np

        from scoring.policy.night import KINDS

        done = Flag.objects.filter(rule=rule, ended_on=None, state__in=(Flag.State.DECIDED, Flag.State.DISMISSED))
        known = set(done.values_list("kind", "subject_id"))
        rows = np.zeros(len(self.night), dtype=bool)
        if known:
            names = [*KINDS, ""]
            pairs = zip(self.night.kinds.tolist(), self.night.ids, strict=True)
            rows[:] = [(names[kind], subject) in known for kind, subject in pairs]
        return rows

    def largest(self, rule: Rule) -> list[Example]:
        """The largest subjects that the rule flags, with what speaks against them."""
        import numpy as np

        from scoring.policy.evaluate import evaluate, flags

        (found,) = evaluate(Policy("one", {}, (rule,)), self.night, self.readings)
        rows = found.rows[np.lexsort((found.rows, -self.night.orders[found.rows]))][:EXAMPLES]
        flagged = [flag for row in rows for flag in flags(self.night, [found], only=np.array([row]))]
        return [
            Example(one.kind, one.subject_id, one.category, one.orders, [reading_words(vars(r)) for r in one.readings])
            for one in flagged
        ]

    def _threshold(self, curve: Curve, left: Curve, team: int, total: int, rule: Rule) -> Threshold:
        wanted = left.threshold_for(team)
        text = "" if wanted is None else rounded(left, allowed(curve.leaf, wanted), team)
        line, mark = picture(curve)
        leaf = curve.leaf
        return Threshold(
            flagged=curve.flagged(curve.present),
            total=total,
            fitting=text,
            fitting_words=threshold_words(leaf, float(text)) if text else "",
            fits=left.flagged(curve.present) <= team,
            line=line,
            mark=mark,
            examples=worked(leaf, rule, self.readings),
        )


def tonight(*policies: Policy) -> Tonight | None:
    """None where no night is published, or its sums are still being made: that is begun then. Raises TrialError."""
    from reputation.governance.trying import latest_night, night_ready

    if not night_ready():
        command_start("policy", "prepare")
        return None
    night = latest_night(*policies)
    return Tonight(night) if night is not None else None


def allowed(leaf: Leaf, wanted: float) -> float:
    """The nearest that a rule may say: of a yardstick never less than once for what is worse, nor more for what is better."""
    if isinstance(leaf.than, float):
        return wanted
    return max(wanted, 1.0) if leaf.harmful else min(wanted, 1.0)


def rounded(curve: Curve, wanted: float, team: int) -> str:
    """With the fewest digits that still flag at most as many: nobody writes 0.31662512 into a rule."""
    from scoring.policy.form.fields import number_text

    towards = 1 if ">" in curve.leaf.op else -1
    for digits in range(9):
        near = round(wanted, digits)
        for tried in (near, round(near + towards * 10.0**-digits, digits)):
            same = curve.flagged(tried) <= team and curve.flagged(tried) >= 0.9 * curve.flagged(wanted)
            if same and abs(tried - wanted) <= 0.1 * abs(wanted):
                return number_text(tried)
    return number_text(float(f"{wanted:.12g}"))


def threshold_words(leaf: Leaf, value: float) -> str:
    """A threshold as people write it; that of a yardstick is how many times."""
    if isinstance(leaf.than, float):
        return amount(leaf.measure.shape, leaf.read, value)
    return f"{plain(value)} ×"


def reading_words(reading: Mapping[str, Any]) -> str:
    """A reading of a flag, as stored: what it is, what it was compared with, and what it is made of."""
    from reputation.governance.wording import OPS, reading_label
    from scoring.policy.vocabulary import MEASURES

    shape = MEASURES[reading["metric"]].shape if reading["metric"] in MEASURES else "share"
    value, than = (amount(shape, reading["read"], float(reading[name])) for name in ("value", "than"))
    label = reading_label(reading["metric"], reading["window"], reading["read"])
    made = ""
    if reading["n"] is not None and reading["read"] != "count" and shape in ("share", "rate"):
        made = f" ({plain(float(reading['n']))} / {plain(float(reading['d']))})"
    return f"{label}: {value}{made} · {OPS[reading['op']]} {than}"


def picture(curve: Curve) -> tuple[str, str]:
    """Points of a line of how many are flagged over the threshold, and where the present one stands on it."""
    import numpy as np

    readings = curve.readings
    if not len(readings):
        return "", ""
    low, high = (float(end) for end in np.quantile(readings, (0.0, 0.995)))
    low, high = min(low, curve.present), max(high, curve.present)
    if high <= low:
        return "", ""
    at = np.linspace(low, high, _STEPS)
    flagged = np.array([curve.flagged(float(point)) for point in at])
    top = max(int(flagged.max()), 1)
    x, y = (at - low) / (high - low) * _WIDTH, _HEIGHT - flagged / top * _HEIGHT
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return line, f"{(curve.present - low) / (high - low) * _WIDTH:.1f}"
