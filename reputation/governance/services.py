"""The life of a policy: saved, tried in the shadow, announced, live, retired. Nothing else changes its state."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from reputation.base.audit import SYSTEM, audit_append, by_operator
from reputation.base.ledger_lock import ledger_lock
from reputation.governance.models import PREDECESSORS, PolicyMove, PolicyState, PolicyVersion
from reputation.governance.selectors import policy_live, policy_of
from reputation.governance.trying import Touch, policy_touch
from scoring.policy import Problem, policy_read

# Order 116 (China) art. 12: 7 days before a change of rules, 15 where many users or major interests are touched.
NOTICE_DAYS, LONG_NOTICE_DAYS = 7, 15


class PolicyError(Exception):
    """A policy cannot go where it was sent; the text names the mend. `problems`: what its file has wrong, if that is it."""

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)


@transaction.atomic
def policy_save(*, content: str | bytes, today: date, by: str = "", note: str = "") -> PolicyVersion:
    """Keep a text as a new draft. A text that an unretired version has already is that version.

    Raises PolicyError with every problem of a text that is refused.
    """
    checked = policy_read(content)
    if checked.policy is None:
        raise PolicyError(f"refused: {checked.refused[0]}", checked.problems)
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    digest = hashlib.sha256(text.encode()).hexdigest()
    ledger_lock()  # one at a time: versions are numbered without gaps
    if same := PolicyVersion.objects.filter(digest=digest).exclude(state=PolicyState.RETIRED).first():
        return same
    number = (PolicyVersion.objects.aggregate(last=Max("version"))["last"] or 0) + 1
    saved = PolicyVersion.objects.create(version=number, name=checked.policy.name, text=text, digest=digest)
    _write_down(saved, PolicyState.DRAFT, today, by, note, {"digest": digest})
    return saved


def policy_advance(*, version: int, to: str, today: date, by: str = "", note: str = "") -> PolicyVersion:
    """Move a policy to its next state, or retire it. Raises PolicyError naming what stands against it, and
    TrialError where it cannot be measured whom it touches.

    Announcing fixes the day from which it counts: 7 days ahead, 15 where many are touched, or nobody can tell how many.
    To go live is a matter of that day alone, see policies_settle.
    """
    policies_settle(today=today)
    touch = _touch(version) if to == PolicyState.ANNOUNCED else None  # reads day files: before the lock
    with transaction.atomic():
        policy = PolicyVersion.objects.select_for_update().filter(version=version).first()
        if policy is None:
            raise PolicyError(f"there is no policy {version}; see `policy list`")
        if policy.state not in PREDECESSORS.get(to, ()):
            raise PolicyError(f"a {policy.state} policy cannot become {to}: {_way(to)}")
        _apply(policy, to, today, touch)
        policy.save()
        _write_down(policy, to, today, by, note, {"notice": policy.notice})
    return policy


def policy_activate(*, content: str | bytes, today: date, by: str = "", note: str = "") -> PolicyVersion:
    """Check, save, put in the shadow and announce in one go. What is announced or live already stays as it is.

    Raises PolicyError, TrialError; the text then stays saved in the state that it had reached.
    """
    policy = policy_save(content=content, today=today, by=by, note=note)
    for state in (PolicyState.SHADOW, PolicyState.ANNOUNCED):
        if policy.state in PREDECESSORS[state]:
            policy = policy_advance(version=policy.version, to=state, today=today, by=by, note=note)
    return policy


@transaction.atomic
def policies_settle(*, today: date) -> PolicyVersion | None:
    """Write down what the calendar has brought: the announced policy whose day has come is live, the one before it is
    retired as of that day. Returns the policy in force. Repeating it changes nothing."""
    ledger_lock()
    due = PolicyVersion.objects.filter(state=PolicyState.ANNOUNCED, live_from__lte=today).first()
    if due is not None:
        assert due.live_from is not None  # noqa: S101 (announcing gave it)
        for old in PolicyVersion.objects.filter(state=PolicyState.LIVE):
            old.state, old.retired_on = PolicyState.RETIRED, due.live_from
            old.save(update_fields=["state", "retired_on"])
            _write_down(old, PolicyState.RETIRED, due.live_from, SYSTEM, f"replaced by {due.version}", {})
        due.state = PolicyState.LIVE
        due.save(update_fields=["state"])
        _write_down(due, PolicyState.LIVE, due.live_from, SYSTEM, "", {})
    return policy_live(today)


def notice_days(touch: Touch | None) -> int:
    """Days from the announcement to the first night. `touch` None: nobody could tell, so the longer time."""
    return LONG_NOTICE_DAYS if touch is None or touch.many else NOTICE_DAYS


def _touch(version: int) -> Touch | None:
    """Whom it would touch, measured against the policy in force on the day of the latest night."""
    policy = PolicyVersion.objects.filter(version=version).first()
    live = PolicyVersion.objects.filter(state=PolicyState.LIVE).first()
    return policy_touch(policy_of(policy), policy_of(live) if live else None) if policy else None


def _apply(policy: PolicyVersion, to: str, today: date, touch: Touch | None) -> None:
    if to == PolicyState.LIVE:
        raise PolicyError(f"it goes live by itself with the first night from {policy.live_from} on")
    if to == PolicyState.ANNOUNCED:
        if other := PolicyVersion.objects.filter(state=PolicyState.ANNOUNCED).first():
            raise PolicyError(f"{other} is announced for {other.live_from}; retire it first: one change at a time")
        policy.live_from = today + timedelta(days=notice_days(touch))
        policy.notice = {"days": notice_days(touch), "measured": touch.as_json() if touch else None}
    if to == PolicyState.RETIRED:
        policy.retired_on = today
    policy.state = to


def _way(to: str) -> str:
    came = [str(state) for state in PREDECESSORS.get(to, ())]
    return f"only a {' or '.join(sorted(came))} one can" if came else "there is no such state"


def _write_down(policy: PolicyVersion, state: str, on: date, by: str, note: str, more: dict[str, Any]) -> None:
    actor = by or by_operator()
    PolicyMove.objects.create(policy=policy, state=state, on=on, by=actor, note=note)
    data = {"on": on.isoformat(), "note": note, "live_from": str(policy.live_from or "")} | more
    audit_append(actor=actor, action=f"policy.{state}", object_kind="policy", object_id=str(policy.version), data=data)
