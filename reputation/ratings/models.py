from django.db import models

from reputation.base.evidence import Key

# Equal stars: the one that more orders speak for. Without stars: last.
BEST_FIRST = (models.F("stars").desc(nulls_last=True), models.F("orders_counted").desc(), models.F("subject_id").asc())


class State(models.TextChoices):
    NEW = "new"
    FEW_ORDERS = "few_orders"
    RATED = "rated"
    WITHHELD = "withheld"


class Scale(models.Model):
    """Breakpoints from log-odds to stars, fitted once per market and then frozen."""

    version = models.PositiveIntegerField(primary_key=True)
    breakpoints = models.JSONField()
    fitted_on = models.DateField()

    def __str__(self) -> str:
        return f"scale {self.version}"


class StarModelRecord(models.Model):
    """A trained model as text, whole: a web host can score without sharing a disk with the night."""

    name = models.CharField(max_length=60, unique=True)  # night and fence: 2026-11-20.7
    night = models.DateField(db_index=True)
    artefacts = models.JSONField()  # {"store": text, "anchor": text}
    figures = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """A night whose ratings stand. Made in the transaction that moves the pointer."""

    night = models.DateField(primary_key=True)
    published_at = models.DateTimeField()
    model = models.ForeignKey(StarModelRecord, on_delete=models.PROTECT)
    scale = models.ForeignKey(Scale, on_delete=models.PROTECT)
    closed_through = models.JSONField()  # kind -> day, or null where none was closed
    manifest = models.JSONField()  # family -> day -> content hash: what a replay reads
    figures = models.JSONField()  # counts by state, spread of stars, levels

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

    class Meta:
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
