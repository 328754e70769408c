"""Orders and their evidence in, symptoms, liable parties and counted facts out. The rules: docs/outcomes.md."""

from scoring.outcomes.counting import count_units
from scoring.outcomes.evidence import COLUMNS, PROMISE_KINDS, Counted, EvidenceFrames, Horizon, due_column, empty

__all__ = [
    "COLUMNS",
    "PROMISE_KINDS",
    "Counted",
    "EvidenceFrames",
    "Horizon",
    "count_units",
    "due_column",
    "empty",
]
