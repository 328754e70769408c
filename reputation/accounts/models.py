from django.conf import settings
from django.db import models

from reputation.base.evidence import Key
from reputation.subjects.models import SubjectKind


class FirstPassword(models.Model):
    """Somebody still uses the password that was made for them: no page of the console opens until it is changed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"of {self.user_id}, {self.made_at:%F %T}"


class Invitation(models.Model):
    """Somebody is asked by mail to act for a store or an anchor, by an owner or (`made_by` null) by the platform. The
    link's token itself is kept nowhere."""

    kind = models.CharField(max_length=6, choices=SubjectKind)
    subject_id = Key()
    role = models.CharField(max_length=5, choices=[("owner", "owner"), ("staff", "staff")])
    mail = models.EmailField()
    language = models.CharField(max_length=10)  # of the one who invites, so of the mail
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token of the latest mail
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    sent = models.PositiveSmallIntegerField(default=1)  # mails, and tries to send one
    mailed = models.BooleanField(default=False)  # the mail server took the latest
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["kind", "subject_id", "-id"], name="invitation_subject"),)
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject_id", "mail"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation",
            ),
        )

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.kind} {self.subject_id} as {self.role}"
