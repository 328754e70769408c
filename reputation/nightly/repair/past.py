"""One published night rated anew for the subjects of some corrections."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
from django.db import transaction

from reputation.base.time import now
from reputation.governance.models import Correction
from reputation.nightly.again import look_of, score_request, work_folder
from reputation.nightly.archive import subjects_read
from reputation.nightly.child import job_run
from reputation.nightly.rating_rows import known_subjects, rating_rows, revisions_of
from reputation.nightly.repair.overlay import corrected_manifest
from reputation.nightly.runs import Night, days_folder
from reputation.nightly.settling import KEY, Who, settled
from reputation.nightly.snapshot import Manifest, manifest_check
from reputation.ratings.models import Publication, Rating, Repair
from reputation.ratings.services import pages_change

_JSON = ("aspects", "excluded", "ledger", "settled")
_UNCOMPARED = ("name", "category")  # whatever the subject was called then


def past_repair(publication: Publication, corrections: Sequence[Correction], night: Night) -> list[Who]:
    """Add a revision for each of their subjects whose rating comes out otherwise and no lower; returns whose.

    One transaction: a kill leaves the night repaired for all of them, or for none. Raises ReplayError, StageError,
    JobFailedError.
    """
    whose = {(one.kind, one.subject_id) for one in corrections}
    standing = manifest_of(publication)
    manifest_check(standing, days_folder())
    manifest = corrected_manifest(standing, night.run.manifest, whose, publication.night, days_folder())
    before = revisions_of(publication.previous)
    rows = _rated(publication, manifest, before) if _differs(standing, manifest, before, whose) else None
    changed = [] if rows is None else _worth(publication, rows, whose)
    with transaction.atomic():
        night.lease.check()
        repair = Repair.objects.create(
            night=publication, manifest=manifest, before=before, causes=[one.pk for one in corrections], made_at=now()
        )
        Rating.objects.bulk_create(Rating(**row, night=publication.night, repair=repair) for row in changed)
        for one in corrections:
            _note(one, publication, changed)
        if changed:
            pages_change()
    return [(row["kind"], row["subject_id"]) for row in changed]


def manifest_of(publication: Publication) -> Manifest:
    """The day files that a night stands on now: its own, or those of its last repair."""
    last = Repair.objects.filter(night=publication).order_by("-id").values_list("manifest", flat=True).first()
    return last or publication.manifest


def _differs(
    standing: Manifest, manifest: Manifest, before: list[tuple[str, str, int]], whose: Collection[Who]
) -> bool:
    """Nothing of theirs has changed by that day, nor in the night that it started from: it is spared the work."""
    return manifest != standing or any((kind, subject) in whose for kind, subject, _ in before)


def _rated(publication: Publication, manifest: Manifest, before: list[tuple[str, str, int]]) -> pd.DataFrame:
    with work_folder() as folder:
        job_run("score", request=score_request(publication, folder, manifest), folder=folder)
        scores = pd.read_parquet(folder / "scores.parquet")
    known = known_subjects(scores, subjects_read(publication.inputs["subjects"]))
    return rating_rows(settled(known, look_of(publication, before)))


def _worth(publication: Publication, rows: pd.DataFrame, whose: Collection[Who]) -> list[dict[str, Any]]:
    """The rows to publish. What else was corrected meanwhile may speak against a subject: a repair lowers no star."""
    found = []
    theirs = rows.set_index(KEY, drop=False).index.isin(list(whose))
    for row in rows[theirs].to_dict("records"):
        new = {str(name): json.loads(value) if name in _JSON and value else value for name, value in row.items()}
        stands = Rating.objects.filter(night=publication.night, **{name: new[name] for name in KEY})
        old = stands.order_by("-revision").first()
        if old is not None and not _lower(new, old) and _other(new, old):
            found.append(new | {"revision": old.revision + 1, "name": old.name, "category": old.category})
    return found


def _lower(new: dict[str, Any], old: Rating) -> bool:
    """By the exact star, for a loss of less than a tenth is one too."""
    was, now = ((settled or {}).get("exact") for settled in (old.settled, new["settled"]))
    shown = old.stars is not None and (new["stars"] is None or new["stars"] < float(old.stars))
    return shown or (was is not None and (now is None or now < was))


def _other(new: dict[str, Any], old: Rating) -> bool:
    return any(_plain(getattr(old, name)) != value for name, value in new.items() if name not in _UNCOMPARED)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | bool | dict | list) else float(value)


def _note(one: Correction, publication: Publication, changed: Collection[dict[str, Any]]) -> None:
    if any((row["kind"], row["subject_id"]) == (one.kind, one.subject_id) for row in changed):
        one.nights = sorted({*one.nights, publication.night.isoformat()})
        one.save(update_fields=["nights"])
