from django.conf import settings
from django.db import models


class FirstPassword(models.Model):
    """Somebody still uses the password that was made for them: no page of the console opens until it is changed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"of {self.user_id}, {self.made_at:%F %T}"
