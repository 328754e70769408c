"""Counters per subject and market day: packed tallies, exact changes, and immutable day files."""

from scoring.daily.changes import deltas
from scoring.daily.files import apply, read_day, write_day
from scoring.daily.packing import pack, tallies, unpack
from scoring.daily.reports import reported
from scoring.daily.sketch import MISSING, SKETCH, buyers, distinct, hashes, union

__all__ = [
    "MISSING",
    "SKETCH",
    "apply",
    "buyers",
    "deltas",
    "distinct",
    "hashes",
    "pack",
    "read_day",
    "reported",
    "tallies",
    "union",
    "unpack",
    "write_day",
]
