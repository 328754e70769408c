"""Sanctions that take away a part of the trade and give it back whole."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from reputation.governance.sanctions.base import Sanction

_PART_OF_THE_SERVICE = {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"}


class Throttle(Sanction):
    key = "throttle"
    label = pgettext_lazy("sanction", "Reduced reach")
    gravity = 3
    default_days = 7
    automatic_allowed = True
    needs_share = True
    stayable = True
    dsa: ClassVar[Mapping[str, Any]] = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]}

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("Goods and live rooms are shown to fewer people: %(share)s of the usual reach is left.") % {
            "share": share
        }


class Delist(Sanction):
    key = "delist"
    label = pgettext_lazy("sanction", "Item off sale")
    scopes = ("store",)
    gravity = 4
    default_days = 30
    needs_item = True
    stayable = True
    dsa: ClassVar[Mapping[str, Any]] = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]}

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("The item %(item)s is taken off sale.") % {"item": item}


class CartBan(Sanction):
    key = "cart_ban"
    label = pgettext_lazy("sanction", "No goods in live rooms")
    scopes = ("anchor",)
    gravity = 5
    default_days = 3
    stayable = True
    dsa: ClassVar[Mapping[str, Any]] = _PART_OF_THE_SERVICE

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("No goods may be offered in live rooms. Going live without goods stays possible.")


class ListingBan(Sanction):
    key = "listing_ban"
    label = pgettext_lazy("sanction", "No new listings")
    scopes = ("store",)
    gravity = 5
    default_days = 7
    stayable = True
    dsa: ClassVar[Mapping[str, Any]] = _PART_OF_THE_SERVICE

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("No new items may be listed. What is on sale already stays on sale.")


class LiveBan(Sanction):
    key = "live_ban"
    label = pgettext_lazy("sanction", "No live streams")
    scopes = ("anchor",)
    gravity = 6
    default_days = 7
    stayable = True
    dsa: ClassVar[Mapping[str, Any]] = _PART_OF_THE_SERVICE

    def measure(self, *, share: str = "", item: str = "") -> str:
        return _("Going live is not possible.")
