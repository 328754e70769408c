"""The life of a policy: saved, tried in the shadow, announced, live, retired. Nothing else changes its state."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import SYSTEM, audit_append, by_operator
from reputation.base.ledger_lock import ledger_lock
from reputation.governance.models import PREDECESSORS, PolicyMove, PolicyState, PolicyVersion
from reputation.governance.selectors import policy_live, policy_of
from reputation.governance.wording import POLICY_STATES
from scoring.policy import Problem, policy_read

if TYPE_CHECKING:
    from reputation.governance.trying import Touch

# Order 116 (China) art. 12: 7 days before a change of rules, 15 where many users or major interests are touched.
NOTICE_DAYS, LONG_NOTICE_DAYS = 7, 15


class PolicyError(Exception):
    """A policy cannot go where it was sent; the text names the mend. `problems`: what its file has wrong, if that is it."""

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)


class PolicyOutdated(PolicyError):
    """Somebody has saved a version since the text was opened; the text is not lost, and not saved either."""

    def __init__(self, newer: PolicyVersion) -> None:
        super().__init__(_("%(policy)s was saved since you began") % {"policy": newer})
        self.newer = newer


@transaction.atomic
def policy_save(
    *,
    content: str | bytes,
    today: date,
    by: str = "",
    note: str = "",
    base: int | None = None,
    newest: int | None = None,
) -> PolicyVersion:
    """Keep a text as a new draft. A text that an unretired version has already is that version.

    `base`: the version that it was made from. `newest`: the last version that its author knows of; where there is a later
    one, PolicyOutdated. Raises PolicyError with every problem of a text that is refused.
    """
    checked = policy_read(content)
    if checked.policy is None:
        raise PolicyError(_("refused: %(problem)s") % {"problem": checked.refused[0]}, checked.problems)
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    digest = hashlib.sha256(text.encode()).hexdigest()
    ledger_lock()  # one at a time: versions are numbered without gaps
    if same := PolicyVersion.objects.filter(digest=digest).exclude(state=PolicyState.RETIRED).first():
        return same
    last = PolicyVersion.objects.order_by("-version").first()
    if newest is not None and last is not None and last.version > newest:
        raise PolicyOutdated(last)
    saved = PolicyVersion.objects.create(
        version=last.version + 1 if last else 1, name=checked.policy.name, text=text, digest=digest,
        base=PolicyVersion.objects.filter(version=base).first() if base else None,
    )  # fmt: skip
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
            raise PolicyError(_("there is no policy %(version)s") % {"version": version})
        if policy.state not in PREDECESSORS.get(to, ()):
            raise PolicyError(_way(policy, to))
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
    from reputation.governance.trying import policy_touch

    policy = PolicyVersion.objects.filter(version=version).first()
    live = PolicyVersion.objects.filter(state=PolicyState.LIVE).first()
    return policy_touch(policy_of(policy), policy_of(live) if live else None) if policy else None


def _apply(policy: PolicyVersion, to: str, today: date, touch: Touch | None) -> None:
    if to == PolicyState.LIVE:
        said = _("it goes live by itself with the first night from %(day)s on")
        raise PolicyError(said % {"day": policy.live_from})
    if to == PolicyState.ANNOUNCED:
        if other := PolicyVersion.objects.filter(state=PolicyState.ANNOUNCED).first():
            said = _("%(policy)s is announced for %(day)s; retire it first: one change at a time")
            raise PolicyError(said % {"policy": other, "day": other.live_from})
        policy.live_from = today + timedelta(days=notice_days(touch))
        policy.notice = {"days": notice_days(touch), "measured": touch.as_json() if touch else None}
    if to == PolicyState.RETIRED:
        policy.retired_on = today
    policy.state = to


def _way(policy: PolicyVersion, to: str) -> str:
    """Why it cannot become that."""
    if to not in PolicyState.values:
        return _("there is no such state")
    if to not in PREDECESSORS:
        return _("a policy begins as a draft and never becomes one again: save its text anew")
    came = sorted(str(POLICY_STATES[state]) for state in PREDECESSORS[to])
    return _("%(policy)s is %(state)s and cannot become %(to)s: only a %(from)s one can") % {
        "policy": policy,
        "state": POLICY_STATES[policy.state],
        "to": POLICY_STATES[to],
        "from": " / ".join(came),
    }


def _write_down(policy: PolicyVersion, state: str, on: date, by: str, note: str, more: dict[str, Any]) -> None:
    actor = by or by_operator()
    PolicyMove.objects.create(policy=policy, state=state, on=on, by=actor, note=note)
    data = {"on": on.isoformat(), "note": note, "live_from": str(policy.live_from or "")} | more
    audit_append(actor=actor, action=f"policy.{state}", object_kind="policy", object_id=str(policy.version), data=data)
