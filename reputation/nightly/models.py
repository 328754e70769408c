from django.db import models

from reputation.base.evidence import Key


class Lease(models.Model):
    """One night at a time. `fence` grows with every holder; publishing checks it, so one that was only slow loses."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    fence = models.BigIntegerField(default=0)
    holder = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_lease"),)

    def __str__(self) -> str:
        return f"{self.holder or 'nobody'} ({self.fence})"


class Run(models.Model):
    """One row per night, whatever became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting"  # for evidence days to be closed
        RUNNING = "running"
        PUBLISHED = "published"
        FAILED = "failed"

    night = models.DateField(primary_key=True)
    status = models.CharField(max_length=9, choices=Status)
    stage = models.CharField(max_length=10, blank=True)
    reason = models.TextField(blank=True)
    attempts = models.JSONField(default=dict)  # stage -> starts, counted when a stage starts
    timings = models.JSONField(default=dict)  # stage -> seconds
    closed_through = models.JSONField(default=dict)
    manifest = models.JSONField(default=dict)
    results = models.JSONField(default=dict)  # what stages left for later ones: the model's name, where scores lie
    peak_mib = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.night} {self.status}"


class Tally(models.Model):
    """What one unit of evidence (an order, a conversation, a viewer's voice) has been counted as.

    The difference to a fresh count is what a night adds to the day files, so cost follows what came in.
    """

    unit = Key(primary_key=True)  # "o:<order>", "c:<complaint>", "v:<live>|<respondent>", "h:<conversation>"
    store_id = Key()
    anchor_id = Key()
    facts = models.BinaryField()  # scoring.daily packs and unpacks it
    # Look again once this market day of the kind is closed: a promise runs out. A kind that is never closed calls nobody.
    due_shipments = models.DateField(null=True)
    due_returns = models.DateField(null=True)
    due_complaints = models.DateField(null=True)
    due_conversations = models.DateField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["due_shipments"], name="tally_shipments", condition=models.Q(due_shipments__isnull=False)
            ),
            models.Index(fields=["due_returns"], name="tally_returns", condition=models.Q(due_returns__isnull=False)),
            models.Index(
                fields=["due_complaints"], name="tally_complaints", condition=models.Q(due_complaints__isnull=False)
            ),
            models.Index(
                fields=["due_conversations"],
                name="tally_conversations",
                condition=models.Q(due_conversations__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.unit


class DayFile(models.Model):
    """Which immutable file holds a day's counters now. The files never change, this pointer does."""

    family = models.CharField(
        max_length=8
    )  # counters (by day known), outcomes (by day ordered), reported (daily_counts)
    day = models.DateField()
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["family", "day"], name="one_day_file"),)

    def __str__(self) -> str:
        return f"{self.family} {self.day}"


class RollState(models.Model):
    """One row that every roll locks first, so that two of them can never count the same evidence at once."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    rolled_at = models.DateTimeField(null=True)
    time_zone = models.TextField()  # in which the days of this market are counted, for good

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_roll_state"),)

    def __str__(self) -> str:
        return f"rolled at {self.rolled_at}"


class LiveUnit(models.Model):
    """A unit whose anchor only its live session can tell, while that is unknown: counted again when it turns up."""

    live_id = Key()
    unit = Key()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["live_id", "unit"], name="one_live_unit"),)

    def __str__(self) -> str:
        return f"{self.unit} of live {self.live_id}"
