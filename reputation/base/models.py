import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from reputation.base.evidence import Key


class OfSubject(models.Model):
    """Either the platform's (`subject_kind` empty), or a store's or an anchor's own."""

    subject_kind = models.CharField(max_length=6, blank=True, default="")
    subject_id = Key(blank=True, default="")
    made_by = models.TextField(blank=True, default="")  # an actor of the audit log

    class Meta:
        abstract = True

    @property
    def subject_key(self) -> str:
        """As events name their subject; "" of the platform's."""
        return f"{self.subject_kind}:{self.subject_id}" if self.subject_kind else ""


class ApiKey(OfSubject):
    """A key of programs. Only the SHA-256 of its secret is kept: 256 random bits need no slow hash."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["subject_kind", "subject_id"], name="key_subject"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Heartbeat(models.Model):
    """When a task cluster last did any work: a killed idle worker silences a cluster that still looks alive."""

    cluster = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cluster} at {self.beat_at:%F %T}"


class AuditEntry(models.Model):
    """One thing that a person did, chained to the one before by its hash. A trigger refuses to change or remove it."""

    sequence = models.BigIntegerField(primary_key=True)  # from 1, without gaps
    at = models.DateTimeField()
    actor = models.TextField()  # user:NAME, key:NAME, operator:NAME or system
    action = models.TextField()
    object_kind = models.TextField()
    object_id = models.TextField()
    data = models.TextField()  # canonical JSON as it was hashed: jsonb would write numbers its own way
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = (
            models.Index(fields=["object_kind", "object_id", "sequence"], name="audit_object"),
            models.Index(fields=["actor", "sequence"], name="audit_actor"),
            models.Index(fields=["action", "sequence"], name="audit_action"),
        )

    def __str__(self) -> str:
        return f"{self.sequence}: {self.actor} {self.action} {self.object_kind} {self.object_id}"


class OutboxEvent(models.Model):
    """Something that others want to hear of, written by the transaction in which it happened."""

    sequence = models.BigAutoField(primary_key=True)  # in the order in which the transactions ended
    id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(max_length=40)
    subject_key = models.TextField()
    payload = models.JSONField()
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.sequence}: {self.event} {self.subject_key}"


class WebhookEndpoint(OfSubject):
    """Where events are sent. One that is not active keeps what is due to it until it is."""

    url = models.TextField()
    events = ArrayField(models.CharField(max_length=40))
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["subject_kind", "subject_id", "url"], name="one_endpoint"),)

    def __str__(self) -> str:
        return self.url


class WebhookSecret(models.Model):
    """A live secret, in the clear because signing takes it. Two may be live while a receiver changes over."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    secret = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"of {self.endpoint_id}, since {self.created_at:%F %T}"  # never the secret: this may be logged


class Delivery(models.Model):
    """One event on its way to one endpoint. `id` is what the receiver sees, the same over all attempts."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        DEAD = "dead"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    subject_key = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()  # while a worker holds a claim: when that claim runs out
    claim = models.UUIDField(null=True)
    attempts = models.IntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True)  # since the last replay
    last_tried_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)  # of the last answer
    error = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["event", "endpoint"], name="one_delivery"),)
        indexes = (
            models.Index(
                fields=["endpoint", "subject_key", "event"], name="delivery_order", condition=Q(state="waiting")
            ),
            models.Index(fields=["endpoint", "state", "event"], name="delivery_shown"),
        )

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
