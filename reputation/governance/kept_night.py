"""All that any policy can read of the latest published night, kept in one file: a page reads the few columns it needs.

To sum 90 days of day files takes seconds at 100,000 subjects, to read columns takes milliseconds. So the sums are made
once for a night (and again where a repair has changed its stars), by a process of their own where there are many.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from django.conf import settings
from django.db.models import Max
from numpy.typing import NDArray

from reputation.ratings.models import Publication, Repair
from scoring.policy import Policy
from scoring.policy.night import Night
from scoring.policy.rules import needs
from scoring.policy.star_history import Stars
from scoring.policy.vocabulary import MEASURES, WINDOWS, counters_of

_FORMAT = 1
_KEPT = 2  # files: of the latest night and of the one before, which a page may still be reading
_WHOLE = (np.uint8, np.uint16, np.uint32)


@cache
def everything() -> dict[int, tuple[str, ...]]:
    """Every counter that a policy can read, over every window."""
    names = sorted({name for metric in MEASURES for name in counters_of(metric)})
    return dict.fromkeys(WINDOWS, tuple(names))


def kept_path(publication: Publication) -> Path:
    """Where the file of a night is, or will be: its name says from what it was made."""
    repaired = Repair.objects.aggregate(last=Max("id"))["last"] or 0
    made_of = [_FORMAT, publication.manifest, publication.inputs, repaired, everything()]
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return Path(settings.LIVESTAR_VAR) / "policy_nights" / f"{publication.night}-{digest}.npz"


def night_keep(path: Path, night: Night) -> None:
    """Write the file at once or not at all, and clear away those of earlier nights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez(file, **_arrays(night))
    os.replace(file.name, path)
    for old in sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)


def night_kept(path: Path, *policies: Policy) -> Night | None:
    """What these policies read of the night; None where the file is not there yet, or was torn: that one is cleared away."""
    try:
        with np.load(path) as kept:
            return _night(kept, needs(*policies))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        path.unlink(missing_ok=True)
        return None


def _arrays(night: Night) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "day": np.array(night.day.toordinal()),
        "ids": _texts(night.ids),
        "categories": _texts(night.categories),
        "kinds": night.kinds,
        "groups": night.groups,
        "buyers": night.buyers,
        "stars_now": night.stars.now,
        "stars_low_days": night.stars.low_days,
    }
    arrays |= {f"stars_change_{window}": change for window, change in night.stars.change.items()}
    for window, names in night.columns.items():
        arrays |= {f"{window}_{name}": _smallest(night.sums[window][:, at]) for at, name in enumerate(names)}
    return arrays


def _smallest(values: NDArray[np.float64]) -> NDArray[Any]:
    """In the smallest type that holds them exactly."""
    for kind in _WHOLE:
        with np.errstate(invalid="ignore"):
            small = values.astype(kind)
        if np.array_equal(small, values):
            return small
    return values


def _texts(texts: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(list(texts), ensure_ascii=False).encode(), dtype=np.uint8)


def _night(kept: Mapping[str, NDArray[Any]], wanted: Mapping[int, tuple[str, ...]]) -> Night:
    texts = {name: json.loads(kept[name].tobytes()) for name in ("ids", "categories")}
    sums = {
        window: np.column_stack([kept[f"{window}_{name}"].astype(np.float64) for name in names])
        for window, names in wanted.items()
    }
    change = {window: kept[f"stars_change_{window}"] for window in MEASURES["star_change"].windows}
    return Night(
        date.fromordinal(int(kept["day"])),
        tuple(texts["ids"]),
        kept["kinds"],
        np.array(texts["categories"], dtype=object),
        kept["groups"],
        sums,
        dict(wanted),
        kept["buyers"],
        Stars(kept["stars_now"], kept["stars_low_days"], change),
    )
