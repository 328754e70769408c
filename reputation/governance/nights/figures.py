"""What a policy's night came to, in numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from reputation.governance.models import Tier
from reputation.governance.nights.spells import Spells


def figures_of(spells: Spells) -> dict[str, Any]:
    """By rule: subjects flagged, spells that began and that ended; in all, subjects by how far they reach."""
    flagged, new, gone = (Counter(rule for *_who, rule in keys) for keys in (spells.firing, spells.new, spells.gone))
    subjects = {key[:2]: one.tier for key, one in spells.firing.items()}
    tiers = Counter(subjects.values())
    return {
        "rules": {
            rule: {"flagged": flagged[rule], "new": new[rule], "gone": gone[rule]} for rule in sorted({*flagged, *gone})
        },
        "all": {"flagged": len(subjects), "new": len(spells.new), "gone": len(spells.gone), "again": len(spells.again)},
        "tiers": {tier: tiers[tier] for tier in Tier.values},
    }
