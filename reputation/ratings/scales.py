"""Scales: fitted once per market, frozen, and changed only after everybody could see what it would do to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction
from django.db.models import Max

from reputation.base.audit import audit_append, by_operator
from reputation.ratings.models import Publication, Rating, Scale
from scoring.metrics import ASPECTS
from scoring.stars import check_scale, exact_by_kind, fit_scale, tenths

_ASPECTS = [f"log_odds_{aspect}" for aspect in ASPECTS]
NOTICE_DAYS = 15  # as long as the platforms we studied give, and a merchant's month of orders halves in it


class ScaleError(Exception):
    """The scale cannot be fitted or announced as asked; the text names the mend."""


def scale_live(night: date) -> Scale | None:
    """What a night's stars are read from. Nights before the first scale, run later, are read from the first."""
    live = Scale.objects.filter(live_from__isnull=False)
    return live.filter(live_from__lte=night).order_by("-live_from", "-version").first() or (
        live.order_by("live_from", "version").first()
    )


def scale_announced(night: date) -> Scale | None:
    """The next scale that people are told about on that night, if there is one."""
    return Scale.objects.filter(announced_on__lte=night, live_from__gt=night).order_by("live_from", "version").first()


def scale_ensure(*, night: date, scores: pd.DataFrame) -> Scale:
    """The live scale. Until a night is published with one, it is fitted to the night at hand."""
    live = scale_live(night)
    if live and (live.version > 1 or live.publication_set.exists()):
        return live
    first = {"breakpoints": fit_scale(scores), "fitted_on": night, "announced_on": night, "live_from": night}
    return Scale.objects.update_or_create(version=1, defaults=first)[0]


@transaction.atomic
def scale_fit(*, today: date) -> Scale:
    """A draft fitted to the latest published night. Nothing is shown by it until it is announced.

    Raises ScaleError where no night is published. Repeating it on the same night gives the same draft again.
    """
    latest = Publication.objects.order_by("-night").first()
    if latest is None:
        raise ScaleError("no night is published: the first night fits its own scale")
    breakpoints = fit_scale(published_scores(latest.night))
    draft = Scale.objects.filter(announced_on__isnull=True, live_from__isnull=True).order_by("-version").first()
    version = draft.version if draft else (Scale.objects.aggregate(last=Max("version"))["last"] or 0) + 1
    fitted = {"breakpoints": breakpoints, "fitted_on": today}
    return Scale.objects.update_or_create(version=version, defaults=fitted)[0]


@transaction.atomic
def scale_announce(*, version: int, today: date, live_from: date, note: Mapping[str, str], by: str = "") -> Scale:
    """Tell everybody that a draft will count from `live_from` on, at least 15 days ahead, with a reason.

    note: language code ("en", "zh-hans") -> why. Raises ScaleError naming the field and the mend.
    """
    scale = Scale.objects.select_for_update().filter(version=version).first()
    _announceable(scale, version, today, live_from, note)
    assert scale is not None  # noqa: S101 (checked above)
    scale.announced_on, scale.live_from, scale.note = today, live_from, dict(note)
    scale.save(update_fields=["announced_on", "live_from", "note"])
    told = {"live_from": live_from.isoformat(), "note": dict(note)}
    audit_append(
        actor=by or by_operator(), action="scale.announced", object_kind="scale", object_id=str(version), data=told
    )
    return scale


def _announceable(scale: Scale | None, version: int, today: date, live_from: date, note: Mapping[str, str]) -> None:
    if scale is None:
        raise ScaleError(f"version: there is no scale {version}; see `scale list`")
    if scale.live_from is not None:
        raise ScaleError(f"version: scale {version} was announced on {scale.announced_on}; fit a new one")
    if live_from < today + timedelta(days=NOTICE_DAYS):
        earliest = today + timedelta(days=NOTICE_DAYS)
        raise ScaleError(f"live_from: people get {NOTICE_DAYS} days; the earliest day is {earliest}")
    if scale_announced(today):
        raise ScaleError("version: another scale is announced; one change at a time")
    missing = [language for language in ("en", "zh-hans") if not note.get(language, "").strip()]
    if missing:
        raise ScaleError(f"note: say why in {missing[0]}, for the page that announces it")
    try:
        check_scale(scale.breakpoints)
    except ValueError as error:
        raise ScaleError(f"breakpoints: {error}") from error


def published_scores(night: date) -> pd.DataFrame:
    """What a scale is fitted to: log-odds of a published night's rated subjects, with the columns of a score table."""
    rows = Rating.objects.filter(night=night, settled__isnull=False).values_list(
        "kind", "subject_id", "revision", "orders_counted", "expected", "settled"
    )
    table = pd.DataFrame(
        [_score(*row) for row in rows.order_by("kind", "subject_id", "revision")],
        columns=["kind", "subject_id", "orders_counted", "buyers", "defect_share", "log_odds", *_ASPECTS],
    )
    return table.drop_duplicates(["kind", "subject_id"], keep="last", ignore_index=True)


def _score(
    kind: str, subject: str, revision: int, orders: int, expected: float | None, settled: dict[str, Any]
) -> tuple[Any, ...]:
    share = None if expected is None else expected / 100
    return (kind, subject, orders, orders, share, settled["log_odds"], *map(settled.get, _ASPECTS))


def preview(scale: Scale) -> list[int]:
    """By how many tenths each subject of the latest night would move, were it read from this scale."""
    latest = Publication.objects.select_related("scale").order_by("-night").first()
    if latest is None:
        return []
    scores = published_scores(latest.night)
    now, then = (tenths(exact_by_kind(scores, table)) for table in (latest.scale.breakpoints, scale.breakpoints))
    return [int(moved) for moved in np.rint((then - now) * 10)]
