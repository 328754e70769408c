from datetime import date

from django.urls import path, register_converter

from reputation.console.views import actions as action_pages
from reputation.console.views import (
    audit,
    batches,
    complaints,
    corrections,
    dossier,
    feed,
    holds,
    home,
    items,
    models,
    nights,
    oversight,
    policies,
    policy_editing,
    policy_files,
    policy_trials,
    queue,
    rejected,
    webhooks,
    withheld,
)
from reputation.subjects import addresses  # noqa: F401 (knows `subjects` in an address)


class MarketDay:
    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(MarketDay, "market_day")

app_name = "console"
urlpatterns = [
    path("", home.home, name="home"),
    path("queue", queue.listing, name="queue"),
    path("queue/next", queue.take_next, name="queue_next"),
    path("queue/deed", queue.deed, name="queue_deed"),
    path("queue/views", queue.save_view, name="queue_view_save"),
    path("queue/views/<int:pk>/delete", queue.delete_view, name="queue_view_delete"),
    path("queue/bulk", batches.bulk, name="queue_bulk"),
    path("queue/batches", batches.listing, name="batches"),
    path("queue/batches/<uuid:pk>", batches.detail, name="batch"),
    path("queue/<int:pk>", items.detail, name="item"),
    path("complaints", complaints.listing, name="complaints"),
    path("complaints/<int:pk>", complaints.detail, name="complaint"),
    path("complaints/files/<int:pk>", complaints.attachment, name="complaint_file"),
    path("files/<int:pk>", items.attachment, name="attachment"),
    path("actions", action_pages.listing, name="actions"),
    path("actions/<int:pk>", action_pages.detail, name="action"),
    path("act/<subjects:kind>/<path:subject_id>", action_pages.by_hand_act, name="act"),
    path("subjects", dossier.search, name="subjects"),
    path("subjects/<subjects:kind>/<path:subject_id>", dossier.detail, name="dossier"),
    path("nights", nights.listing, name="nights"),
    path("nights/<market_day:night>", nights.detail, name="night"),
    path("models", models.listing, name="models"),
    path("models/<str:name>", models.detail, name="model"),
    path("policies", policies.listing, name="policies"),
    path("policies/new", policy_editing.new, name="policy_new"),
    path("policies/file", policy_files.new, name="policy_file_new"),
    path("policy/<int:version>", policies.detail, name="policy"),
    path("policy/<int:version>/edit", policy_editing.edit, name="policy_edit"),
    path("policy/<int:version>/file", policy_files.of_version, name="policy_file"),
    path("policy/<int:version>/download", policies.download, name="policy_download"),
    path("policy/<int:version>/backtest", policy_trials.backtest, name="policy_backtest"),
    path("policy/<int:version>/shadow", policies.shadow, name="policy_shadow"),
    path("rejected", rejected.listing, name="rejected_rows"),
    path("rejected/<int:pk>", rejected.detail, name="rejected_row"),
    path("holds", holds.listing, name="holds"),
    path("holds/<int:pk>", holds.detail, name="hold"),
    path("withheld", withheld.listing, name="withheld"),
    path("corrections", corrections.listing, name="corrections"),
    path("feed", feed.status, name="feed"),
    path("audit", audit.listing, name="audit"),
    path("workload", oversight.workload, name="workload"),
    path("reports", oversight.reports, name="reports"),
    path("reports/<str:name>.<str:form>", oversight.report, name="report"),
    path("inspector", oversight.inspector, name="inspector"),
    path("inspector/<slug:number>", oversight.inspection, name="inspection"),
    path("webhooks", webhooks.listing, name="webhooks"),
    path("webhooks/<int:pk>", webhooks.detail, name="webhook"),
]
