"""What policies found on a night: flags of the live one, the log of shadows, and how far each subject reaches."""

from django.db import models
from django.db.models import Q

from reputation.base.evidence import Key
from reputation.governance.models.policies import PolicyVersion


class Tier(models.TextChoices):
    """By orders of 30 days within a kind."""

    HEAD = "head"  # looked at first; any sanction needs a second person
    MIDDLE = "middle"
    TAIL = "tail"


class Reach(models.Model):
    """How far a subject reaches, as of the latest governed night. One that sold nothing has no row: it is tail."""

    kind = models.CharField(max_length=6)
    subject_id = Key()
    tier = models.CharField(max_length=6, choices=Tier)
    orders = models.BigIntegerField()  # valid ones of the last 30 days

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "subject_id"], name="one_reach"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.tier}"


class Flag(models.Model):
    """A rule of the live policy that fired for a subject, for as many nights on end as it goes on firing."""

    class State(models.TextChoices):
        OPEN = "open"
        DECIDED = "decided"  # an action was proposed or taken
        DISMISSED = "dismissed"  # a person found that nothing is to be done
        CLEARED = "cleared"  # it stopped firing before anybody decided

    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)  # in force on its last night
    rule = Key()
    kind = models.CharField(max_length=6)
    subject_id = Key()
    name = models.TextField()
    category = Key(blank=True)
    severity = models.CharField(max_length=8)
    grave = models.BooleanField(default=False)
    first_night = models.DateField()
    last_night = models.DateField()
    ended_on = models.DateField(null=True)  # the first night on which it did not fire any more
    readings = models.JSONField()  # scoring.policy.evaluate.Reading of the last night, as dicts
    evidence = models.FloatField(default=0)  # largest count among the readings: more of it opens a grave flag again
    tier = models.CharField(max_length=6, choices=Tier)
    orders = models.BigIntegerField()  # of the last 30 days
    sanction = models.CharField(max_length=12)  # what the rule proposes, with its share, days and automation
    share = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    days = models.PositiveSmallIntegerField(null=True)  # null: never ends
    automatic = models.BooleanField(default=False)
    lift_when_cured = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)  # an actor of the audit log
    reason = models.TextField(blank=True)  # of a dismissal

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject_id", "rule"], condition=Q(ended_on__isnull=True), name="one_running_flag"
            ),
        )
        indexes = (
            models.Index(fields=["kind", "subject_id", "-id"], name="flag_subject"),
            models.Index(fields=["rule", "state"], name="flag_rule"),
        )

    def __str__(self) -> str:
        return f"{self.rule} on {self.kind} {self.subject_id} since {self.first_night}"


class PolicyNight(models.Model):
    """That a policy was evaluated on a night, and what it came to. The live one's row says that the night is governed."""

    class Mode(models.TextChoices):
        LIVE = "live"
        SHADOW = "shadow"

    policy = models.ForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT)  # null: no policy was in force
    night = models.DateField()
    mode = models.CharField(max_length=6, choices=Mode)
    # {"rules": {rule: {"flagged", "new", "gone"}}, "all", "tiers"}; of the live one also "acted", "lifted", "withdrawn",
    # "left", "items", "reach".
    figures = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["policy", "night"], name="one_policy_night"),
            models.UniqueConstraint(fields=["night"], condition=Q(mode="live"), name="one_governed_night"),
        )

    def __str__(self) -> str:
        return f"{self.mode} policy {self.policy_id} on {self.night}"


class ShadowFlag(models.Model):
    """What a shadow would have flagged, kept apart from the flags that count."""

    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)
    rule = Key()
    kind = models.CharField(max_length=6)
    subject_id = Key()
    first_night = models.DateField()
    last_night = models.DateField()
    ended_on = models.DateField(null=True)
    readings = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["policy", "rule", "kind", "subject_id"],
                condition=Q(ended_on__isnull=True),
                name="one_running_shadow",
            ),
        )
        indexes = (models.Index(fields=["policy", "rule", "-last_night"], name="shadow_log"),)

    def __str__(self) -> str:
        return f"shadow {self.policy_id} {self.rule} on {self.kind} {self.subject_id}"
