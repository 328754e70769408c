"""What the task clusters run. Thin: each calls one service."""

from reputation.base.models import Heartbeat
from reputation.base.outbox.deliveries import deliver_due, outbox_prune
from reputation.base.time import now
from reputation.nightly import services


def night_tick() -> str:
    return services.night_tick()


def webhook_tick() -> None:
    deliver_due()
    outbox_prune()


def heartbeat(cluster: str) -> None:
    Heartbeat.objects.update_or_create(cluster=cluster, defaults={"beat_at": now()})
