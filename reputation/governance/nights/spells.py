"""Spells: a rule that fires for a subject on nights on end is one flag, from its first night to its last."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from reputation.base.time import now
from reputation.governance.desk.items import RISK, priority
from reputation.governance.models import ActionState, Flag, PolicyVersion, WorkItem
from reputation.governance.nights.changing import rows_change
from reputation.governance.nights.reading import Firing, NightRead, SpellKey, firings, unknowable
from scoring.policy import Policy, Rule

_CHUNK = 5000
# An action of these states ended as it was meant to, or another took its place: what still fires is to be judged anew.
_RAN_OUT = {ActionState.EXPIRED, ActionState.REPLACED, ActionState.WITHDRAWN}


@dataclass(frozen=True)
class Spells:
    """`again`: running ones whose old flag was closed and a new one opened."""

    firing: Mapping[SpellKey, Firing]
    new: Sequence[SpellKey]
    gone: Sequence[SpellKey]
    again: Sequence[SpellKey]


def spells_write(read: NightRead, version: PolicyVersion | None, policy: Policy | None) -> Spells:
    """Bring the flags up to the night, in the caller's transaction. Without a policy nothing fires.

    A person may decide flags meanwhile: what depends on a flag's state is told by the row as it is when it is changed.
    """
    firing = firings(read, policy) if policy else {}
    running = {(f.kind, f.subject_id, f.rule): f for f in Flag.objects.filter(ended_on=None).defer("readings")}
    again = [key for key in _again(running) if key in firing and _anew(running[key], firing[key])]
    gone = [key for key in running if key not in firing and not unknowable(read, policy, key)]
    _end([running[key].pk for key in (*gone, *again)], read.day)
    on = [key for key in running if key in firing and key not in set(again)]
    new = [key for key in firing if key not in running]
    if version is not None and policy is not None:
        _terms_change(version, policy, running)
        _go_on(version, read.day, {running[key].pk: firing[key] for key in on})
        _open(version, read.day, [firing[key] for key in (*new, *again)])
    return Spells(firing, new, gone, again)


def _again(running: Mapping[SpellKey, Flag]) -> list[SpellKey]:
    """Decided flags that may have to be looked at again."""
    return [key for key, flag in running.items() if flag.state in (Flag.State.DECIDED, Flag.State.DISMISSED)]


def _anew(flag: Flag, firing: Firing) -> bool:
    """A grave one that more speaks for than last night, or one whose action has run out."""
    if firing.rule.grave and firing.evidence > flag.evidence:
        return True
    return flag.state == Flag.State.DECIDED and flag.pk in _ran_out()
