from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from reputation.base.evidence import Evidence, Key


class Order(Evidence):
    order_id = Key(primary_key=True)
    store_id = Key(null=True)
    anchor_id = Key(null=True)
    live_id = Key(null=True)
    item_ref = Key(null=True)
    buyer_ref = Key(null=True)
    device_ref = Key(null=True)
    payment_ref = Key(null=True)
    region = Key(null=True)
    category = Key(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = Key(null=True)
    placed_at = models.DateTimeField(null=True)
    ship_by = models.DateTimeField(null=True)
    deliver_by = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = Key(null=True)
    cancelled_known_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["store_id", "placed_at"], name="order_store"),
            models.Index(
                fields=["anchor_id", "placed_at"], name="order_anchor", condition=models.Q(anchor_id__isnull=False)
            ),
            BrinIndex(fields=["placed_at"], name="order_placed"),
        )

    def __str__(self) -> str:
        return self.order_id


class Shipment(Evidence):
    order_id = Key(primary_key=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    carrier = Key(null=True)
    shipped_known_at = models.DateTimeField(null=True)
    delivered_known_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.order_id


class Return(Evidence):
    return_id = Key(primary_key=True)
    order_id = Key(null=True, db_index=True)
    opened_at = models.DateTimeField(null=True)
    reason = Key(null=True)
    first_reason = Key(null=True)  # the first stated reason is what counts
    approved_at = models.DateTimeField(null=True)
    refunded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    refunded_known_at = models.DateTimeField(null=True)
    closed_known_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.return_id


class Complaint(Evidence):
    complaint_id = Key(primary_key=True)
    order_id = Key(null=True, db_index=True)
    store_id = Key(null=True)
    anchor_id = Key(null=True)
    live_id = Key(null=True)
    complainant_ref = Key(null=True)
    device_ref = Key(null=True)
    opened_at = models.DateTimeField(null=True)
    category = Key(null=True)
    text = models.TextField(null=True)  # noqa: DJ001 (null: not told to us)
    first_response_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = Key(null=True)
    first_response_known_at = models.DateTimeField(null=True)
    outcome_known_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["store_id", "opened_at"], name="complaint_store"),
            models.Index(fields=["anchor_id", "opened_at"], name="complaint_anchor"),
            models.Index(fields=["live_id"], name="complaint_live", condition=models.Q(live_id__isnull=False)),
            models.Index(
                fields=["opened_at"],
                name="complaint_waiting",
                condition=models.Q(first_response_at=None, outcome=None, closed_at=None, retracted=False),
            ),
        )

    def __str__(self) -> str:
        return self.complaint_id


class Invitation(Evidence):
    invitation_id = Key(primary_key=True)
    live_id = Key(null=True)
    order_id = Key(null=True)
    respondent_ref = Key(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["live_id", "respondent_ref"], name="invitation_viewer"),
            models.Index(fields=["order_id"], name="invitation_order"),
        )

    def __str__(self) -> str:
        return self.invitation_id


class Response(Evidence):
    response_id = Key(primary_key=True)
    respondent_ref = Key(null=True)
    invitation_id = Key(null=True)
    answered_at = models.DateTimeField(null=True)
    order_id = Key(null=True, db_index=True)
    live_id = Key(null=True)
    store_id = Key(null=True)
    anchor_id = Key(null=True)
    device_ref = Key(null=True)
    overall = models.SmallIntegerField(null=True)
    as_described = models.SmallIntegerField(null=True)
    service = models.SmallIntegerField(null=True)
    logistics = models.SmallIntegerField(null=True)
    false_promotion = models.BooleanField(null=True)
    hype = models.BooleanField(null=True)
    first_answers = models.JSONField(null=True)  # set when a later version changed an answer: the first is what counts
    text = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        indexes = (models.Index(fields=["live_id", "respondent_ref"], name="response_viewer"),)

    def __str__(self) -> str:
        return self.response_id


class Conversation(Evidence):
    conversation_id = Key(primary_key=True)
    store_id = Key(null=True)
    order_id = Key(null=True)
    started_at = models.DateTimeField(null=True)
    first_reply_at = models.DateTimeField(null=True)
    resolved = models.BooleanField(null=True)
    rating = models.SmallIntegerField(null=True)
    first_reply_known_at = models.DateTimeField(null=True)
    resolved_known_at = models.DateTimeField(null=True)
    rating_known_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["store_id", "started_at"], name="conversation_store"),)

    def __str__(self) -> str:
        return self.conversation_id


class Exclusion(Evidence):
    exclusion_id = Key(primary_key=True)
    reason = Key(null=True)
    order_id = Key(null=True, db_index=True)
    subject_kind = Key(null=True)
    subject_id = Key(null=True)
    region = Key(null=True)
    starts_at = models.DateTimeField(null=True)  # sent as "from"
    ends_at = models.DateTimeField(null=True)  # sent as "to"
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.exclusion_id


class DailyCount(Evidence):
    pk = models.CompositePrimaryKey("subject_kind", "subject_id", "day", "metric")
    subject_kind = Key()
    subject_id = Key()
    day = models.DateField()
    metric = Key()
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=["day"], name="daily_count_day"),)

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.day} {self.metric}"


class Version(models.Model):
    """A patch as it was received. Kept for every piece of evidence that has more than one."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16)
    key = Key()
    observed_at = models.DateTimeField()
    patch = models.JSONField()  # the fields that were sent, null where they were cleared
    history = models.BooleanField(default=False)  # came with a history: each fact dates itself
    batch_id = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["kind", "key"], name="version_of"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.observed_at:%F %T}"


class Batch(models.Model):
    """One delivery through one of the three doors."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16)
    source = models.CharField(max_length=200)  # the API key's name, the file's name, or the importer's
    received_at = models.DateTimeField()
    accepted = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"batch {self.id}"


class RejectedRow(models.Model):
    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE)
    kind = models.CharField(max_length=16)
    row = models.PositiveIntegerField()  # from 1
    field = models.CharField(max_length=64, blank=True)
    error = models.TextField()
    raw = models.TextField()  # as received; bytes that are no text stand as \xNN
    resent_at = models.DateTimeField(null=True)
    resent_batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="mended")

    def __str__(self) -> str:
        return f"row {self.row} of batch {self.batch_id}"


class DirtyUnit(models.Model):
    """Written in the transaction that changed the evidence; a night takes what it sees and deletes that."""

    id = models.BigAutoField(primary_key=True)
    # As Tally.unit; or "d:<day>" for daily_counts, "e:<exclusion_id>" and "l:<live_id>" for all that they reach, and for
    # the screening "s:<store_id>" and "a:<anchor_id>" whose owner was told.
    unit = Key()

    def __str__(self) -> str:
        return self.unit


class ClosedDay(models.Model):
    """The platform said: nothing more will come for this kind and day."""

    kind = models.CharField(max_length=16)
    day = models.DateField()
    closed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "day"], name="closed_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"


class Hold(models.Model):
    """Evidence set aside by screening until a person decides; it stays, and counts for and against nobody."""

    class Status(models.TextChoices):
        HELD = "held"
        RELEASED = "released"  # counts again
        CONFIRMED = "confirmed"  # stays aside for good

    id = models.BigAutoField(primary_key=True)
    # burst, shared_device, shared_payment, owner, answer_burst, unknown_liability; appeal: for its subject alone
    pattern = models.CharField(max_length=24)
    fingerprint = models.CharField(max_length=120, unique=True)  # the same finding is held once
    subject_kind = models.CharField(max_length=6, blank=True)
    subject_id = Key(blank=True)
    day = models.DateField()
    details = models.JSONField()
    status = models.CharField(max_length=9, choices=Status, default=Status.HELD)
    held_at = models.DateTimeField()
    due_on = models.DateField()  # five working days on
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=["subject_kind", "subject_id", "status"], name="hold_subject"),)

    def __str__(self) -> str:
        return f"{self.pattern} {self.subject_kind} {self.subject_id}"


class HeldUnit(models.Model):
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="units")
    unit = Key(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["hold", "unit"], name="held_once"),)

    def __str__(self) -> str:
        return self.unit
