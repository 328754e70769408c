from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from reputation.accounts.models import FirstPassword
from reputation.accounts.second_factor import second_factor_missing

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

READING = "governance.view_desk"


def staff_only(view: View[P]) -> View[P]:
    """Staff of any role. Strangers are asked to sign in; whoever is signed in and is no staff, or has no role yet, is
    told so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            return render(request, "console/refused.html", status=403)
        if FirstPassword.objects.filter(user=request.user).exists():
            messages.info(request, _("Choose a password of your own first."))
            return redirect("password_change")
        if missing := second_factor_missing(request):
            messages.info(request, _("The console opens only with a second factor."))
            return redirect(missing)
        if not request.user.has_perm(READING):
            return render(request, "console/no_role.html", status=403)
        return view(request, *args, **kwargs)

    return never_cache(guarded)
