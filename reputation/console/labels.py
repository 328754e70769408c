"""Names of what stands in rows as short codes. A code that is not here is shown as it is."""

from django.utils.translation import gettext_lazy as _

STAGES = {
    "screen": _("Screen for manipulation"),
    "roll": _("Recount what changed"),
    "snapshot": _("Take the snapshot"),
    "repair": _("Correct past nights"),
    "train": _("Train the model"),
    "gate": _("Judge the model"),
    "score": _("Score everyone"),
    "publish": _("Publish"),
    "govern": _("Apply the policies"),
    "practices": _("Measure what buyers met"),
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
    "appeal": _("Set aside after an appeal or objection"),
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
KINDS_RATED = {"store": _("Stores"), "anchor": _("Anchors")}
CANDIDATES = {"challenger": _("This model"), "champion": _("Champion"), "base": _("Base alone")}
FEATURES = {
    "log_orders": _("Volume"),
    "category_incident": _("Incidents in the category"),
    "dispatch_promise": _("Time to dispatch as promised"),
    "delivery_promise": _("Time to delivery as promised"),
}
TERM_REASONS = {
    "first": _("the first"),
    "gate": _("passed the gate"),
    "rollback": _("put back by a person"),
}
FINDINGS = {
    "first": _("No champion stood before it"),
    "no_worse": _("No worse than the champion"),
    "same": _("The same as the champion"),
    "too_few_subjects": _("Too few subjects to judge by"),
    "too_few_defects": _("Too few defects to judge by"),
    "not_finite": _("Predictions that are no numbers"),
    "champion_not_finite": _("Predictions of the champion that are no numbers"),
    "worse_than_champion": _("May be worse than the champion"),
    "worse_than_base": _("May be worse than its own base"),
    "too_many_foreseen": _("Foresees too many defects"),
    "too_few_foreseen": _("Foresees too few defects"),
    "too_bold": _("Makes differences between subjects too large"),
    "too_timid": _("Makes differences between subjects too small"),
    "calibration_error": _("Its shares are off"),
    "sweep": _("Worse evidence made a star better"),
    "moved": _("Too many stars would move"),
    "stars_not_finite": _("Stars that are no numbers"),
    "stars_moved": _("Too many stars moved in one night"),
    "stars_shifted": _("The spread of stars shifted"),
    "features_shifted": _("Too many features shifted"),
    "evidence_grew": _("Evidence grew too much overnight"),
    "evidence_shrank": _("Evidence vanished overnight"),
    "day_missing": _("A day of evidence is missing"),
}
