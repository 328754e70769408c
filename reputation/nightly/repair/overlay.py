"""The day files of a past night with the evidence of a few subjects as it is counted now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

import pandas as pd

from reputation.nightly.settling import Who
from reputation.nightly.snapshot import Manifest
from scoring import daily
from scoring.daily import SKETCH
from scoring.daily.files import KEY

_SEPARATOR = "\x1f"
FAMILIES = ("counters", "reported")  # what a rating reads; outcomes only teach models


def corrected_manifest(then: Manifest, now: Manifest, subjects: Collection[Who], night: date, folder: Path) -> Manifest:
    """`then`, with each day up to the night in which these subjects' rows are others by `now` pointing to a new file:
    their rows as of now, everybody else's as of then. Returns an equal manifest where nothing of theirs has changed."""
    found = {family: dict(days) for family, days in then.items()}
    for family in FAMILIES:
        old, new = then.get(family, {}), now.get(family, {})
        for day in sorted(old.keys() | new.keys()):
            if date.fromisoformat(day) <= night and old.get(day) != new.get(day):
                _replace(found.setdefault(family, {}), day, (old.get(day), new.get(day)), subjects, folder)
    return found


def _replace(
    days: dict[str, str], day: str, digests: tuple[str | None, str | None], subjects: Collection[Who], folder: Path
) -> None:
    old, new = (_read(digest, folder) for digest in digests)
    theirs = _of(old, subjects)
    mine = new[_of(new, subjects)].reset_index(drop=True)
    others = daily.apply(old[~theirs].reset_index(drop=True), _long(mine), _buyers(mine))
    if not others.equals(daily.apply(old, _long(old[:0]))):
        days[day] = daily.write_day(others, folder)[0]


def _read(digest: str | None, folder: Path) -> pd.DataFrame:
    """No file: nobody has anything on that day."""
    if digest is None:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in KEY})
    return daily.read_day(folder / f"{digest}.parquet")


def _of(table: pd.DataFrame, subjects: Collection[Who]) -> pd.Series:
    whose = table["kind"] + _SEPARATOR + table["subject_id"]
    return whose.isin([_SEPARATOR.join(who) for who in subjects])


def _long(rows: pd.DataFrame) -> pd.DataFrame:
    """Counters as rows of a change, as daily.apply takes them."""
    names = [name for name in map(str, rows) if name not in (*KEY, *SKETCH)]
    return rows.melt(KEY, names, "counter", "value")


def _buyers(rows: pd.DataFrame) -> pd.DataFrame | None:
    return rows[[*KEY, *SKETCH]] if set(SKETCH) <= set(rows) else None
