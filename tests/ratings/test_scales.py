"""A scale is fitted once, changed only with notice, and everybody sees beforehand what it does."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reputation.base.time import market_day, now
from reputation.ratings.models import Publication, Rating, Scale, StarModelRecord
from reputation.ratings.scales import (
    NOTICE_DAYS,
    ScaleError,
    preview,
    scale_announce,
    scale_announced,
    scale_fit,
    scale_live,
)
from scoring.metrics import ASPECTS, KIND_ASPECTS
from scoring.stars import exact

pytestmark = pytest.mark.django_db
NIGHT = date(2026, 3, 31)
NOTE = {"en": "Spread of the stars", "zh-hans": "调整星级分布"}
POINTS = {"points": [[-6.0, 5.0], [-3.0, 4.2], [1.0, 1.0]], "subjects": 0, "source": "default"}


def table() -> dict[str, Any]:
    return {f"{kind}.{target}": POINTS for kind, aspects in KIND_ASPECTS.items() for target in ("overall", *aspects)}


def published(count: int = 60) -> Publication:
    scale = Scale.objects.create(version=1, breakpoints=table(), fitted_on=NIGHT, announced_on=NIGHT, live_from=NIGHT)
    model = StarModelRecord.objects.create(name="m", night=NIGHT, artefacts={}, figures={})
    for n in range(count):
        log_odds = -5.0 + 4.0 * n / count
        settled = {"log_odds": log_odds, "exact": 4.0} | {f"log_odds_{aspect}": log_odds for aspect in ASPECTS}
        Rating.objects.create(
            kind="store", subject_id=f"S{n:03}", night=NIGHT, name="x", state="rated", basis="orders", orders_counted=90,
            confirmed_defects=1, aspects={}, excluded={}, expected=5.0, settled=settled,
        )  # fmt: skip
    return Publication.objects.create(
        night=NIGHT, published_at=now(), model=model, scale=scale, closed_through={}, manifest={}, figures={}
    )


def test_a_draft_counts_for_nothing_until_it_was_announced_with_notice() -> None:
    published()
    draft = scale_fit(today=NIGHT)
    assert draft.version == 2
    assert draft.breakpoints["store.overall"]["source"] == "fitted"
    assert scale_fit(today=NIGHT).version == 2  # the same draft, not one more
    later = NIGHT + timedelta(days=400)
    live, announced = scale_live(later), scale_announced(NIGHT)
    assert live is not None
    assert live.version == 1
    assert announced is None

    start = NIGHT + timedelta(days=NOTICE_DAYS)
    scale_announce(version=2, today=NIGHT, live_from=start, note=NOTE)
    announced = scale_announced(NIGHT)
    assert announced is not None
    assert announced.version == 2
    assert [scale.version for scale in map(scale_live, (start - timedelta(days=1), start)) if scale] == [1, 2]
    assert scale_announced(start) is None


def test_a_preview_is_the_difference_of_the_two_tables_for_every_subject() -> None:
    published()
    draft = scale_fit(today=NIGHT)
    points = Rating.objects.order_by("subject_id").values_list("settled__log_odds", flat=True)
    expected = [
        round(exact(at, draft.breakpoints, "store.overall").item() + 1e-9, 1)
        - round(exact(at, table(), "store.overall").item() + 1e-9, 1)
        for at in points
    ]
    assert [move / 10 for move in preview(draft)] == pytest.approx(expected, abs=1e-6)
    assert any(preview(draft))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"live_from": NIGHT + timedelta(days=NOTICE_DAYS - 1)}, "the earliest day is 2026-04-15"),
        ({"version": 9}, "there is no scale 9"),
        ({"version": 1}, "fit a new one"),
        ({"note": {"en": "why", "zh-hans": " "}}, "say why in zh-hans"),
    ],
)
def test_what_cannot_be_announced_is_refused_with_its_mend(change: dict[str, Any], says: str) -> None:
    published()
    scale_fit(today=NIGHT)
    wanted = {"version": 2, "today": NIGHT, "live_from": NIGHT + timedelta(days=30), "note": NOTE} | change
    with pytest.raises(ScaleError, match=says):
        scale_announce(**wanted)
    assert scale_announced(NIGHT) is None


def test_one_change_at_a_time_and_none_that_is_broken() -> None:
    published()
    scale_fit(today=NIGHT)
    scale_announce(version=2, today=NIGHT, live_from=NIGHT + timedelta(days=30), note=NOTE)
    third = scale_fit(today=NIGHT)
    assert third.version == 3
    with pytest.raises(ScaleError, match="one change at a time"):
        scale_announce(version=3, today=NIGHT, live_from=NIGHT + timedelta(days=60), note=NOTE)
    Scale.objects.filter(version=2).delete()
    Scale.objects.filter(version=3).update(breakpoints={"store.overall": POINTS})
    with pytest.raises(ScaleError, match=r"breakpoints: anchor\.honesty is missing"):
        scale_announce(version=3, today=NIGHT, live_from=NIGHT + timedelta(days=60), note=NOTE)


def test_the_command_fits_announces_and_lists(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no night is published"):
        call_command("scale", "fit")
    published()
    out, file = io.StringIO(), tmp_path / "scale.json"
    call_command("scale", "fit", "--json", str(file), stdout=out)
    assert "scale 2 is a draft" in out.getvalue()
    assert sum(json.loads(file.read_text())["changes"].values()) == 60
    start = market_day(now()) + timedelta(days=NOTICE_DAYS)
    call_command("scale", "announce", "2", "--from", str(start), "--note-en", "a", "--note-zh", "b", stdout=out)
    call_command("scale", "list", "--json", str(file), stdout=out)
    told = json.loads(file.read_text())
    assert [(one["version"], one["live_from"], one["live"]) for one in told] == [
        (1, str(NIGHT), True),
        (2, str(start), False),
    ]
    assert "counts now" in out.getvalue()
