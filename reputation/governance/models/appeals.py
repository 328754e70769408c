"""What a merchant or an anchor says against a sanction (appeal) or against single incidents (objection)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from reputation.base.evidence import Key
from reputation.governance.models.actions import Action


class Appeal(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        WON = "won"
        LOST = "lost"
        WITHDRAWN = "withdrawn"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="appeals")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    text = models.TextField()
    units = models.JSONField(default=list)  # evidence that it disputes: units as evidence knows them, "o:<order>" ...
    stayed = models.BooleanField(default=False)  # it put the action off
    due_on = models.DateField()  # five working days on
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # what the subject is told
    excluded = models.JSONField(default=list)  # units that were set aside because it was won
    answer_read_at = models.DateTimeField(null=True)  # when somebody of the subject first opened it once it was decided

    class Meta:
        permissions = (("decide_appeal", "Can decide appeals of actions that others took"),)
        constraints = (models.UniqueConstraint(fields=["action"], condition=Q(state="open"), name="one_open_appeal"),)
        indexes = (models.Index(fields=["state", "due_on"], name="appeal_due"),)

    @property
    def answer_unread(self) -> bool:
        return self.state in (self.State.WON, self.State.LOST) and self.answer_read_at is None

    def __str__(self) -> str:
        return f"appeal {self.pk} against action {self.action_id}, {self.state}"


class Correction(models.Model):
    """A won appeal's order to publish the nights since anew; the next night carries it out."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"  # says why; people decide what then

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="correction")
    kind = models.CharField(max_length=6)
    subject_id = Key()
    from_night = models.DateField()  # the first night that counted what is excluded now
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    nights = models.JSONField(default=list)  # nights that got a new revision
    note = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["state"], name="correction_waiting", condition=Q(state="waiting")),)

    def __str__(self) -> str:
        return f"correction of {self.kind} {self.subject_id} from {self.from_night}, {self.state}"


class Objection(models.Model):
    """A ticket of up to 30 incidents that a subject says are not its doing. No sanction hangs on it."""

    class State(models.TextChoices):
        OPEN = "open"
        DECIDED = "decided"
        WITHDRAWN = "withdrawn"

    kind = models.CharField(max_length=6)
    subject_id = Key()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    text = models.TextField()
    due_on = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        permissions = (("decide_objection", "Can decide objections"),)
        indexes = (models.Index(fields=["kind", "subject_id", "-id"], name="objection_subject"),)

    def __str__(self) -> str:
        return f"objection {self.pk} of {self.kind} {self.subject_id}, {self.state}"


class ObjectionLine(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"  # set aside for this subject
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    class Ground(models.TextChoices):
        """Reasons for which incidents are excluded elsewhere (Mercado Libre, Douyin, TikTok)."""

        CARRIER_EVENT = "carrier_event"
        FORCE_MAJEURE = "force_majeure"
        PLATFORM_FAULT = "platform_fault"
        ATTACK = "attack"
        OTHERS_PROMISE = "others_promise"  # the anchor's, or the store's, not ours
        MISTAKE = "mistake"  # opened by mistake, delivered but said to be missing, regret
        OTHER = "other"

    objection = models.ForeignKey(Objection, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=6)
    subject_id = Key()
    unit = Key()
    ground = models.CharField(max_length=14, choices=Ground)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject_id", "unit"], condition=Q(state="open"), name="one_open_objection"
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} of objection {self.objection_id}, {self.state}"


class Attachment(models.Model):
    """A file that speaks for an appeal or an objection. Its content lives here, so any web host can hand it out."""

    appeal = models.ForeignKey(Appeal, null=True, on_delete=models.CASCADE, related_name="files")
    objection = models.ForeignKey(Objection, null=True, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)  # made harmless
    content_type = models.CharField(max_length=40)  # as its content says, not its name
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(appeal__isnull=True) ^ Q(objection__isnull=True), name="attached_to_one"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.size} bytes)"
