"""What this installation wants otherwise than django-allauth does by itself."""

import base64
import hashlib
import logging
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from reputation.accounts.second_factor import recently_proved
from reputation.base.callers import caller_address, caller_network

logger = logging.getLogger(__name__)
_NO_MATCH = _("This name and password do not belong together. Capital and small letters count in the password.")
_SHUT = _("Too many failed attempts. For your safety this is shut for 15 minutes; then you can try again.")
_WRONG_CODE = _("This code is not right, or has been used. Wait for the next one in your app.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _NO_MATCH,
        "email_password_mismatch": _NO_MATCH,
        "too_many_login_attempts": _SHUT,
        "rate_limited": _SHUT,
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your old password."),
        "invalid_password_reset": _("This link has been used, or is too old. Ask for a new one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages only: answers as JSON would be a second way in to look after."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """What allauth counts by."""
        return caller_network(caller_address(request))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count for an account and a caller, whatever the account is called by: a stranger elsewhere cannot shut
        it."""
        typed = credentials.get("email") or credentials.get("username") or ""
        found = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).order_by("pk").first()
        return f"{self.get_client_ip(request)}\0{f'account {found.pk}' if found else typed.casefold()}"

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        return not recently_proved(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor proves who they are by that: the password alone must not remove it."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] == "mfa_reauthenticate"] or methods

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        messages.error(request, _("This account has been closed."))
        return redirect("login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """By our own address, never by the one that a request names."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.PUBLIC_URL}{path.replace('UID-KEY', key)}"

    def format_email_subject(self, subject: str) -> str:
        return f"Livestar: {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away must not undo what the person did, nor tell whether an address is known."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            logger.exception("mail %s was not sent", template_prefix)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets lie encrypted in the database, by the installation's secret key."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {"incorrect_code": _WRONG_CODE}

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    """The newest key encrypts; those before it still open what they closed."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(f"second factor\0{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
