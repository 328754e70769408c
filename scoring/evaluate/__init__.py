"""How good are the ratings? Out of time, beside the formulas that others publish; see docs/evaluate.md."""
