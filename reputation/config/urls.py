from django.urls import include, path

handler404 = "reputation.public.views.page_not_found"

urlpatterns = [
    path("", include("reputation.nightly.urls")),
    path("", include("reputation.public.urls")),
    path("api/v1/evidence/", include("reputation.evidence.urls")),
    path("api/v1/", include("reputation.public.api_urls")),
    path("accounts/", include("reputation.accounts.urls")),
    path("notifications/", include("reputation.inbox.urls")),
    path("portal/", include("reputation.portal.urls")),
    path("console/", include("reputation.console.urls")),
]
