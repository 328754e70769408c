from django.urls import path

from reputation.public import actions_api, api

# An id is whatever the platform uses, slashes too; so the longer route stands first.
urlpatterns = [
    path("nights/latest", api.LatestNight.as_view(), name="api-night"),
    path("actions", actions_api.ActionFeed.as_view(), name="api-actions"),
    path("actions/<int:pk>/ack", actions_api.ActionAcknowledge.as_view(), name="api-action-ack"),
    *(
        route
        for kind in ("store", "anchor")
        for route in (
            path(f"{kind}s", api.RatingList.as_view(kind=kind), name=f"api-{kind}s"),
            path(
                f"{kind}s/<path:subject_id>/history", api.RatingHistory.as_view(kind=kind), name=f"api-{kind}-history"
            ),
            path(f"{kind}s/<path:subject_id>", api.RatingDetail.as_view(kind=kind), name=f"api-{kind}"),
        )
    ),
]
