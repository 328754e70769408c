from django.urls import path

from reputation.portal import explain_views, views
from reputation.subjects import addresses  # noqa: F401 (knows `subjects` in an address)

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("what-counts/<subjects:kind>", views.what_counts, name="what_counts"),
    path("held/<subjects:kind>/<path:subject_id>", views.held, name="held"),
    path("why/<subjects:kind>/<path:subject_id>", explain_views.why, name="why"),
    path("simulator/<subjects:kind>/<path:subject_id>", explain_views.simulator, name="simulator"),
    path("what-if/<subjects:kind>/<path:subject_id>", explain_views.what_if, name="what_if"),
    path("<subjects:kind>/<path:subject_id>", views.subject, name="subject"),
]
