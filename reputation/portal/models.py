from django.db import models


class SignInFailure(models.Model):
    """A sign-in that was not (yet) right. `who` is a digest of name and address: some type a password as the name."""

    id = models.BigAutoField(primary_key=True)
    who = models.CharField(max_length=64)
    failed_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = (models.Index(fields=["who", "failed_at"], name="sign_in_failure_who"),)

    def __str__(self) -> str:
        return f"{self.who[:12]} {self.failed_at:%F %T}"
