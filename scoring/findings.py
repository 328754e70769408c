"""What a check found: a code for machines and translators, the figure, and the limit that it was held against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

_TEXTS = {
    "first": "no champion stood before it",
    "no_worse": "against the champion its log loss is {value:+.5f} at worst, {limit:+.5f} is allowed",
    "same": "it is the same as the champion",
    "too_few_subjects": "not enough orders to judge: {value:.0f} subjects sold, {limit:.0f} are needed",
    "too_few_defects": "not enough orders to judge: {value:.0f} defects, {limit:.0f} are needed",
    "not_finite": "{value:.0f} of its predictions are no finite numbers",
    "champion_not_finite": "{value:.0f} of the champion's predictions are no finite numbers",
    "worse_than_champion": "against the champion its log loss may be {value:+.5f}, {limit:+.5f} is allowed",
    "worse_than_base": "against its own base its log loss may be {value:+.5f}, {limit:+.5f} is allowed",
    "too_many_foreseen": "it foresees {value:.2f} times the defects that came, {limit:.2f} is allowed",
    "too_few_foreseen": "it foresees {value:.2f} times the defects that came, {limit:.2f} is the least",
    "too_bold": "differences between subjects came out {value:.2f} times as large as foreseen, {limit:.2f} is the least",
    "too_timid": "differences between subjects came out {value:.2f} times as large as foreseen, {limit:.2f} is allowed",
    "calibration_error": "shares are off by {value:.2f} of the market's share on average, {limit:.2f} is allowed",
    "sweep": "{value:.0f} steps to the worse made a star better, {limit:.0f} are allowed",
    "moved": "{value:.1%} of the stars would move by 0.3 or more, {limit:.1%} is allowed",
    "stars_not_finite": "{value:.0f} stars are no finite numbers",
    "stars_moved": "{value:.1%} of the stars moved by 0.5 or more in one night, {limit:.1%} is allowed",
    "stars_shifted": "the spread of stars shifted by a PSI of {value:.2f}, {limit:.2f} is allowed",
    "features_shifted": "{value:.1%} of the features shifted beyond their PSI limit, {limit:.1%} is allowed",
    "evidence_grew": "{value:.1f} times the orders of the night before are counted, {limit:.1f} is allowed",
    "evidence_shrank": "{value:.2f} times the orders of the night before are counted, {limit:.2f} is the least",
    "day_missing": "the last day has {value:.2f} of a usual day's orders, {limit:.2f} is the least",
}


@dataclass(frozen=True)
class Finding:
    """`code`: a key of the sentences above; `value` and `limit`: None where the sentence needs none."""

    code: str
    value: float | None = None
    limit: float | None = None

    @property
    def text(self) -> str:
        """The finding as a short sentence with its figures."""
        return _TEXTS[self.code].format(value=self.value, limit=self.limit)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "value": plain(self.value), "limit": plain(self.limit), "text": self.text}


def codes() -> tuple[str, ...]:
    """Every code that a finding may have."""
    return tuple(_TEXTS)


def plain(value: Any) -> Any:
    """Figures as JSON takes them: numbers rounded to nine digits after the point, None for what is not finite."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, bool | str | None):
        return value
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) and not isinstance(value, float) else round(number, 9)
