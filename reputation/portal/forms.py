from typing import Any, ClassVar

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reputation.base.callers import caller_address
from reputation.portal import services


class SignInForm(AuthenticationForm):
    error_messages: ClassVar[dict[str, Any]] = {
        "invalid_login": _("This name and password do not belong together. Capital and small letters count in both."),
        "inactive": _("This account has been closed."),
        "throttled": _(
            "Too many failed attempts. For your safety this name is shut for 15 minutes; then you can try again."
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Name")

    def clean(self) -> dict[str, Any]:
        who = {"name": self.cleaned_data.get("username"), "address": caller_address(self.request)}
        if not who["name"] or not self.cleaned_data.get("password"):
            return self.cleaned_data
        if not services.sign_in_begin(**who):
            raise ValidationError(self.error_messages["throttled"], code="throttled")
        cleaned = super().clean()
        services.sign_in_succeed(**who)
        return cleaned
