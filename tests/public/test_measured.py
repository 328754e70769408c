"""The page on how ratings work shows what last night measured about itself, and a change of scale beforehand."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from reputation.public.measured import measured, scale_change
from reputation.ratings.models import Publication, Scale
from tests.public.market import NIGHT, publish, rating

pytestmark = pytest.mark.django_db
BINS = [[0.01, 0.012, 4000.0], [0.05, 0.04, 1000.0]]
BANDS = [
    {"from": 0, "to": 30, "subjects": 0, "covered": None},
    {"from": 30, "to": 100, "subjects": 12, "covered": 0.75},
    {"from": 100, "to": 300, "subjects": 4, "covered": 0.5},
    {"from": 1000, "to": None, "subjects": 5, "covered": 1.0},
]
FIGURES: dict[str, Any] = {
    "store": {
        "measured": {
            "cutoff": "2026-01-01", "subjects": 420, "orders": 5000.0, "calibration": {"bins": BINS},
            "coverage": {"level": 0.8, "covered": 0.79, "bands": BANDS},
        },
        "announced": {"higher": 3, "same": 5, "lower": 2},
    }
}  # fmt: skip


def test_the_averages_are_weighted_by_orders() -> None:
    found = measured(FIGURES, "store")
    assert found is not None
    assert found.foreseen == pytest.approx((4000 * 1.0 + 1000 * 5.0) / 5000)
    assert found.came == pytest.approx((4000 * 1.2 + 1000 * 4.0) / 5000)
    assert (found.covered, found.promised) == (79.0, 80.0)
    assert measured({}, "store") is None
    assert measured({"store": {"measured": None}}, "store") is None


def test_how_many_ranges_held_is_told_by_how_many_orders_spoke_for_them() -> None:
    found = measured(FIGURES, "store")
    assert found is not None
    assert [tuple(band) for band in found.bands] == [(30, 100, 12, 75.0), (1000, None, 5, 100.0)]


def test_stores_and_anchors_are_told_one_by_one(client: Client) -> None:
    publish()
    Publication.objects.update(figures={"store": FIGURES["store"], "anchor": FIGURES["store"]})
    page = client.get("/how-ratings-work").content.decode()
    assert page.count('class="plot-ideal"') == 2
    assert len(set(re.findall(r'id="(reliability-[a-z]+)-t"', page))) == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Did the numbers hold?", "79 % / 80 %", "30 to 100", "1,000 and more", "new scale", "Fairer spread"]),
        ("zh-hans", ["这些数字准不准", "更均匀"]),
    ],
)
def test_the_page_tells_it_in_both_languages(client: Client, language: str, words: list[str]) -> None:
    publish()
    Publication.objects.update(figures=FIGURES)
    scale = Scale.objects.latest("version")
    Scale.objects.create(
        version=scale.version + 1, breakpoints=scale.breakpoints, fitted_on=NIGHT, announced_on=NIGHT,
        live_from=NIGHT + timedelta(days=20), note={"en": "Fairer spread", "zh-hans": "更均匀"},
    )  # fmt: skip
    page = client.get(f"/how-ratings-work?lang={language}").content.decode()
    for word in words:
        assert word in page
    assert "style=" not in page.split('id="measured"')[1].split("</section>")[0]


def test_a_scale_is_announced_only_from_its_day_on() -> None:
    publish()
    start = date(2027, 1, 1)
    Scale.objects.create(version=7, breakpoints={}, fitted_on=NIGHT, announced_on=NIGHT, live_from=start, note={})
    assert scale_change(NIGHT - timedelta(days=1), FIGURES) is None
    told = scale_change(NIGHT, FIGURES)
    assert told is not None
    assert (told.version, told.live_from) == (7, start)
    assert [row[1:] for row in told.counts] == [(3, 5, 2)]
    assert scale_change(start, FIGURES) is None


def test_every_page_of_a_subject_shows_its_star_by_the_announced_scale(client: Client) -> None:
    publish()
    rating("S1", announced_stars=3.7)
    rating("S2")
    assert "By the scale that is announced: 3.7 stars" in client.get("/stores/S1").content.decode()
    assert "按已公布的新标尺：3.7 星" in client.get("/stores/S1?lang=zh-hans").content.decode()
    assert "announced" not in client.get("/stores/S2").content.decode()
