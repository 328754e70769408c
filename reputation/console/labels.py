"""Names of what stands in rows as short codes. A code that is not here is shown as it is."""

from django.utils.translation import gettext_lazy as _

STAGES = {
    "screen": _("Screen for manipulation"),
    "roll": _("Recount what changed"),
    "snapshot": _("Take the snapshot"),
    "train": _("Train the model"),
    "gate": _("Judge the model"),
    "score": _("Score everyone"),
    "publish": _("Publish"),
    "govern": _("Apply the policies"),
    "report": _("Report"),
}
RUN_STATUSES = {
    "waiting": _("waiting for evidence"),
    "running": _("running"),
    "published": _("published"),
    "failed": _("failed"),
}
KINDS = {
    "stores": _("Stores"),
    "anchors": _("Anchors"),
    "live_sessions": _("Live sessions"),
    "orders": _("Orders"),
    "shipments": _("Shipments"),
    "returns": _("Returns"),
    "complaints": _("Complaints"),
    "invitations": _("Invitations"),
    "responses": _("Responses"),
    "conversations": _("Conversations"),
    "exclusions": _("Exclusions"),
    "daily_counts": _("Daily counts"),
}
PATTERNS = {
    "burst": _("Burst of orders"),
    "shared_device": _("Shared device"),
    "shared_payment": _("Shared payment"),
    "owner": _("Owner buys"),
    "answer_burst": _("Burst of answers"),
    "unknown_liability": _("Liability unknown"),
}
HOLD_STATUSES = {
    "held": _("to decide"),
    "released": _("released"),
    "confirmed": _("confirmed"),
}
UNITS = {"o": _("Order"), "c": _("Complaint"), "v": _("Viewer's voice"), "h": _("Conversation"), "r": _("Response")}
STATES = {
    "rated": _("with stars"),
    "few_orders": _("too few orders"),
    "new": _("no order yet"),
    "withheld": _("withheld"),
}
