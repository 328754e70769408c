from django.urls import path

from reputation.portal import appeals_views, explain_views, notices_views, objections_views, views
from reputation.subjects import addresses  # noqa: F401 (knows `subjects` in an address)

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("notices", notices_views.listing, name="notices"),
    path("notices/<int:pk>", notices_views.detail, name="notice"),
    path("notices/<int:pk>/appeal", appeals_views.create, name="appeal_new"),
    path("appeals/<int:pk>", appeals_views.detail, name="appeal"),
    path("files/<int:pk>", appeals_views.attachment, name="attachment"),
    path("objections", objections_views.listing, name="objections"),
    path("objections/<int:pk>", objections_views.detail, name="objection"),
    path("objections/new/<subjects:kind>/<path:subject_id>", objections_views.create, name="objection_new"),
    path("what-counts/<subjects:kind>", views.what_counts, name="what_counts"),
    path("held/<subjects:kind>/<path:subject_id>", views.held, name="held"),
    path("why/<subjects:kind>/<path:subject_id>", explain_views.why, name="why"),
    path("simulator/<subjects:kind>/<path:subject_id>", explain_views.simulator, name="simulator"),
    path("what-if/<subjects:kind>/<path:subject_id>", explain_views.what_if, name="what_if"),
    path("<subjects:kind>/<path:subject_id>", views.subject, name="subject"),
]
