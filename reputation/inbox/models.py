"""What members of a store or an anchor are told, and how they want it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from reputation.base.evidence import Key
from reputation.inbox.kinds import How, Kind


class Reader(models.Model):
    """Somebody who acts for a store or an anchor, or did."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="reader"
    )
    language = models.CharField(max_length=10)  # in which the portal was read last, and mails are written

    def __str__(self) -> str:
        return f"of {self.user_id}, in {self.language}"


class Listener(models.Model):
    """Since when somebody acts for a subject, as far as news go: what happened before was others' to hear."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject_kind = models.CharField(max_length=6)
    subject_id = Key()
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "user"], name="inbox_one_listener"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} of {self.subject_kind} {self.subject_id}"


class Preference(models.Model):
    """How somebody wants news of a kind: of one subject, or of all that no other row is about (both fields empty)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject_kind = models.CharField(max_length=6, blank=True, default="")
    subject_id = Key(blank=True, default="")
    kind = models.CharField(max_length=9, choices=Kind)
    how = models.CharField(max_length=5, choices=How)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "subject_kind", "subject_id", "kind"], name="inbox_one_preference"),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} of {self.subject_kind or 'all'} {self.subject_id}: {self.how}"


class Message(models.Model):
    """A piece of news for one person, who has it once. Its words are made when it is read, from `data`."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for its mail
        SENT = "sent"
        QUIET = "quiet"  # to be read in the portal alone
        DEAD = "dead"  # its mail could not be sent

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = Key()  # of what happened: "notice:12"
    kind = models.CharField(max_length=9, choices=Kind)
    subject_kind = models.CharField(max_length=6)
    subject_id = Key()
    data = models.JSONField()
    made_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State)
    due_at = models.DateTimeField(null=True)  # while a worker holds a claim: when that claim runs out
    claim = models.UUIDField(null=True)
    mail = models.UUIDField(null=True)  # of the mail that it stands in, the same over all attempts
    attempts = models.PositiveSmallIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # when the list that it stands in was open first
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="inbox_told_once"),)
        indexes = (
            models.Index(fields=["user", "-id"], name="inbox_listed"),
            models.Index(fields=["due_at"], name="inbox_waiting", condition=Q(state="waiting")),
            models.Index(fields=["made_at"], name="inbox_old"),
        )

    def __str__(self) -> str:
        return f"{self.key} for {self.user_id} ({self.state})"


class Round(models.Model):
    """How far the rounds have come. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField()  # of the last event of the outbox that was told
    night = models.DateField(null=True)  # the last night that was told
    looked_at = models.DateTimeField()  # when that which emits no event was looked through

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="inbox_one_round"),)

    def __str__(self) -> str:
        return f"through event {self.sequence} and night {self.night}"
