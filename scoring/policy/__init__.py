"""Policies: rules as data, checked on save, evaluated over a whole night at once, tried on past nights."""

from scoring.policy.document import MOST_BYTES, Problem
from scoring.policy.parse import Checked, policy_read
from scoring.policy.rules import Policy, Rule

__all__ = ["MOST_BYTES", "Checked", "Policy", "Problem", "Rule", "policy_read"]
