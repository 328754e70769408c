from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from reputation.base.time import market_day, now
from reputation.console.views.feed import _remarks
from reputation.evidence.feed import COSTS, KindReport
from reputation.evidence.kinds import KINDS
from reputation.evidence.services import batch_ingest, day_close
from tests.portal import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_start() -> Iterator[None]:
    cache.clear()
    with translation.override("en"):
        yield
    cache.clear()


def test_an_empty_feed_says_what_each_missing_kind_costs(client: Client, staff: User) -> None:
    answer = client.get("/console/feed")
    assert len(answer.context["kinds"]) == len(KINDS)
    said = [remark for _label, found in answer.context["remarks"] for remark in found]
    assert said == [str(COSTS[kind]) for kind in KINDS if kind in COSTS]


def test_what_came_in_and_what_is_late_is_shown(client: Client, staff: User) -> None:
    batch_ingest(kind="anchors", rows=[{"anchor_id": "a1", "name": "Lin"}, {"anchor_id": ""}], source="shop")
    day_close("anchors", market_day(now()) - timedelta(days=2))
    answer = client.get("/console/feed")
    found = {kind.kind: (kind, report) for _label, kind, report in answer.context["kinds"]}
    kind, report = found["anchors"]
    assert (report.rows, report.late, kind.accepted, kind.rejected, kind.open_rows) == (1, True, 1, 1, 1)
    page = answer.content.decode()
    assert 'href="/console/rejected?kind=anchors"' in page
    assert "Not closed through yesterday" in page


def test_what_waits_to_be_mended_is_never_an_old_count(client: Client, staff: User) -> None:
    client.get("/console/feed")
    world.rejected_row()
    kinds = {kind.kind: kind for _label, kind, _report in client.get("/console/feed").context["kinds"]}
    assert kinds["orders"].open_rows == 1


def test_gaps_and_missing_fields_are_named() -> None:
    gaps = [world.NIGHT + timedelta(days=n) for n in range(7)]
    gap, lacking = _remarks(KindReport("orders", gaps=gaps, incomplete={"buyer_ref": 1200}))
    assert gap.startswith("No rows on 7 days: 2026-11-20, ")
    assert gap.endswith("2026-11-24 …")
    assert lacking == "1,200 rows without buyer_ref"


def test_each_language_has_its_own_report(client: Client, staff: User) -> None:
    english = client.get("/console/feed?lang=en").content.decode()
    chinese = client.get("/console/feed?lang=zh-hans").content.decode()
    assert "Nothing can be rated from orders" in english
    assert "数据接入" in chinese
    assert "Nothing can be rated" not in chinese
