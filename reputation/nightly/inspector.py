"""One published rating worked out again from the archived inputs of its night, and compared number by number.

Every subject is scored again, because a rating leans on its peers; that takes as long as the night took to score. So it
runs where nights run, as a task of their cluster, and the page that asked for it waits for the result.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from reputation.nightly.again import ReplayError, score_request, work_folder
from reputation.nightly.child import JobFailedError, job_run
from reputation.nightly.replay import NAMED_THEN, inputs_check, plain, rows_again
from reputation.ratings.models import Publication, Rating

GROUP, CLUSTER = "inspector", "nightly"
MOST_WAITING = 5
_JSON = ("aspects", "excluded", "ledger", "settled")
_KEY = ("kind", "subject_id")


@dataclass(frozen=True)
class Number:
    """A published value beside what came out now, both as text; "–" where there is none."""

    name: str
    published: str
    replayed: str
    equal: bool


@dataclass(frozen=True)
class Files:
    """Day files of one family: market day -> the hash that is its name."""

    family: str
    days: dict[str, str]


@dataclass(frozen=True)
class Inputs:
    """What the rating was worked out of. `kept`: earlier nights that vouch for the star; `levels`: of the market, as
    log-odds; `before`: the night that it went on from."""

    model: str
    scale: int
    levels: dict[str, float]
    before: str | None
    kept: list[str]
    subjects: str
    files: list[Files]
    corrected: list[str]  # day files that an appeal put in place of the night's own, as "family day"


@dataclass(frozen=True)
class Inspection:
    kind: str
    subject_id: str
    name: str
    night: str
    revision: int
    numbers: list[Number]
    inputs: Inputs
    seconds: float

    @property
    def equal(self) -> bool:
        return all(number.equal for number in self.numbers)


def rating_inspect(*, kind: str, subject_id: str, night: date) -> Inspection:
    """Work out the rating that stands for this subject and night. Raises ReplayError where something is missing."""
    started = time.monotonic()
    rating, publication = _standing(kind, subject_id, night), _publication(night)
    inputs_check(publication, lambda line: None)
    numbers = list(_compared(rating, _again(publication, rating)))
    seconds = round(time.monotonic() - started, 1)
    name, inputs = rating.name, _inputs(publication, rating)
    return Inspection(kind, subject_id, name, str(night), rating.revision, numbers, inputs, seconds)


def _standing(kind: str, subject_id: str, night: date) -> Rating:
    rows = Rating.objects.filter(kind=kind, subject_id=subject_id, night=night).select_related("repair")
    if (rating := rows.order_by("-revision").first()) is None:
        raise ReplayError(f"night {night} has published no rating of {kind} {subject_id}")
    return rating


def _publication(night: date) -> Publication:
    related = ("model", "scale", "previous__model", "previous__scale")
    if (found := Publication.objects.select_related(*related).filter(night=night).first()) is None:
        raise ReplayError(f"night {night} is not published")
    return found


def _again(publication: Publication, rating: Rating) -> Mapping[str, Any]:
    """The row of this subject as its night, or the repair that made its revision, works it out now."""
    repair = rating.repair
    with work_folder() as folder:
        request = score_request(publication, folder, repair.manifest if repair else None)
        job_run("score", request=request, folder=folder)
        rows = rows_again(publication, folder / "scores.parquet", repair.before if repair else None)
    found = rows[(rows["kind"] == rating.kind) & (rows["subject_id"] == rating.subject_id)]
    return {} if found.empty else dict(found.iloc[0])


def _compared(rating: Rating, row: Mapping[str, Any]) -> Iterator[Number]:
    left_out = (*_KEY, *NAMED_THEN) if rating.repair_id else _KEY
    for column, value in row.items():
        if column not in left_out:
            now = json.loads(value) if column in _JSON and value else value
            yield from _numbers(column, getattr(rating, column), now)
    if not row:
        yield Number("rating", _text(rating.state), "–", False)


def _numbers(name: str, published: Any, replayed: Any) -> Iterator[Number]:
    """One each, down to the leaves of what is kept as JSON."""
    if isinstance(published, dict) or isinstance(replayed, dict):
        was, now = published or {}, replayed or {}
        for key in sorted({*was, *now}):
            yield from _numbers(f"{name}.{key}", was.get(key), now.get(key))
        return
    was, now = plain(published), plain(replayed)
    yield Number(name, _text(was), _text(now), was == now)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _inputs(publication: Publication, rating: Rating) -> Inputs:
    own, used = publication.manifest, rating.repair.manifest if rating.repair else publication.manifest
    levels = publication.inputs["levels"].get(rating.kind, {})
    return Inputs(
        model=publication.model.name, scale=publication.scale_id, levels=dict(levels),
        before=str(publication.previous_id) if publication.previous_id else None,
        kept=list(publication.inputs["kept"]), subjects=publication.inputs["subjects"],
        files=[Files(family, dict(sorted(days.items()))) for family, days in sorted(used.items())],
        corrected=sorted(
            f"{family} {day}" for family, days in used.items() for day, name in days.items()
            if own.get(family, {}).get(day) != name
        ),
    )  # fmt: skip


# As a task of the cluster that runs nights.


@dataclass(frozen=True)
class Waiting:
    """`since`: when it was asked for; `ahead`: tasks before it, a night that is running among them."""

    since: datetime
    ahead: int


def inspection_start(*, kind: str, subject_id: str, night: date) -> str:
    """Ask for an inspection; returns its number. One that waits already is the same one.

    Raises ValidationError for a rating that was never published, and where many wait already.
    """
    if not Rating.objects.filter(kind=kind, subject_id=subject_id, night=night).exists():
        raise ValidationError(_("This night has published no rating of this subject."))
    waiting = [entry.task for entry in OrmQ.objects.filter(key=CLUSTER) if entry.task.get("group") == GROUP]
    wanted = (kind, subject_id, night)
    if same := next((task for task in waiting if task["args"] == wanted), None):
        return str(same["id"])
    if len(waiting) >= MOST_WAITING:
        raise ValidationError(_("Several replays are waiting already. Try again in a few minutes."))
    return str(async_task(inspection_run, *wanted, group=GROUP, cluster=CLUSTER))


def inspection_run(kind: str, subject_id: str, night: date) -> dict[str, Any]:
    """What the task leaves behind: the inspection, or {"missing": why there is none}."""
    try:
        return asdict(rating_inspect(kind=kind, subject_id=subject_id, night=night))
    except (ReplayError, JobFailedError) as error:
        return {"kind": kind, "subject_id": subject_id, "night": str(night), "missing": str(error)}


def inspection_found(number: str) -> dict[str, Any] | Waiting | None:
    """What came of it, or where it waits; None where it is not known (any more: results are kept for about a day)."""
    task = Task.objects.filter(pk=number, group=GROUP).first()
    if task is not None:
        return task.result if task.success else {"missing": str(task.result).strip().splitlines()[-1]}
    queued = [entry.task for entry in OrmQ.objects.filter(key=CLUSTER).order_by("id")]
    place = next((at for at, entry in enumerate(queued) if entry.get("id") == number), None)
    return None if place is None else Waiting(queued[place]["started"], place)
