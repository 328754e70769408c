"""The forms of django-allauth in our own words, and a code that works once."""

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 254
CODE_LIVES = 120  # seconds: longer than the app's three steps of 30 that are let in


class Plain:
    """Labels above the fields, nothing in them. The first field has the focus."""

    labels: ClassVar[dict[str, Any]] = {}
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, (name, label) in enumerate(self.labels.items()):
            field = self.fields[name]
            field.label = label
            field.widget.attrs.pop("placeholder", None)
            if number == 0:
                field.widget.attrs["autofocus"] = True


class SignInForm(Plain, account.LoginForm):
    labels: ClassVar[dict[str, Any]] = {"login": _("Name or mail address"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.validators.append(MaxLengthValidator(LONGEST_NAME))
        login.widget.attrs.update(autocomplete="username", autocapitalize="none", maxlength=LONGEST_NAME)
        self.fields["password"].help_text = ""


class PasswordChangeForm(Plain, account.ChangePasswordForm):
    labels: ClassVar[dict[str, Any]] = {
        "oldpassword": _("Old password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class PasswordResetForm(Plain, account.ResetPasswordForm):
    labels: ClassVar[dict[str, Any]] = {"email": _("Mail address")}


class NewPasswordForm(Plain, account.ResetPasswordKeyForm):
    labels: ClassVar[dict[str, Any]] = {"password1": _("New password"), "password2": _("New password again")}


class PasswordAgainForm(Plain, account.ReauthenticateForm):
    labels: ClassVar[dict[str, Any]] = {"password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class Code(Plain):
    labels: ClassVar[dict[str, Any]] = {"code": _("Code")}
    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        """A code that somebody has looked at over the shoulder is worth nothing, even while the app shows it."""
        code: str = super().clean_code()  # type: ignore[misc]
        if not cache.add(f"code:{self.user.pk}:{code}", True, CODE_LIVES):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(Code, mfa.AuthenticateForm):
    pass


class CodeAgainForm(Code, mfa.ReauthenticateForm):
    pass


class SetUpForm(Code, ActivateTOTPForm):
    pass


class JoinForm(forms.Form):
    """A new account for somebody who was invited; what may be chosen is checked by who makes it."""

    name = forms.CharField(label=_("Name to sign in with"), max_length=LONGEST_NAME)
    password1 = forms.CharField(label=_("Password"), strip=False, widget=forms.PasswordInput)
    password2 = forms.CharField(label=_("Password again"), strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")
        for name in ("password1", "password2"):
            self.fields[name].widget.attrs["autocomplete"] = "new-password"
        self.fields["password1"].help_text = _("At least ten characters. A sentence is easy to remember.")

    def clean_password2(self) -> str:
        again: str = self.cleaned_data["password2"]
        if self.cleaned_data.get("password1") not in (None, again):
            raise forms.ValidationError(_("The two passwords are not the same."))
        return again
