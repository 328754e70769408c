"""Complaints that came in at our own form, and what both sides said since. What counts of them is evidence."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from reputation.base.evidence import Key
from reputation.subjects.models import SubjectKind


class Case(models.Model):
    """A complaint of somebody who gave no name: whoever has its code may follow it."""

    class State(models.TextChoices):
        RECEIVED = "received"  # a person looks at it first
        REFUSED = "refused"  # it went no further
        OPEN = "open"  # evidence, and before its subject
        DECIDED = "decided"
        WITHDRAWN = "withdrawn"

    complaint_id = Key(unique=True)  # of its evidence, once it is that
    code_digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the code, which is kept nowhere
    kind = models.CharField(max_length=6, choices=SubjectKind)
    subject_id = Key()
    order_id = Key(blank=True)
    proven = models.BooleanField()  # the platform's link says that the order is theirs
    complainant_ref = Key(blank=True)  # as that link names them
    category = Key()
    caller_day = models.CharField(max_length=64)  # keyed hash of the caller's address and the market day
    received_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVED)
    opened_at = models.DateTimeField(null=True)  # when it went to its subject, whose ten days begin
    outcome = models.CharField(max_length=9, blank=True)  # upheld, rejected, settled
    reason = models.TextField(blank=True)  # of the decision or the refusal; both sides read it
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        permissions = (("decide_complaint", "Can decide complaints of consumers"),)
        constraints = (
            models.UniqueConstraint(
                fields=["order_id", "kind", "subject_id"],
                condition=Q(proven=True, state="open"),
                name="one_open_case_of_an_order",
            ),
        )
        indexes = (
            models.Index(fields=["state", "received_at"], name="case_state"),
            models.Index(fields=["kind", "subject_id", "-received_at"], name="case_subject"),
            models.Index(fields=["caller_day"], name="case_caller"),
        )

    def __str__(self) -> str:
        return f"complaint {self.complaint_id} about {self.kind} {self.subject_id}, {self.state}"


class Message(models.Model):
    """What one side said about a complaint, of our own form or of the platform's."""

    class Author(models.TextChoices):
        COMPLAINANT = "complainant"
        SUBJECT = "subject"

    complaint_id = Key(db_index=True)
    author = models.CharField(max_length=11, choices=Author)
    kind = models.CharField(max_length=6, blank=True)  # the subject that answered
    subject_id = Key(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["at"], name="message_at"),)

    def __str__(self) -> str:
        return f"{self.author} about {self.complaint_id} at {self.at:%F %T}"


class File(models.Model):
    """What came with a message, kept here so that any web host can hand it out."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)  # made harmless
    content_type = models.CharField(max_length=40)  # as its content says, not its name
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.name} ({self.size} bytes)"
