from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from reputation.public import (
    complaint_views,
    complaints_views,
    how_views,
    questions_views,
    register,
    subject_views,
    views,
)

urlpatterns = [
    path("", views.front_page, name="front"),
    path("how-ratings-work", how_views.how_ratings_work, name="how-ratings-work"),
    path("how-ratings-work/changes", how_views.changes, name="how-ratings-work-changes"),
    path("sanctions", register.page, name="sanctions"),
    path("sanctions.csv", register.table, name="sanctions-csv"),
    path("categories/<path:name>", views.category, name="category"),
    path("stores/<path:subject_id>", subject_views.subject, {"kind": "store"}, name="store"),
    path("anchors/<path:subject_id>", subject_views.subject, {"kind": "anchor"}, name="anchor"),
    path("badge/store/<path:subject_id>.svg", views.badge_svg, {"kind": "store"}, name="badge-store"),
    path("badge/anchor/<path:subject_id>.svg", views.badge_svg, {"kind": "anchor"}, name="badge-anchor"),
    path("q/<str:token>", questions_views.questionnaire, name="questionnaire"),
    path("complain", complaints_views.start, name="complain"),
    path("complain/store/<path:subject_id>", complaints_views.form, {"kind": "store"}, name="complain-store"),
    path("complain/anchor/<path:subject_id>", complaints_views.form, {"kind": "anchor"}, name="complain-anchor"),
    path("complaints", complaints_views.follow, name="complaints"),
    path("complaints/<str:code>", complaint_views.detail, name="complaint"),
    path("complaints/<str:code>/files/<int:pk>", complaint_views.attachment, name="complaint-file"),
    path("robots.txt", views.robots, name="robots"),
    path("api/docs", views.api_docs, name="api-docs"),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
]
