"""Has the evidence itself broken overnight? In many subjects: nothing is published. In few: those alone are withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from reputation.nightly.runs import StageError
from reputation.nightly.settling import Look, Who
from reputation.ratings.clearance import still_waiting
from reputation.ratings.models import Publication, WithheldFor
from reputation.ratings.witnesses import affected
from scoring import drift
from scoring.findings import plain
from scoring.ledger import PARTS
from scoring.metrics import KIND_ASPECTS, SubjectKind

Shape = Mapping[str, Any]  # what `score` leaves in shape.json
MOST_JUMPS = 200  # told of one night: whoever has more looks at the evidence, not at stars


@dataclass(frozen=True)
class Checked:
    """`withheld`: who waits for a person. `figures`: what the console shows, per kind and of the evidence."""

    withheld: frozenset[Who]
    stop: list[str]
    figures: dict[str, Any]


def drift_checked(settled: pd.DataFrame, shape: Shape, previous: Publication | None, night: date) -> Checked:
    """Hold a night's settled scores against the last publication."""
    kept = (previous.inputs.get("shape") or {}) if previous else {}
    volume = drift.check_volume(dict(shape["volume"]), kept.get("volume"))
    found = {kind: _of_kind(kind, settled, shape, previous, night) for kind in KIND_ASPECTS}
    withheld = {(kind, subject) for kind, one in found.items() for subject in one.withheld}
    parts = {**found, "evidence": volume}
    waiting = still_waiting(previous) if previous else set()
    known = set(zip(settled["kind"], settled["subject_id"], strict=True))
    return Checked(
        withheld=frozenset(withheld | (waiting & known)),
        stop=[reason for one in parts.values() for reason in one.reasons],
        figures={name: one.as_json() for name, one in parts.items()} | {"jumps": _jumps(settled, withheld)},
    )


def _jumps(settled: pd.DataFrame, withheld: set[Who]) -> list[dict[str, Any]]:
    """What a person has to look at: exact stars before and after, and the parts of what would be shown."""
    jumped = [who in withheld for who in zip(settled["kind"], settled["subject_id"], strict=True)]
    here = pd.Series(jumped, index=settled.index, dtype="bool")
    return [
        {
            "kind": row["kind"],
            "subject_id": row["subject_id"],
            "before": plain(row["was"]),
            "after": plain(row["exact"]),
            "parts": {name: plain(row[name]) for name in PARTS if row[name] and not pd.isna(row[name])},
        }
        for row in settled[here].nlargest(MOST_JUMPS, "orders_counted").to_dict("records")
    ]


def _of_kind(
    kind: SubjectKind, settled: pd.DataFrame, shape: Shape, previous: Publication | None, night: date
) -> drift.Drift:
    stars, here = _stars(settled[settled["kind"] == kind]), shape[kind]
    names = drift.jumped(stars)[:MOST_JUMPS]  # beyond, they come in company and no witness counts
    since = previous.night if previous else None
    kept = (previous.inputs.get("shape") or {}) if previous else {}
    return drift.check(
        stars,
        here["psi"],
        here["subjects"],
        affected(kind, names, since, night) if names and since else pd.DataFrame(columns=["incidents", "buyers"]),
        history=kept.get("days", 0),
    )


def _stars(rows: pd.DataFrame) -> pd.DataFrame:
    """Exact stars of tonight and of the night before, by subject, of all who have evidence enough for a star."""
    known = rows[rows["counted"]].set_index("subject_id")
    return pd.DataFrame({"exact": known["exact"], "before": known["was"], "explained": known["explained"]})


def withholding(look: Look, checked: Checked) -> Look:
    """The same look, with those who jumped withheld; whoever is withheld for brushing stays so for that."""
    return replace(look, withheld=dict.fromkeys(checked.withheld, str(WithheldFor.DRIFT)) | dict(look.withheld))


def stop_if_broken(checked: Checked, accepted: bool) -> None:
    """Raises StageError with the reasons, unless a person has accepted them for this night."""
    if checked.stop and not accepted:
        reasons = "; ".join(checked.stop)
        raise StageError(f"drift: {reasons}. Look at the console; `nightly --accept-drift` publishes all the same")
