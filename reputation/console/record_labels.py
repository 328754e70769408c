"""Words for what happened to flags, appeals and objections, and how their tags are coloured."""

from django.utils.translation import gettext_lazy as _

FLAG_STATES = {
    "open": _("to decide"),
    "decided": _("acted on"),
    "dismissed": _("dismissed"),
    "cleared": _("cleared by itself"),
}
APPEAL_STATES = {
    "open": _("to decide"),
    "won": _("won"),
    "lost": _("lost"),
    "withdrawn": _("withdrawn"),
}
OBJECTION_STATES = {
    "open": _("to decide"),
    "decided": _("decided"),
    "withdrawn": _("withdrawn"),
}
LINE_STATES = {
    "open": _("to decide"),
    "accepted": _("accepted"),
    "refused": _("refused"),
    "withdrawn": _("withdrawn"),
}
FOUND_BY = {
    "automated": _("a rule of the policy"),
    "person": _("a member of staff"),
    "notice": _("somebody's complaint or report"),
}
DANGERS = {"brushing": _("Brushing"), "counterfeit": _("Counterfeit goods"), "safety": _("Unsafe goods")}
GROUNDS = {"terms": _("The platform's rules"), "law": _("The law")}
ROLES = {"owner": _("Owner"), "staff": _("Staff of the merchant")}
ABOUT = {"started": _("Start"), "changed": _("Change"), "ended": _("End")}
# Of any of these states: what calls for attention, what stands, what is over.
TAGS = {
    "open": "tag-warn", "held": "tag-warn", "stayed": "tag-warn", "active": "tag-bad",
    "won": "tag-good", "accepted": "tag-good", "overturned": "tag-good",
}  # fmt: skip
