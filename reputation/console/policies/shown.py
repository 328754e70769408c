"""Rules as pages show them: in words, with how many each flags tonight."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from reputation.base.time import market_day, now
from reputation.console.policies.editing import differences
from reputation.console.policies.previews import tonight
from reputation.governance.models import PolicyVersion
from reputation.governance.selectors import policy_live, policy_of
from reputation.governance.wording import Words, condition_words, effect_words
from reputation.ratings.models import Publication
from scoring.policy import Policy
from scoring.policy.rules import Rule

_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Shown:
    """`count`: subjects that the rule flags tonight; None: nobody can tell."""

    rule: Rule
    when: Words
    effect: str
    count: int | None = None


def rules_shown(policy: Policy | None) -> list[Shown]:
    if policy is None:
        return []
    counts = counts_tonight(policy) or {}
    return [Shown(one, condition_words(one.when), effect_words(one), counts.get(one.id)) for one in policy.rules]


def counts_tonight(policy: Policy) -> Mapping[str, int] | None:
    """By rule how many subjects it flags; counted once a night for every wording of a rule's conditions."""
    from reputation.governance.kept_night import kept_path
    from reputation.governance.trying import TrialError

    publication = Publication.objects.order_by("-night").first()
    if publication is None:
        return None
    night = kept_path(publication).name
    keys = {rule.id: _key(night, rule) for rule in policy.rules}
    counts: dict[str, int] = cache.get_many(keys.values())
    missing = [rule for rule in policy.rules if keys[rule.id] not in counts]
    try:
        known = tonight(Policy("missing", {}, tuple(missing))) if missing else None
    except TrialError:
        known = None
    if known is not None:
        counts |= (found := {keys[rule.id]: known.count(rule) for rule in missing})
        cache.set_many(found, _KEPT_SECONDS)
    return {rule.id: counts[key] for rule in policy.rules if (key := keys[rule.id]) in counts}


def _key(night: str, rule: Rule) -> str:
    """All that decides whom a rule flags."""
    said = f"{night} {rule.scope} {rule.grave} {_said(rule.when)}"
    return f"policy-count-{hashlib.sha256(said.encode()).hexdigest()}"


def _said(condition: Any) -> str:
    """A condition without the lines on which it stands."""
    if hasattr(condition, "parts"):
        return f"{condition.kind}({', '.join(_said(part) for part in condition.parts)})"
    return f"{condition.metric} {condition.window} {condition.read} {condition.op} {condition.than!r}"


def read(version: PolicyVersion | None) -> Policy | None:
    """None for a text that this program no longer reads."""
    try:
        return policy_of(version) if version else None
    except ValueError:
        return None


def change(version: PolicyVersion, known: Policy | None) -> dict[str, Any] | None:
    """What it changes against the policy in force, or against what it was made from."""
    live = policy_live(market_day(now()))
    other = live if live and live != version else version.base
    if other is None or known is None:
        return None
    return {"other": other, "rules": differences(read(other), known)}
