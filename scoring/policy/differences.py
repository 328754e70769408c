"""What one policy says otherwise than another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scoring.policy.rules import Policy, Rule


@dataclass(frozen=True)
class Differences:
    """Rules that are new, that say something else than before, and that are gone; as they stand now, the last as they
    stood."""

    added: tuple[Rule, ...]
    changed: tuple[Rule, ...]
    gone: tuple[Rule, ...]


def differences(old: Policy | None, new: Policy) -> Differences:
    """From `old` (None: there was no policy) to `new`. A rule is the same rule by its id; where it stands in the file
    says nothing."""
    before = {rule.id: rule for rule in old.rules} if old else {}
    after = {rule.id: rule for rule in new.rules}
    return Differences(
        added=tuple(rule for key, rule in after.items() if key not in before),
        changed=tuple(rule for key, rule in after.items() if key in before and replace(rule, line=0) != before[key]),
        gone=tuple(rule for key, rule in before.items() if key not in after),
    )
