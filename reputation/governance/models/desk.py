"""The staff's desk: one queue of what waits for a person, who has claimed what, and what staff note for themselves."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from reputation.base.evidence import Key
from reputation.governance.models.actions import Action
from reputation.governance.models.appeals import Appeal, Objection
from reputation.governance.models.flags import Flag, Tier


class WorkItem(models.Model):
    """Something that waits for a person. What lists sort and filter by is copied here, for one index to serve them."""

    class Kind(models.TextChoices):
        FLAG = "flag"
        DECISION = "decision"  # an action that waits for a second person
        APPEAL = "appeal"
        OBJECTION = "objection"

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"

    kind = models.CharField(max_length=9, choices=Kind)
    flag = models.OneToOneField(Flag, null=True, on_delete=models.PROTECT, related_name="item")
    action = models.OneToOneField(Action, null=True, on_delete=models.PROTECT, related_name="item")
    appeal = models.OneToOneField(Appeal, null=True, on_delete=models.PROTECT, related_name="item")
    objection = models.OneToOneField(Objection, null=True, on_delete=models.PROTECT, related_name="item")
    subject_kind = models.CharField(max_length=6)
    subject_id = Key()
    name = models.TextField()
    category = Key(blank=True)
    tier = models.CharField(max_length=6, choices=Tier)
    rule = Key(blank=True)
    severity = models.CharField(max_length=8)
    risk = models.FloatField()  # 0 to 1
    reach = models.BigIntegerField()  # orders of the last 30 days
    priority = models.FloatField()  # risk x reach, see governance.desk
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=12, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)  # a claim that nobody works on runs out
    # The batch in which it was decided; null again once that is undone.
    batch = models.ForeignKey("governance.Batch", null=True, on_delete=models.PROTECT, related_name="decided")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="flag", flag__isnull=False)
                | Q(kind="decision", action__isnull=False)
                | Q(kind="appeal", appeal__isnull=False)
                | Q(kind="objection", objection__isnull=False),
                name="item_about_something",
            ),
        )
        indexes = (
            models.Index(fields=["-priority", "due_at", "id"], name="item_priority", condition=Q(state="open")),
            models.Index(fields=["due_at", "id"], name="item_due", condition=Q(state="open")),
            models.Index(fields=["claimed_by"], name="item_claims", condition=Q(state="open")),
            models.Index(fields=["subject_kind", "subject_id"], name="item_subject"),
            models.Index(fields=["closed_at"], name="item_closed", condition=Q(state="done")),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_kind} {self.subject_id}, {self.state}"


class Skip(models.Model):
    """Somebody leaves an item to others: it is out of their queue, and nobody else's."""

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="skips")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["item", "user"], name="one_skip"),)

    def __str__(self) -> str:
        return f"item {self.item_id} skipped by {self.user_id}"


class SavedView(models.Model):
    """A named set of filters of one person's queue."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)  # as in the address: kind=flag&tier=head

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "name"], name="one_view"),)

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """Many items decided alike in one go, so that they can be undone in one go."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    command = models.JSONField()  # what was decided: dismiss, or which sanction
    items = models.JSONField()  # ids of the items it was done to
    done_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"batch of {len(self.items)} by {self.by_id}"


class Note(models.Model):
    """What staff write about a subject for each other. It never leaves the house: no API, page or export shows it."""

    kind = models.CharField(max_length=6)
    subject_id = Key()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        permissions = (("write_note", "Can write notes about subjects"),)
        indexes = (models.Index(fields=["kind", "subject_id", "-at"], name="note_subject"),)

    def __str__(self) -> str:
        return f"note on {self.kind} {self.subject_id}"
