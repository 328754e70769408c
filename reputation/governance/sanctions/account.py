"""Sanctions that close an account: always two people."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from reputation.governance.sanctions.base import Sanction


class Suspend(Sanction):
    key = "suspend"
    label = pgettext_lazy("sanction", "Account suspended")
    gravity = 8
    default_days = 30
    needs_second = True
    dsa: ClassVar[Mapping[str, Any]] = {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("The account is suspended: nothing can be sold through it.")


class Ban(Sanction):
    key = "ban"
    label = pgettext_lazy("sanction", "Account closed")
    gravity = 9
    default_days = None
    reversible = False  # customers and followers go elsewhere
    may_be_endless = True
    needs_second = True
    dsa: ClassVar[Mapping[str, Any]] = {"decision_account": "DECISION_ACCOUNT_TERMINATED"}

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("The account is closed: it may not trade on this platform any more.")
