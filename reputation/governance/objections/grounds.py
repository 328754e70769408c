"""Why an incident is not its subject's doing, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from reputation.governance.models import ObjectionLine

GROUNDS: dict[str, Promise] = {
    ObjectionLine.Ground.CARRIER_EVENT: gettext_lazy("The carrier's fault"),
    ObjectionLine.Ground.FORCE_MAJEURE: gettext_lazy("Force majeure: weather, closure, disaster"),
    ObjectionLine.Ground.PLATFORM_FAULT: gettext_lazy("The platform's fault"),
    ObjectionLine.Ground.ATTACK: gettext_lazy("A malicious buyer or rival"),
    ObjectionLine.Ground.OTHERS_PROMISE: gettext_lazy("Somebody else's promise, not ours"),
    ObjectionLine.Ground.MISTAKE: gettext_lazy("A mistake: opened by error, regret, delivered after all"),
    ObjectionLine.Ground.OTHER: gettext_lazy("Something else"),
}


def ground(key: str) -> str:
    return str(GROUNDS.get(key, key))
