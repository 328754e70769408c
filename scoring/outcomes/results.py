"""What orders came to: family "outcomes", counted on the day on which each was placed."""

from __future__ import annotations

from functools import reduce

import numpy as np

from scoring.metrics import ASPECTS, OUTCOMES, PLAIN_OUTCOMES
from scoring.outcomes.book import Book
from scoring.outcomes.clocks import Bools, Days
from scoring.outcomes.ledger import Ledger


def count_outcomes(ledger: Ledger, role: str, book: Book, own: list[Days], anyone: list[Days], where: Bools) -> None:
    ledger.count(role, "orders", book.placed, where, outcome=True)
    problem = reduce(np.logical_or, [days <= book.mature for days in anyone])
    ledger.count(role, "problem", book.placed, where & problem, outcome=True)
    _count_plain(ledger, role, book, anyone, where)
    gravest = np.full(len(where), len(OUTCOMES), dtype=np.int64)
    aspect = np.full(len(where), -1, dtype=np.int64)
    for symptom, days in zip(book.symptoms, own, strict=True):
        graver = (days <= book.mature) & (symptom.rule.gravity < gravest)
        gravest[graver] = symptom.rule.gravity
        aspect[graver] = -1 if symptom.rule.aspect is None else ASPECTS.index(symptom.rule.aspect)
    ledger.count(role, "defect", book.placed, where & (aspect >= 0), outcome=True)
    for at, name in enumerate(ASPECTS):
        ledger.count(role, f"defect_{name}", book.placed, where & (aspect == at), outcome=True)


def _count_plain(ledger: Ledger, role: str, book: Book, anyone: list[Days], where: Bools) -> None:
    """Whoever caused it, answers that the carrier excuses too; what an exclusion reaches is set aside here as well."""
    came = {symptom.rule.key: days <= book.mature for symptom, days in zip(book.symptoms, anyone, strict=True)}
    cancelled = came["merchant_cancel"] | came["platform_cancel"]
    undelivered = np.isnat(book.orders.delivered)
    late = came["late_delivery"] | (cancelled & undelivered)
    plain = {
        "bad": came["negative_answer"] | late | cancelled,
        "neg": came["negative_answer"],
        "late": late,
        "lateship": came["late_dispatch"] | (cancelled & undelivered & np.isnat(book.orders.shipped)),
    }
    for name in PLAIN_OUTCOMES:
        ledger.count(role, name, book.placed, where & plain[name], outcome=True)
