from django.urls import path

from reputation.evidence import api

urlpatterns = [
    path("rejected", api.RejectedRows.as_view(), name="api-rejected"),
    path("rejected/<int:pk>/resend", api.RejectedRowResend.as_view(), name="api-resend"),
    path("batches/<int:pk>", api.BatchDetail.as_view(), name="api-batch"),
    path("<str:kind>", api.EvidenceBatch.as_view(), name="api-evidence"),
    path("<str:kind>/complete", api.EvidenceComplete.as_view(), name="api-complete"),
]
