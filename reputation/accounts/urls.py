from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.contrib.auth.views import LogoutView
from django.urls import path, re_path
from django.views.decorators.cache import never_cache

from reputation.accounts import join_views, views

sign_in = views.SignIn.as_view()
password_change = never_cache(views.PasswordChange.as_view())
new_password = never_cache(account.password_reset_from_key)

# django-allauth finds its own pages by the names that begin with account_ and mfa_.
urlpatterns = [
    path("login/", sign_in, name="login"),
    path("login/", sign_in, name="account_login"),
    path("login/code/", mfa.authenticate, name="mfa_authenticate"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("home/", views.home, name="home"),
    path("password/", password_change, name="password_change"),
    path("password/reset/", never_cache(account.password_reset), name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", new_password, name="account_reset_password_from_key"
    ),
    path("again/", never_cache(account.reauthenticate), name="account_reauthenticate"),
    path("again/code/", never_cache(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("join/<str:token>", join_views.join, name="join"),
    path("joined/", join_views.joined, name="joined"),
    path("security/", never_cache(mfa.index), name="mfa_index"),
    path("security/app/", never_cache(views.SetUp.as_view()), name="mfa_activate_totp"),
    path("security/app/remove/", never_cache(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("security/codes/", never_cache(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("security/codes/new/", never_cache(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("security/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
