"""Signing in and out, for merchants and staff alike."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from reputation.accounts.models import FirstPassword
from reputation.portal import selectors
from reputation.portal.forms import SignInForm


class SignIn(LoginView):
    authentication_form = SignInForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        status = 429 if form.has_error("__all__", "throttled") else 200
        return self.render_to_response(self.get_context_data(form=form), status=status)


class PasswordChange(PasswordChangeView):
    template_name = "accounts/password.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        FirstPassword.objects.filter(user=self.request.user).delete()
        messages.success(self.request, _("Your password has been changed. Other devices have been signed out."))
        return super().form_valid(form)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:
        return redirect("console:home")
    return redirect("portal:home" if selectors.memberships(request.user).exists() else "/")
