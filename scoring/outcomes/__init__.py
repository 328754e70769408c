"""Orders and their evidence in, symptoms, liable parties and counted facts out. The rules: docs/outcomes.md."""

from scoring.outcomes.counting import count_units
from scoring.outcomes.evidence import COLUMNS, Counted, EvidenceFrames, Horizon, empty

__all__ = ["COLUMNS", "Counted", "EvidenceFrames", "Horizon", "count_units", "empty"]
