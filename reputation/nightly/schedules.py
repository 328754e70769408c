"""What the clusters do by the clock. Named and upserted: a schedule saved anew would lose its next run."""

from typing import Any

from django_q.models import Schedule

NIGHT, WEBHOOKS, GOVERNANCE = "livestar-night", "livestar-webhooks", "livestar-governance"
INBOX = "livestar-inbox"
INVITATIONS = "livestar-invitations"
TICK_MINUTES = 10
_WANTED: dict[str, dict[str, Any]] = {
    # A tick that mostly finds nothing to do, instead of one start at 02:30: it waits for closed days, goes on with a
    # night that was killed, and catches the start that a restart of the workers would have missed.
    NIGHT: {
        "func": "reputation.nightly.tasks.night_tick",
        "schedule_type": Schedule.MINUTES,
        "minutes": TICK_MINUTES,
        "repeats": -1,
        "cluster": "nightly",
    },
    WEBHOOKS: {
        "func": "reputation.nightly.tasks.webhook_tick",
        "kwargs": "{'q_options': {'save': False}}",  # one a minute would push out the results that people look for
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,  # the shortest that the cluster knows
        "repeats": -1,
        "cluster": "livestar",
    },
    GOVERNANCE: {
        "func": "reputation.governance.tasks.governance_tick",
        "kwargs": "{'q_options': {'save': False}}",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
        "repeats": -1,
        "cluster": "livestar",
    },
    INBOX: {
        "func": "reputation.inbox.tasks.inbox_tick",
        "kwargs": "{'q_options': {'save': False}}",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
        "repeats": -1,
        "cluster": "livestar",
    },
    INVITATIONS: {
        "func": "reputation.accounts.tasks.invitations_tick",
        "kwargs": "{'q_options': {'save': False}}",
        "schedule_type": Schedule.DAILY,
        "repeats": -1,
        "cluster": "livestar",
    },
}


def schedules_upsert() -> None:
    """Make the schedules what they should be, without touching those that are."""
    for name, wanted in _WANTED.items():
        schedule, created = Schedule.objects.get_or_create(name=name, defaults=wanted)
        changed = {field: value for field, value in wanted.items() if getattr(schedule, field) != value}
        if changed and not created:
            Schedule.objects.filter(pk=schedule.pk).update(**changed)
