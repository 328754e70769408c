from django.urls import path

from reputation.public import actions_api, api, links_api, own_api

# An id is whatever the platform uses, slashes too; so the longer route stands first.
urlpatterns = [
    path("nights/latest", api.LatestNight.as_view(), name="api-night"),
    path("actions", actions_api.ActionFeed.as_view(), name="api-actions"),
    path("actions/<int:pk>/ack", actions_api.ActionAcknowledge.as_view(), name="api-action-ack"),
    path("own", own_api.OwnRating.as_view(), name="api-own"),
    path("own/incidents", own_api.OwnIncidents.as_view(), name="api-own-incidents"),
    path("own/notices", own_api.OwnNotices.as_view(), name="api-own-notices"),
    path("questionnaires", links_api.Questionnaires.as_view(), name="api-questionnaires"),
    path("complaint-links", links_api.ComplaintLinks.as_view(), name="api-complaint-links"),
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
