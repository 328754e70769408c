"""Sanctions that restrict nothing and stand on record."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from reputation.governance.sanctions.base import Sanction


class Remark(Sanction):
    key = "notice"
    label = pgettext_lazy("sanction", "Notice")
    gravity = 1
    default_days = 30
    automatic_allowed = True

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("A notice: nothing is restricted. Please mend what it names.")


class Warned(Sanction):
    key = "warning"
    label = pgettext_lazy("sanction", "Warning")
    gravity = 2
    default_days = 30
    automatic_allowed = True

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("A warning: nothing is restricted, but a further breach can lead to a harder measure.")
