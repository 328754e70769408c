"""The log of shadows: whom a policy would have flagged, had it been in force. Nobody is told and nothing is done."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from reputation.base.time import now
from reputation.governance.models import PolicyNight, PolicyVersion, ShadowFlag
from reputation.governance.nights.changing import rows_change
from reputation.governance.nights.figures import figures_of
from reputation.governance.nights.reading import Firing, NightRead, firings, unknowable
from reputation.governance.nights.spells import Spells
from scoring.policy import Policy

_CHUNK = 5000
logger = logging.getLogger(__name__)


def shadow_log(*, read: NightRead, version: PolicyVersion, policy: Policy, guard: Callable[[], None]) -> str:
    """Write a night of a shadow down, once. One that fails says why and harms nobody else: returns the reason, or ""."""
    try:
        with transaction.atomic():
            guard()
            _write(read, version, policy)
    except Exception as error:
        guard()  # whoever lost the lease stops here
        logger.exception("shadow %s on %s", version.pk, read.day)
        return " ".join(f"{type(error).__name__}: {error}".split())
    return ""


def shadows_end(*, but: Sequence[PolicyVersion], night: date, guard: Callable[[], None]) -> int:
    """Spells of policies that are no shadows any more end; returns how many."""
    with transaction.atomic():
        guard()
        return ShadowFlag.objects.filter(ended_on=None).exclude(policy__in=but).update(ended_on=night)


def _write(read: NightRead, version: PolicyVersion, policy: Policy) -> None:
    firing = firings(read, policy)
    rows = ShadowFlag.objects.filter(policy=version, ended_on=None).values_list("kind", "subject_id", "rule", "pk")
    running = {(kind, who, rule): pk for kind, who, rule, pk in rows}
    spells = Spells(
        firing=firing,
        new=[key for key in firing if key not in running],
        gone=[key for key in running if key not in firing and not unknowable(read, policy, key)],
        again=(),
    )
    gone = [running[key] for key in spells.gone]
    for at in range(0, len(gone), _CHUNK):
        ShadowFlag.objects.filter(pk__in=gone[at : at + _CHUNK]).update(ended_on=read.day)
    _go_on(read.day, {pk: firing[key] for key, pk in running.items() if key in firing})
    ShadowFlag.objects.bulk_create((_begun(version, read.day, firing[key]) for key in spells.new), batch_size=_CHUNK)
    PolicyNight.objects.create(
        policy=version, night=read.day, mode=PolicyNight.Mode.SHADOW, figures=figures_of(spells), made_at=now()
    )


def _go_on(night: date, on: dict[int, Firing]) -> None:
    rows_change("governance_shadowflag", "id", {
        "id": ("bigint", list(on)),
        "last_night": ("date", [night] * len(on)),
        "readings": ("jsonb", [json.dumps(one.readings()) for one in on.values()]),
    })  # fmt: skip


def _begun(version: PolicyVersion, night: date, one: Firing) -> ShadowFlag:
    facts: dict[str, Any] = {"kind": one.fired.kind, "subject_id": one.fired.subject_id, "readings": one.readings()}
    return ShadowFlag(policy=version, rule=one.rule.id, first_night=night, last_night=night, **facts)
