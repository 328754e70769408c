from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from reputation.public import register, views

urlpatterns = [
    path("", views.front_page, name="front"),
    path("how-ratings-work", views.how_ratings_work, name="how-ratings-work"),
    path("sanctions", register.page, name="sanctions"),
    path("sanctions.csv", register.table, name="sanctions-csv"),
    path("categories/<path:name>", views.category, name="category"),
    path("stores/<path:subject_id>", views.subject, {"kind": "store"}, name="store"),
    path("anchors/<path:subject_id>", views.subject, {"kind": "anchor"}, name="anchor"),
    path("badge/store/<path:subject_id>.svg", views.badge_svg, {"kind": "store"}, name="badge-store"),
    path("badge/anchor/<path:subject_id>.svg", views.badge_svg, {"kind": "anchor"}, name="badge-anchor"),
    path("robots.txt", views.robots, name="robots"),
    path("api/docs", views.api_docs, name="api-docs"),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
]
