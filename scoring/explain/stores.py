"""Where an anchor sold: its orders and problems of a year, split by the store that sent them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

import pandas as pd

from scoring.archive import Archive, Loader
from scoring.windows import WINDOW

TOP = 20  # stores per anchor
_KEY = ["subject_id", "via"]
_COUNTED = ["orders", "defect_n"]


class StoreSplit:
    """Adds up the anchors' rows of the day tables of a year while somebody else reads them, so none is read twice."""

    def __init__(self, as_of: date) -> None:
        self._days = range((as_of - timedelta(days=WINDOW)).toordinal() + 1, as_of.toordinal() + 1)
        self._seen: dict[date, pd.DataFrame] = {}

    def tap(self, archive: Archive) -> Archive:
        """The same archive; the counters of a day of the year, once read, are counted here as well (once)."""
        counters = {day: self._tapped(day, load) for day, load in archive.loaders.get("counters", {}).items()}
        loaders: Mapping[str, Mapping[date, Loader]] = {**archive.loaders, "counters": counters}
        return Archive(loaders)

    def _tapped(self, day: date, load: Loader) -> Loader:
        return partial(self._load, day, load) if day.toordinal() in self._days else load

    def _load(self, day: date, load: Loader) -> pd.DataFrame:
        table = load()
        anchors = table[(table["kind"] == "anchor") & (table["via"] != "")]
        self._seen[day] = anchors.reindex(columns=[*_KEY, *_COUNTED], fill_value=0)
        return table

    def frame(self) -> pd.DataFrame:
        """anchor_id, store_id (str), orders, defects (int64): per anchor the 20 stores with most orders, most first.

        Orders as in the anchor's orders_counted, defects as in its confirmed_defects; days not yet read are missing.
        """
        every = pd.concat([pd.DataFrame(columns=[*_KEY, *_COUNTED]), *(self._seen[day] for day in sorted(self._seen))])
        summed = every.groupby(_KEY, sort=True)[_COUNTED].sum().astype("int64").reset_index()
        summed = summed[summed["orders"] > 0]
        ranked = summed.sort_values(["subject_id", "orders", "via"], ascending=[True, False, True], kind="stable")
        top = ranked.groupby("subject_id", sort=False).head(TOP).reset_index(drop=True)
        return top.set_axis(["anchor_id", "store_id", "orders", "defects"], axis=1)
