from django.urls import path, register_converter

from reputation.portal import explain_views, views


class SubjectPlural:
    """`stores` and `anchors` in addresses, `store` and `anchor` in views."""

    regex = "stores|anchors"

    def to_python(self, value: str) -> str:
        return value.removesuffix("s")

    def to_url(self, value: str) -> str:
        return f"{value}s"


register_converter(SubjectPlural, "subjects")

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
