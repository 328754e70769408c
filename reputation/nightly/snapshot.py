"""Which files a night reads: fixed once, archived with its publication, so that the night can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from reputation.nightly.models import DayFile
from reputation.nightly.runs import StageError

MATURE_DAYS = 60  # by then what became of a day's orders is settled
Manifest = dict[str, dict[str, str]]


def manifest_build(night: date) -> Manifest:
    """Family -> day -> digest of the files that hold what was known by the end of the night's market day."""
    last = {"counters": night, "reported": night, "outcomes": night - timedelta(days=MATURE_DAYS)}
    return {
        family: {
            str(day): digest
            for day, digest in DayFile.objects.filter(family=family, day__lte=through)
            .order_by("day")
            .values_list("day", "digest")
        }
        for family, through in last.items()
    }


def manifest_check(manifest: Manifest, folder: Path) -> None:
    """Raises StageError naming the first file that is not there."""
    for family, days in manifest.items():
        for day, digest in days.items():
            if not (folder / f"{digest}.parquet").is_file():
                raise StageError(f"the {family} file of {day} is missing: restore {digest}.parquet in {folder}")


def closed_at(night: date, closed: Mapping[str, date | None]) -> dict[str, str | None]:
    """Per kind the day to which the night's promises were called, as JSON holds it."""
    return {kind: str(min(night, day)) if day else None for kind, day in closed.items()}
