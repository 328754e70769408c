from django.db import models

from reputation.base.evidence import Key

# Equal stars: the one that more orders speak for. Without stars: last.
BEST_FIRST = (models.F("stars").desc(nulls_last=True), models.F("orders_counted").desc(), models.F("subject_id").asc())


class State(models.TextChoices):
    NEW = "new"
    FEW_ORDERS = "few_orders"
    RATED = "rated"
    WITHHELD = "withheld"


class WithheldFor(models.TextChoices):
    BRUSHING = "brushing"  # held orders that look brushed wait for a person
    DRIFT = "drift"  # a jump in one night that a person has not looked at


class Scale(models.Model):
    """Breakpoints from log-odds to stars, fitted once per market and then frozen.

    A later version is announced before it counts: every subject's new star is shown until then.
    """

    version = models.PositiveIntegerField(primary_key=True)
    breakpoints = models.JSONField()
    fitted_on = models.DateField()
    announced_on = models.DateField(null=True)
    live_from = models.DateField(null=True)  # the first night that counts by it; null: a draft
    note = models.JSONField(default=dict)  # language -> why it changes, for the public page

    def __str__(self) -> str:
        return f"scale {self.version}"


class StarModelRecord(models.Model):
    """A trained model as text, whole: a web host can score without sharing a disk with the night."""

    name = models.CharField(max_length=60, unique=True)  # night and fence: 2026-11-20.7
    night = models.DateField(db_index=True)
    artefacts = models.JSONField()  # {"store": text, "anchor": text}
    figures = models.JSONField()
    gate = models.JSONField(default=dict)  # scoring.gate: every figure it was judged by, and the verdict
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class ChampionTerm(models.Model):
    """From which night on which model was the champion; the last row is the present one."""

    class Reason(models.TextChoices):
        FIRST = "first"  # nothing stood before it
        GATE = "gate"  # it beat the champion on what neither had seen
        ROLLBACK = "rollback"  # a person put it back

    model = models.ForeignKey(StarModelRecord, on_delete=models.PROTECT)
    since = models.DateField()  # the first night that it rates
    reason = models.CharField(max_length=8, choices=Reason)
    decided_by = models.TextField(blank=True)  # a person's name, for a rollback
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.model_id} since {self.since}"


class Publication(models.Model):
    """A night whose ratings stand. Made in the transaction that moves the pointer."""

    night = models.DateField(primary_key=True)
    published_at = models.DateTimeField()
    model = models.ForeignKey(StarModelRecord, on_delete=models.PROTECT)
    scale = models.ForeignKey(Scale, on_delete=models.PROTECT)
    closed_through = models.JSONField()  # kind -> day, or null where none was closed
    manifest = models.JSONField()  # family -> day -> content hash: what a replay reads
    figures = models.JSONField()  # counts by state, spread of stars, levels, drift, coverage
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT)  # what the ledger compares with
    inputs = models.JSONField(default=dict)  # what else a replay reads: digests of subjects, who was withheld, versions

    def __str__(self) -> str:
        return f"night {self.night}"


class Pointer(models.Model):
    """The one row that says which night is shown. `counter` is the second half of every ETag."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    publication = models.ForeignKey(Publication, null=True, on_delete=models.PROTECT)
    counter = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_pointer"),)

    def __str__(self) -> str:
        return f"{self.publication_id}.{self.counter}"


class Repair(models.Model):
    """A published night rated anew for a few subjects, from day files in which their evidence stands as corrected.

    A later repair of the same night starts from the manifest of the one before it.
    """

    night = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="repairs")
    manifest = models.JSONField()  # as Publication.manifest, with the corrected files
    before = models.JSONField()  # [[kind, id, revision]] of the night before: what it started from, for its replay
    causes = models.JSONField()  # ids of the corrections that it carries out
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"repair {self.pk} of {self.night_id}"


class Rating(models.Model):
    """What a night published for a subject. Immutable; a repair adds a revision."""

    kind = models.CharField(max_length=6)
    subject_id = Key()
    night = models.DateField()
    revision = models.PositiveSmallIntegerField(default=0)
    name = models.TextField()
    category = Key(blank=True)
    state = models.CharField(max_length=10, choices=State)
    basis = models.CharField(max_length=10)
    stars = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    half_stars = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    expected = models.FloatField(null=True)  # defects per 100 orders
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    all_causes = models.FloatField(null=True)
    orders_counted = models.BigIntegerField()
    confirmed_defects = models.BigIntegerField()
    percentile = models.FloatField(null=True)  # share of the category's rated subjects with a worse rating, 0 to 100
    aspects = models.JSONField()  # aspect -> {"stars", "percentile"} or null
    excluded = models.JSONField()  # {"orders", "reasons": {reason: orders}}
    withheld_for = models.CharField(max_length=8, choices=WithheldFor, blank=True)
    announced_stars = models.DecimalField(max_digits=2, decimal_places=1, null=True)  # by the scale announced, if any
    ledger = models.JSONField(null=True)  # scoring.ledger: parts of the change since the night before, in stars
    settled = models.JSONField(null=True)  # scoring.stability: exact values that the next night starts from
    repair = models.ForeignKey(Repair, null=True, on_delete=models.PROTECT, related_name="ratings", db_index=False)

    class Meta:
        permissions = (("replay_rating", "Can replay a published rating from its archived inputs"),)
        constraints = (
            models.UniqueConstraint(fields=["kind", "subject_id", "night", "revision"], name="one_revision"),
        )
        indexes = (
            models.Index("night", "kind", "category", *BEST_FIRST, name="rating_list"),
            models.Index("night", "kind", *BEST_FIRST, name="rating_tops"),
            # Few rows: what lists look at to leave out a rating that a repair has replaced.
            models.Index(
                fields=["night", "kind", "subject_id"], name="rating_repairs", condition=models.Q(revision__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.night}"


class Standing(models.Model):
    """All that is needed to score a subject of a night again (scoring.explain); kept for the latest two nights."""

    kind = models.CharField(max_length=6)
    subject_id = Key()
    night = models.DateField()
    category = Key(blank=True)
    packed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["night", "kind", "subject_id"], name="one_standing"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.night}"


class NightPeers(models.Model):
    """What the subjects of a category came to on a night: totals to set each against, and medians to compare with."""

    kind = models.CharField(max_length=6)
    category = Key(blank=True)
    night = models.DateField()
    figures = models.JSONField()  # scoring.explain.peers: medians, subjects, of, totals

    class Meta:
        constraints = (models.UniqueConstraint(fields=["night", "kind", "category"], name="one_peers"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.category} {self.night}"


class AnchorStore(models.Model):
    """What an anchor sold of a store in the 365 days before a night; the 20 stores with most orders."""

    anchor_id = Key()
    store_id = Key()
    night = models.DateField()
    orders = models.BigIntegerField()
    defects = models.BigIntegerField()  # of these, with a confirmed problem that is the anchor's doing

    class Meta:
        constraints = (models.UniqueConstraint(fields=["night", "anchor_id", "store_id"], name="one_anchor_store"),)

    def __str__(self) -> str:
        return f"{self.anchor_id} {self.store_id} {self.night}"


class Practice(models.Model):
    """What lately happened to a subject's buyers, in figures that anybody may see; kept for the latest two nights."""

    kind = models.CharField(max_length=6)
    subject_id = Key()
    night = models.DateField()
    figures = models.JSONField()  # reputation.ratings.practices says what of

    class Meta:
        constraints = (models.UniqueConstraint(fields=["night", "kind", "subject_id"], name="one_practice"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.night}"


class DriftClearance(models.Model):
    """A person has looked at the jump for which a night withheld a subject: from the next night on it is shown."""

    kind = models.CharField(max_length=6)
    subject_id = Key()
    night = models.DateField()
    decided_by = models.TextField()
    note = models.TextField()
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["night", "kind", "subject_id"], name="one_clearance"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.night}"
