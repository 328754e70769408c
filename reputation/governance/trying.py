"""Policies tried on the published nights at hand: what they read is what the latest night read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from reputation.governance.kept_night import everything, kept_path, night_keep, night_kept
from reputation.ratings.models import Publication
from scoring.archive import Archive
from scoring.policy import Policy
from scoring.policy.backtest import backtest
from scoring.policy.evaluate import evaluate
from scoring.policy.night import Bools, Night, walk, without
from scoring.policy.readings import Readings
from scoring.policy.rules import needs
from scoring.policy.star_history import StarHistory, Stars, compared_with
from scoring.policy.vocabulary import LOW_STAR
from scoring.roster import Roster
from scoring.windows import MATURE

LOOK_BACK = 180  # days of stars: a grace of 90 days and what came before it
DEFAULT_DAYS = 180  # of a backtest: flags of the older half can be followed to settled outcomes
FEW = 3000  # subjects whose night is summed up while a page waits
MANY = 0.01  # of the subjects that sell: as many feel a change of policy, and the notice is the longer one
_STARS = """
SELECT kind, subject_id, stars::float8 FROM ratings_rating shown
WHERE night = %(night)s AND stars IS NOT NULL AND NOT EXISTS (
    SELECT FROM ratings_rating later WHERE later.night = shown.night AND later.kind = shown.kind
    AND later.subject_id = shown.subject_id AND later.revision > shown.revision AND later.revision > 0
)
"""
_LOW = """ AND EXISTS (
    SELECT FROM ratings_rating low WHERE low.night = %(low_on)s AND low.kind = shown.kind
    AND low.subject_id = shown.subject_id AND low.stars < %(low)s
)"""


class TrialError(Exception):
    """The policy cannot be tried; the text says what to do."""


@dataclass(frozen=True)
class Touch:
    """Whom a policy would touch, measured on a night: subjects for whom another sanction, or one more or fewer, would be
    proposed than now; `major`: rules new or changed that may end somebody's business."""

    night: date
    touched: int
    selling: int
    major: tuple[str, ...]

    @property
    def many(self) -> bool:
        return bool(self.major) or self.touched > MANY * self.selling

    def as_json(self) -> dict[str, Any]:
        return {"night": str(self.night), "touched": self.touched, "selling": self.selling, "major": list(self.major)}


@dataclass(frozen=True)
class Ground:
    """The day files that a published night read, and who there is."""

    publication: Publication
    archive: Archive
    roster: Roster
    subjects: pd.DataFrame  # the list that it read: kind, subject_id, name, category, opened_on, retracted
    retracted: NDArray[np.int64]  # rows of the roster: day files still name them


def ground(night: date | None = None) -> Ground | None:
    """Of a night, by default the latest; None where it is not published. Raises TrialError where a file of it is gone."""
    published = Publication.objects.order_by("-night")
    publication = (published.filter(night=night) if night else published).first()
    if publication is None:
        return None
    folder = Path(settings.LIVESTAR_VAR)
    manifest = {
        family: {date.fromisoformat(day): digest for day, digest in days.items()}
        for family, days in publication.manifest.items()
    }
    try:
        archive = Archive.from_manifest(folder / "days", manifest)
        subjects = pd.read_parquet(folder / "subjects" / f"{publication.inputs['subjects']}.parquet")
    except (OSError, KeyError) as error:
        said = _("night %(night)s cannot be read again: %(error)s")
        raise TrialError(said % {"night": publication.night, "error": error}) from error
    roster = Roster(subjects)
    retracted = roster.rows(subjects[subjects["retracted"].astype(bool)])
    return Ground(publication, archive, roster, subjects, retracted)


def nights_known(first: date | None, last: date | None) -> list[date]:
    """Published nights from first to last, by default those of the latest 180 days. Raises TrialError for none."""
    published = Publication.objects.order_by("night")
    newest = published.values_list("night", flat=True).last()
    if newest is None:
        raise TrialError(_("no night is published yet; run one first"))
    last = last or newest
    first = first or last - timedelta(days=DEFAULT_DAYS - 1)
    nights = list(published.filter(night__range=(first, last)).values_list("night", flat=True))
    if not nights:
        oldest = published.values_list("night", flat=True).first()
        said = _("no published night from %(first)s to %(last)s; there are some from %(oldest)s to %(newest)s")
        raise TrialError(said % {"first": first, "last": last, "oldest": oldest, "newest": newest})
    return nights


def policy_backtest(
    policy: Policy,
    live: Policy | None,
    first: date | None = None,
    last: date | None = None,
    step: Callable[[str], None] = lambda night: None,
) -> dict[str, Any]:
    """The report of scoring.policy.backtest over published nights. Raises TrialError."""
    nights, known = nights_known(first, last), ground()
    assert known is not None  # noqa: S101 (a night is published)
    asked = [policy, live] if live else [policy]
    found = backtest(policy, nights_read(known, asked, nights), live, step)
    return found.report(known.archive, known.roster, known.publication.night - timedelta(days=MATURE))


def latest_night(*policies: Policy) -> Night | None:
    """What these policies read of the latest published night; None where there is none. Raises TrialError.

    Where nobody has asked yet, all that policies can read is summed up first, see `kept_night`.
    """
    publication = Publication.objects.order_by("-night").first()
    if publication is None:
        return None
    night = night_kept(kept_path(publication), *policies)
    if night is None:
        night_prepare()
        night = night_kept(kept_path(publication), *policies)
    return night


def night_prepare() -> bool:
    """Keep what any policy can read of the latest night; False where that is kept already, or no night is published.
    Raises TrialError."""
    publication = Publication.objects.order_by("-night").first()
    if publication is None or kept_path(publication).exists():
        return False
    path, known = kept_path(publication), ground(publication.night)
    assert known is not None  # noqa: S101 (it is published)
    stars = Past(known.roster, [publication.night])
    (night,) = walk(known.archive, known.roster, everything(), [publication.night], stars.at)
    night_keep(path, without(night, known.retracted))
    return True


def night_ready() -> bool:
    """Whether `latest_night` answers at once: it is kept, or soon summed up because there are few."""
    publication = Publication.objects.order_by("-night").first()
    if publication is None or kept_path(publication).exists():
        return True
    return sum(sum(kinds.values()) for kinds in publication.figures.get("states", {}).values()) <= FEW


def policy_touch(policy: Policy, live: Policy | None) -> Touch | None:
    """None where no night is published to measure it on. Raises TrialError."""
    night = latest_night(*filter(None, (policy, live)))
    if night is None:
        return None
    readings = Readings(night)
    draft, present = (_proposed(one, night, readings) for one in (policy, live))
    nobody = np.zeros(len(night), dtype=bool)
    differs = nobody.copy()
    for action in draft.keys() | present.keys():
        differs |= draft.get(action, nobody) != present.get(action, nobody)
    kept = live.rules if live else ()
    major = tuple(rule.id for rule in policy.rules if rule.major and rule not in kept)
    return Touch(night.day, int(differs.sum()), int((night.orders > 0).sum()), major)


def _proposed(policy: Policy | None, night: Night, readings: Readings) -> dict[str, Bools]:
    """By action who would be proposed for it."""
    out: dict[str, Bools] = {}
    for found in evaluate(policy, night, readings) if policy else []:
        action = out.setdefault(f"{found.rule.action} {found.rule.share}", np.zeros(len(night), dtype=bool))
        action[found.rows] = True
    return out


def nights_read(known: Ground, policies: list[Policy], nights: list[date]) -> Iterator[Night]:
    """What the policies, or with none of them the orders of 30 days alone, read of each of the nights (ascending)."""
    stars = Past(known.roster, nights) if any(policy.reads_stars() for policy in policies) else None
    for night in walk(known.archive, known.roster, needs(*policies), nights, stars.at if stars else None):
        yield without(night, known.retracted)


class Past:
    """Stars of published nights, each read once, in order.

    For one night alone a fraction is read: all of its own and of those that it is compared with, and of the rest only
    what became of the stars that are low tonight.
    """

    def __init__(self, roster: Roster, nights: list[date]) -> None:
        since = nights[0] - timedelta(days=LOOK_BACK)
        published = Publication.objects.filter(night__range=(since, nights[-1])).order_by("night")
        self._roster, self._history = roster, StarHistory()
        self._nights = list(published.values_list("night", flat=True))
        self._only = nights[0] if len(nights) == 1 else None

    def at(self, night: date) -> Stars:
        while self._nights and self._nights[0] <= night:
            due = self._nights.pop(0)
            whole = self._only is None or due == self._only or compared_with(due, self._only)
            self._history.add(due, self._roster, stars_shown(due, None if whole else self._only))
        return self._history.at(len(self._roster))


def stars_shown(night: date, low_on: date | None = None) -> pd.DataFrame:
    """kind, subject_id, stars of a published night, as last revised; those without a star are not there. `low_on`: only
    those whose star is low on that night."""
    query = _STARS + (_LOW if low_on else "")
    with connection.cursor() as cursor:
        cursor.execute(query, {"night": night, "low_on": low_on, "low": LOW_STAR})
        return pd.DataFrame(cursor.fetchall(), columns=["kind", "subject_id", "stars"]).astype({"stars": float})
