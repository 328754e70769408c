"""Weekly rates of a subject against the others of its category, from the day files that the shown night read.

A page may be made on a host without those files: then there are none of these, and it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from reputation.ratings import selectors as ratings
from reputation.ratings.models import Publication
from reputation.subjects.models import Store
from scoring.metrics import CATALOGUE, Metric

if TYPE_CHECKING:
    from scoring.weekly import Files, Weekly

WEEKS = (13, 26, 52)


@dataclass(frozen=True)
class Week:
    """`own`, `others`: a share, or minutes; None where nothing was counted. `n` of `d`: the subject's own counters."""

    start: date
    own: float | None
    others: float | None
    n: float
    d: float


@dataclass(frozen=True)
class Trend:
    metric: Metric
    weeks: tuple[Week, ...]

    @property
    def excess(self) -> float:
        """How far the subject is above the others over the whole time, in incidents or times; what is shown first."""
        known = [week for week in self.weeks if week.own is not None and week.others is not None]
        above = sum(week.n - (week.others or 0.0) * week.d for week in known)
        return above if self.metric.unit == "share" else above / 1440.0


@dataclass(frozen=True)
class Trends:
    """`lines`: the furthest above its category first; metrics of which the subject has nothing are left out."""

    night: date
    lines: tuple[Trend, ...]
    peers: int


class NoFilesError(Exception):
    """The day files are not at hand; the text says which."""


def trends(kind: str, subject_id: str, category: str, weeks: int) -> Trends | None:
    """Of the `weeks` (one of WEEKS) before the night that is shown; None where none is. Raises NoFilesError."""
    shown = ratings.shown()
    if shown.night is None:
        return None
    others, count = _weekly(shown.night, shown.counter, kind, subject_id, category, weeks)
    lines = [Trend(metric, _weeks(others, metric)) for metric in CATALOGUE if kind in metric.subjects]
    told = [line for line in lines if any(week.n or week.d for week in line.weeks)]
    return Trends(shown.night, tuple(sorted(told, key=lambda line: -line.excess)), count)


@lru_cache(maxsize=64)  # reading a quarter of a large market takes seconds; the same page is opened several times
def _weekly(night: date, counter: int, kind: str, subject_id: str, category: str, weeks: int) -> tuple[Weekly, int]:
    """`counter`: of the pages; a repair may change what the night read."""
    import pyarrow as pa

    from scoring.weekly import weekly

    ids = _category(kind, category)
    try:
        return weekly(_files(night), kind, subject_id, ids, night, weeks), len(set(ids) - {subject_id})
    except (OSError, pa.ArrowInvalid) as error:
        raise NoFilesError(str(error)) from error


def _category(kind: str, category: str) -> list[str]:
    """Stores of the category; anchors have none, so all of them. Without the retracted ones, as a night reads them."""
    from reputation.subjects.services import MODELS

    rows = MODELS[kind]._default_manager.filter(retracted=False)
    if kind == "store":
        rows = Store.objects.filter(retracted=False, category=category or None)
    return sorted(rows.values_list("pk", flat=True))


def _files(night: date) -> Files:
    """Paths of the day files of the night's manifest. Raises NoFilesError where there are none at all."""
    manifest = Publication.objects.values_list("manifest", flat=True).get(night=night)
    folder = Path(settings.LIVESTAR_VAR) / "days"
    files = {
        family: {date.fromisoformat(day): folder / f"{digest}.parquet" for day, digest in days.items()}
        for family, days in manifest.items()
    }
    if not any(files.values()) or not folder.is_dir():
        raise NoFilesError(str(folder))
    return files


def _weeks(weekly: Weekly, metric: Metric) -> tuple[Week, ...]:
    (n, d), (others_n, others_d) = weekly.of(metric), weekly.of_others(metric)
    return tuple(
        Week(start, _rate(n[at], d[at]), _rate(others_n[at], others_d[at]), float(n[at]), float(d[at]))
        for at, start in enumerate(weekly.starts)
    )


def _rate(n: float, d: float) -> float | None:
    return float(n / d) if d > 0 else None
