"""Spells: a rule that fires for a subject on nights on end is one flag, from its first night to its last."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from reputation.base.audit import SYSTEM
from reputation.base.time import now
from reputation.governance.desk.items import RISK, priority
from reputation.governance.models import Action, ActionState, Flag, PolicyVersion, WorkItem
from reputation.governance.nights.changing import rows_change
from reputation.governance.nights.reading import Firing, NightRead, SpellKey, firings, unknowable
from scoring.policy import Policy, Rule

_CHUNK = 5000
_LOOKED_AT = (Flag.State.DECIDED, Flag.State.DISMISSED)
_STANDING = (ActionState.HELD, ActionState.ACTIVE, ActionState.STAYED)


@dataclass(frozen=True)
class Spells:
    """`again`: running ones whose flag was closed and another opened. `gone`: those that do not fire any more."""

    firing: Mapping[SpellKey, Firing]
    new: Sequence[SpellKey]
    gone: Sequence[SpellKey]
    again: Sequence[SpellKey]


def spells_write(read: NightRead, version: PolicyVersion | None, policy: Policy | None) -> Spells:
    """Bring the flags up to the night, in the caller's transaction. Without a policy nothing fires.

    A person may decide a flag meanwhile: what depends on its state is told by the row as it is when it is changed.
    """
    firing = firings(read, policy) if policy else {}
    running = {(f.kind, f.subject_id, f.rule): f for f in Flag.objects.filter(ended_on=None).defer("readings")}
    spells = Spells(
        firing=firing,
        new=[key for key in firing if key not in running],
        gone=[key for key in running if key not in firing and not unknowable(read, policy, key)],
        again=list(_again(running, firing)),
    )
    _end([running[key].pk for key in (*spells.gone, *spells.again)], read.day)
    if version is not None and policy is not None:
        _terms_change(version, policy, running.values())
        closed = set(spells.again)
        on = {flag.pk: firing[key] for key, flag in running.items() if key in firing and key not in closed}
        _go_on(version, read.day, on)
        _open(version, read.day, [firing[key] for key in (*spells.new, *spells.again)])
    return spells


def _again(running: Mapping[SpellKey, Flag], firing: Mapping[SpellKey, Firing]) -> Iterator[SpellKey]:
    """Looked at before, and to be looked at again: a grave one that more speaks for than the night before, and one
    whose action ran out while it went on firing."""
    ran_out = _ran_out()
    for key, flag in running.items():
        if key in firing and flag.state in _LOOKED_AT:
            grew = firing[key].rule.grave and firing[key].evidence > flag.evidence
            if grew or (flag.state == Flag.State.DECIDED and key in ran_out):
                yield key


def _ran_out() -> set[SpellKey]:
    """Where the last action of a rule that goes on firing ended as planned. One that was lifted, refused or overturned
    is another matter: somebody found that no more is to be done."""
    running = Flag.objects.filter(
        ended_on=None, kind=OuterRef("kind"), subject_id=OuterRef("subject_id"), rule=OuterRef("rule")
    )
    acted = Action.objects.filter(Exists(running)).exclude(state=ActionState.WITHDRAWN)
    last = acted.order_by("kind", "subject_id", "rule", "-pk").distinct("kind", "subject_id", "rule")
    told = last.values_list("kind", "subject_id", "rule", "state")
    return {(kind, who, rule) for kind, who, rule, state in told if state == ActionState.EXPIRED}


def _covered() -> set[SpellKey]:
    """Where an action of the rule stands already: one that flickers is neither told nor looked at twice."""
    return set(Action.objects.filter(state__in=_STANDING, rule__gt="").values_list("kind", "subject_id", "rule"))


def _end(flags: Sequence[int], night: date) -> None:
    """Nobody need decide any more what does not fire: it leaves the desk, even one that somebody has claimed."""
    for at in range(0, len(flags), _CHUNK):
        some = Flag.objects.filter(pk__in=flags[at : at + _CHUNK])
        some.update(ended_on=night)
        some.filter(state=Flag.State.OPEN).update(state=Flag.State.CLEARED, decided_at=now())
        cleared = some.filter(state=Flag.State.CLEARED).values("pk")
        done = {"state": WorkItem.State.DONE, "outcome": Flag.State.CLEARED, "closed_at": now(), "claimed_until": None}
        WorkItem.objects.filter(flag__in=cleared, state=WorkItem.State.OPEN).update(**done)


def _terms_change(version: PolicyVersion, policy: Policy, running: Collection[Flag]) -> None:
    """Another policy is in force: what it proposes counts for flags that nobody has decided."""
    stale = {flag.rule for flag in running if flag.policy_id != version.pk}
    for rule in policy.rules:
        if rule.id in stale:
            undecided = Flag.objects.filter(ended_on=None, rule=rule.id, state=Flag.State.OPEN)
            undecided.update(**_terms(rule))


def _terms(rule: Rule) -> dict[str, Any]:
    return {
        "severity": rule.severity,
        "grave": rule.grave,
        "sanction": rule.action,
        "share": None if rule.share is None else Decimal(str(rule.share)),
        "days": rule.expires,
        "automatic": rule.automatic,
        "lift_when_cured": rule.lift_when_cured,
    }


def _go_on(version: PolicyVersion, night: date, on: Mapping[int, Firing]) -> None:
    told = list(on.values())
    rows_change("governance_flag", "id", {
        "id": ("bigint", list(on)),
        "policy_id": ("int", [version.pk] * len(on)),
        "last_night": ("date", [night] * len(on)),
        "readings": ("jsonb", [json.dumps(one.readings()) for one in told]),
        "evidence": ("float8", [one.evidence for one in told]),
        **_of_subject(told),
        "orders": ("bigint", [one.fired.orders for one in told]),
    })  # fmt: skip
    risks = [RISK[one.rule.severity] for one in told]
    items = {
        "flag_id": ("bigint", list(on)),
        "severity": ("text", [one.rule.severity for one in told]),
        "risk": ("float8", risks),
        "reach": ("bigint", [one.fired.orders for one in told]),
        "priority": ("float8", [priority(risk, one.fired.orders) for risk, one in zip(risks, told, strict=True)]),
        **_of_subject(told),
    }
    rows_change("governance_workitem", "flag_id", items, where="row.state = 'open'")


def _of_subject(told: Sequence[Firing]) -> dict[str, tuple[str, list[Any]]]:
    return {
        "name": ("text", [one.name for one in told]),
        "category": ("text", [one.fired.category for one in told]),
        "tier": ("text", [one.tier for one in told]),
    }


def _open(version: PolicyVersion, night: date, told: Sequence[Firing]) -> None:
    opened_at, covered = now(), _covered()
    decided = {"state": Flag.State.DECIDED, "decided_at": opened_at, "decided_by": SYSTEM}
    fresh = (
        Flag(
            policy=version, rule=one.rule.id, kind=one.fired.kind, subject_id=one.fired.subject_id, name=one.name,
            category=one.fired.category, first_night=night, last_night=night, readings=one.readings(),
            evidence=one.evidence, tier=one.tier, orders=one.fired.orders, opened_at=opened_at, **_terms(one.rule),
            **(decided if one.key in covered and not one.rule.grave else {}),
        )
        for one in told
    )  # fmt: skip
    Flag.objects.bulk_create(fresh, batch_size=_CHUNK)
