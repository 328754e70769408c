"""Signing in and out, for merchants and staff alike: django-allauth's views where they differ here."""

from typing import Any

from allauth.account.views import LoginView, PasswordChangeView
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from reputation.accounts.services import password_chosen
from reputation.subjects.models import Membership


class SignIn(LoginView):
    def form_invalid(self, form: Form) -> HttpResponse:
        status = 429 if form.has_error("__all__", "too_many_login_attempts") else 200
        return self.render_to_response(self.get_context_data(form=form), status=status)


class PasswordChange(PasswordChangeView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who has no password yet gets one by mail."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            return redirect("account_reset_password")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        answer = super().form_valid(form)
        password_chosen(user=self.request.user)
        return answer


class SetUp(ActivateTOTPView):
    def form_valid(self, form: Form) -> HttpResponse:
        """The code that finished the setting up has shown the second factor."""
        answer = super().form_valid(form)
        made = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        post_authentication(self.request, made, reauthenticated=True)
        return answer


@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:
        return redirect("console:home")
    return redirect("portal:home" if Membership.objects.filter(user=request.user).exists() else "/")
