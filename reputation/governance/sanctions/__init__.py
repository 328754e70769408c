"""The ladder of sanctions: what each is, whom it fits, and when a second person must agree."""

from reputation.governance.sanctions.account import Ban, Suspend
from reputation.governance.sanctions.base import Sanction
from reputation.governance.sanctions.limits import CartBan, Delist, ListingBan, LiveBan, Throttle
from reputation.governance.sanctions.words import Remark, Warned

_LADDER = (Remark, Warned, Throttle, Delist, CartBan, ListingBan, LiveBan, Suspend, Ban)
SANCTIONS: dict[str, Sanction] = {step.key: step() for step in _LADDER}
BULK_ALONE = 20  # in a batch of more, one person's slip would hit too many


def sanction(key: str) -> Sanction:
    """Raises KeyError for a key that is none."""
    return SANCTIONS[key]


def needs_second(key: str, tier: str, batch_size: int = 0) -> bool:
    """Whether a second person must agree before it counts. `batch_size`: items decided alike in one go, 0 for none."""
    return SANCTIONS[key].needs_second or tier == "head" or batch_size > BULK_ALONE


__all__ = ["BULK_ALONE", "SANCTIONS", "Sanction", "needs_second", "sanction"]
