"""What every evidence table has besides its own fields; here because stores and anchors are evidence too."""

from django.db import models


class Key(models.TextField):
    """An identifier as the platform sent it. Byte order, so that an index costs no locale-aware comparison."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class Evidence(models.Model):
    """The current state of one piece of evidence: its versions folded by `observed_at`.

    `sent` is the bit mask of the fields that the only version carried (absent and null are not the same when an older
    version turns up later); with more than one version the patches stand in evidence.Version.
    """

    observed_at = models.DateTimeField()
    first_observed_at = models.DateTimeField()
    sent = models.IntegerField()
    versions = models.SmallIntegerField()
    retracted = models.BooleanField()
    batch_id = models.BigIntegerField()

    class Meta:
        abstract = True
