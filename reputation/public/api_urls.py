from django.urls import path

from reputation.public import api

# An id is whatever the platform uses, slashes too; so the longer route stands first.
urlpatterns = [
    path("nights/latest", api.LatestNight.as_view(), name="api-night"),
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
