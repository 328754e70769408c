from django.conf import settings
from django.db import models
from django.db.models import Q


class PolicyState(models.TextChoices):
    DRAFT = "draft"  # saved; nobody is flagged by it
    SHADOW = "shadow"  # runs beside the live one each night; what it flags is only counted
    ANNOUNCED = "announced"  # the public knows from when on it counts; runs as a shadow until then
    LIVE = "live"  # conduct of its days is judged by it
    RETIRED = "retired"  # replaced, or withdrawn before it counted


# Which states a policy may come from. Nothing comes back from retirement: save the text again.
PREDECESSORS: dict[str, frozenset[str]] = {
    PolicyState.SHADOW: frozenset({PolicyState.DRAFT}),
    PolicyState.ANNOUNCED: frozenset({PolicyState.SHADOW}),
    PolicyState.LIVE: frozenset({PolicyState.ANNOUNCED}),
    PolicyState.RETIRED: frozenset({PolicyState.DRAFT, PolicyState.SHADOW, PolicyState.ANNOUNCED, PolicyState.LIVE}),
}


class PolicyVersion(models.Model):
    """A policy as it was written. Its text never changes; another text is another version."""

    version = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=60)
    text = models.TextField()
    digest = models.CharField(max_length=64)  # SHA-256 of the text
    state = models.CharField(max_length=9, choices=PolicyState, default=PolicyState.DRAFT)
    live_from = models.DateField(null=True)  # the first night whose conduct it judges
    retired_on = models.DateField(null=True)  # the first night that it does not
    notice = models.JSONField(default=dict)  # why it was announced so many days ahead
    base = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="drafts"
    )  # what it was made from
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        permissions = (
            ("edit_policy", "Can save policies, try them and run them as shadows"),
            ("announce_policy", "Can announce and retire policies"),
        )
        indexes = (models.Index(fields=["live_from", "version"], name="policy_in_force"),)
        constraints = (
            models.UniqueConstraint(fields=["state"], condition=Q(state="announced"), name="one_announced_policy"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="live"), name="one_live_policy"),
        )

    def __str__(self) -> str:
        return f"policy {self.version} ({self.name})"


class PolicyMove(models.Model):
    """A change of a policy's state: the day it counts from, who, and why."""

    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="moves")
    state = models.CharField(max_length=9, choices=PolicyState)
    on = models.DateField()
    by = models.TextField()
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.policy_id} {self.state} on {self.on}"


class PolicyTrial(models.Model):
    """A backtest: asked for on a page, worked out by a process of its own, its report kept."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"  # says why
        STOPPED = "stopped"  # by a person

    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="trials")
    against = models.ForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")  # in force then
    first = models.DateField(null=True)  # night; null: those of the last 180 days
    last = models.DateField(null=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    step = models.PositiveIntegerField(default=0)  # nights done
    steps = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    alive_at = models.DateTimeField()  # the last sign of life of its process
    done_at = models.DateTimeField(null=True)
    report = models.JSONField(null=True)  # of scoring.policy.backtest
    error = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=["policy", "-id"], name="trial_of_policy"),)
        constraints = (
            models.UniqueConstraint(
                fields=["policy"], condition=Q(state__in=("waiting", "running")), name="one_trial_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"trial {self.pk} of policy {self.policy_id}, {self.state}"
