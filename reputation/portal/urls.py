from django.urls import path

from reputation.portal import (
    appeals_views,
    complaints_views,
    explain_views,
    keys_views,
    members_views,
    notices_views,
    notifications_views,
    objections_views,
    views,
    webhooks_views,
)
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
    path("complaints/<subjects:kind>/<path:subject_id>", complaints_views.listing, name="complaints"),
    path("complaint/<subjects:kind>/<path:subject_id>", complaints_views.detail, name="complaint"),
    path("complaint-file/<subjects:kind>/<path:subject_id>", complaints_views.attachment, name="complaint_file"),
    path("members/<subjects:kind>/<path:subject_id>", members_views.listing, name="members"),
    path("notifications", notifications_views.listing, name="notifications"),
    path("notifications/settings", notifications_views.settings, name="notification_settings"),
    path("keys/<subjects:kind>/<path:subject_id>", keys_views.listing, name="api_keys"),
    path("webhooks/<subjects:kind>/<path:subject_id>", webhooks_views.listing, name="webhooks"),
    path("webhooks/<int:pk>/<subjects:kind>/<path:subject_id>", webhooks_views.detail, name="webhook"),
    path("what-counts/<subjects:kind>", views.what_counts, name="what_counts"),
    path("held/<subjects:kind>/<path:subject_id>", views.held, name="held"),
    path("why/<subjects:kind>/<path:subject_id>", explain_views.why, name="why"),
    path("simulator/<subjects:kind>/<path:subject_id>", explain_views.simulator, name="simulator"),
    path("what-if/<subjects:kind>/<path:subject_id>", explain_views.what_if, name="what_if"),
    path("<subjects:kind>/<path:subject_id>", views.subject, name="subject"),
]
