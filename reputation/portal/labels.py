"""Codes in words for those whom they concern. How screening finds its patterns stays with the platform's staff."""

from django.utils.translation import gettext_lazy as _

PATTERNS = {
    "burst": _("Far more orders on one day than is usual for you"),
    "shared_device": _("Several buyers ordered from one device"),
    "shared_payment": _("Several buyers paid from one account"),
    "owner": _("The buyer belongs to the seller"),
    "answer_burst": _("Far more answers in a short time than is usual for you"),
    "unknown_liability": _("It is not known whose doing it was"),
    "appeal": _("Set aside for you after your appeal or objection"),
}
