"""A published night as policies read it: read once, for the live policy and all shadows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reputation.governance.models import Tier
from reputation.governance.trying import ground, nights_read
from reputation.ratings.models import Rating, State
from scoring.policy import Policy, Rule
from scoring.policy.evaluate import Flag as Fired
from scoring.policy.evaluate import evaluate, flags
from scoring.policy.night import KINDS, Night, tiers
from scoring.policy.readings import Readings

Subject = tuple[str, str]  # kind and id
SpellKey = tuple[str, str, str]  # kind and id of the subject, and the rule


@dataclass(frozen=True)
class NightRead:
    """`names`, `far` (those of head and middle) and `withheld` (without a star tonight, though they have orders
    enough) are by subject."""

    night: Night
    readings: Readings
    names: dict[Subject, str]
    far: dict[Subject, str]
    withheld: frozenset[Subject]

    @property
    def day(self) -> date:
        return self.night.day


@dataclass(frozen=True)
class Firing:
    """A rule that fires for a subject tonight."""

    rule: Rule
    fired: Fired
    name: str
    tier: str

    @property
    def key(self) -> SpellKey:
        return self.fired.kind, self.fired.subject_id, self.rule.id

    @property
    def evidence(self) -> float:
        """The largest count of incidents that it stands on; 0 for a rule of stars alone."""
        return max((reading.n or 0.0 for reading in self.fired.readings), default=0.0)

    def readings(self) -> list[dict[str, object]]:
        return list(self.fired.as_json()["readings"])


def night_read(night: date, policies: Sequence[Policy]) -> NightRead | None:
    """From the night's own publication; None where it is not published. Raises TrialError for a file that is gone."""
    known = ground(night)
    if known is None:
        return None
    read = next(nights_read(known, list(policies), [night]))
    listed = known.subjects
    names = zip(*(listed[column].fillna("").tolist() for column in ("kind", "subject_id", "name")), strict=True)
    withheld = Rating.objects.filter(night=night, state=State.WITHHELD).values_list("kind", "subject_id")
    return NightRead(
        read, Readings(read), {(kind, who): name for kind, who, name in names}, _far(read), frozenset(withheld)
    )


def _far(night: Night) -> dict[Subject, str]:
    tier = tiers(night)
    return {(KINDS[night.kinds[row]], night.ids[row]): str(tier[row]) for row in (tier != Tier.TAIL).nonzero()[0]}


def firings(read: NightRead, policy: Policy) -> dict[SpellKey, Firing]:
    """Every rule of a policy that fires tonight, with what it read; by subject and rule."""
    rules = {rule.id: rule for rule in policy.rules}
    out = {}
    for fired in flags(read.night, evaluate(policy, read.night, read.readings)):
        who = fired.kind, fired.subject_id
        one = Firing(rules[fired.rule], fired, read.names.get(who) or fired.subject_id, read.far.get(who, Tier.TAIL))
        out[one.key] = one
    return out


def unknowable(read: NightRead, policy: Policy | None, key: SpellKey) -> bool:
    """Whether a rule of stars cannot tell tonight, for the star is withheld: that is no cure."""
    kind, subject_id, rule_id = key
    rule = next((rule for rule in policy.rules if rule.id == rule_id), None) if policy else None
    of_stars = rule is not None and any(leaf.measure.shape == "star" for leaf in rule.leaves())
    return of_stars and (kind, subject_id) in read.withheld
