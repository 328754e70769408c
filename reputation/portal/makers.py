"""Who made a key or a webhook, and whether they still act for the subject: it works on without them."""

from __future__ import annotations

from reputation.subjects.models import Membership


class Makers:
    def __init__(self, kind: str, subject_id: str) -> None:
        rows = Membership.objects.filter(kind=kind, subject_id=subject_id)
        self.members = set(rows.values_list("user__username", flat=True))

    def name(self, actor: str) -> str:
        """Of an actor of the audit log, who is a user: members alone make these."""
        return actor.partition(":")[2]

    def left(self, actor: str) -> bool:
        return bool(actor) and self.name(actor) not in self.members
