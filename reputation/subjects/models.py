from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from reputation.base.evidence import Evidence, Key


class SubjectKind(models.TextChoices):
    STORE = "store"
    ANCHOR = "anchor"


class Store(Evidence):
    store_id = Key(primary_key=True)
    name = models.TextField(null=True)  # noqa: DJ001 (null: not told to us; evidence keeps absent apart from empty)
    category = Key(null=True, db_index=True)
    opened_on = models.DateField(null=True)
    owner_ref = Key(null=True)
    region = Key(null=True)
    after_sales_terms = models.TextField(null=True)  # noqa: DJ001
    bigrams = SearchVectorField(null=True)
    letters = models.TextField(null=True)  # noqa: DJ001 (null: not worked out yet, see subjects.names)
    sounds = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        indexes = (GinIndex(fields=["bigrams"], name="store_bigrams"),)

    def __str__(self) -> str:
        return self.name or self.store_id


class Anchor(Evidence):
    anchor_id = Key(primary_key=True)
    name = models.TextField(null=True)  # noqa: DJ001
    followers = models.BigIntegerField(null=True)
    owner_ref = Key(null=True)
    bigrams = SearchVectorField(null=True)
    letters = models.TextField(null=True)  # noqa: DJ001
    sounds = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        indexes = (GinIndex(fields=["bigrams"], name="anchor_bigrams"),)

    def __str__(self) -> str:
        return self.name or self.anchor_id


class LiveSession(Evidence):
    live_id = Key(primary_key=True)
    anchor_id = Key(null=True, db_index=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    peak_viewers = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.live_id


class Membership(models.Model):
    """Who may act for a store or an anchor."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    kind = models.CharField(max_length=6, choices=SubjectKind)
    subject_id = Key()
    role = models.CharField(max_length=5, choices=[("owner", "owner"), ("staff", "staff")])

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "kind", "subject_id"], name="one_membership"),)

    def __str__(self) -> str:
        return f"{self.user} for {self.kind} {self.subject_id}"
