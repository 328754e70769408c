from django.contrib.postgres.fields import ArrayField
from django.db import models


class ApiKey(models.Model):
    """A platform's key. Only the SHA-256 of its secret is kept: 256 random bits need no slow hash."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Heartbeat(models.Model):
    """When a task cluster last did any work: a killed idle worker silences a cluster that still looks alive."""

    cluster = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cluster} at {self.beat_at:%F %T}"
