"""One byte per counter, for packed tallies. Codes are stored: append to volumes and outcomes, never reorder."""

from __future__ import annotations

import numpy as np

from scoring.metrics import CATALOGUE, OUTCOMES, VOLUMES

ROLES: tuple[str, str] = ("store", "anchor")
FAMILIES: tuple[str, str] = ("counters", "outcomes")
EPOCH = np.datetime64("2000-01-01", "D")
_VOLUMES_FROM = 192
_OUTCOMES_FROM = 224

# counter name -> code, of family "counters" and of family "outcomes"
COUNTER_CODES: dict[str, int] = {
    **{f"{metric.key}_{part}": 2 * metric.code + at for metric in CATALOGUE for at, part in enumerate("nd")},
    **{name: _VOLUMES_FROM + at for at, name in enumerate(VOLUMES)},
}
OUTCOME_CODES: dict[str, int] = {name: _OUTCOMES_FROM + at for at, name in enumerate(OUTCOMES)}
# code -> (family, counter)
NAMES: dict[int, tuple[str, str]] = {
    **{code: (FAMILIES[0], name) for name, code in COUNTER_CODES.items()},
    **{code: (FAMILIES[1], name) for name, code in OUTCOME_CODES.items()},
}
