from django.contrib.auth.views import LogoutView
from django.urls import path

from reputation.portal import account_views

urlpatterns = [
    path("login/", account_views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", account_views.PasswordChange.as_view(), name="password_change"),
    path("home/", account_views.home, name="home"),
]
