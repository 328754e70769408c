"""The order of the queue, and what its filters keep."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from reputation.base.time import now
from reputation.governance.desk import selectors
from reputation.governance.desk.claims import item_claim, item_skip
from reputation.governance.desk.items import RISK, item_close, priority
from reputation.governance.desk.saved_views import MOST, view_delete, view_save
from reputation.governance.desk.selectors import NO_FILTERS, Filters, queue, soon
from reputation.governance.models import SavedView, WorkItem
from tests.governance.desk import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db: None) -> User:
    return world.moderator("ann")


@pytest.fixture
def spread(ann: User) -> dict[str, WorkItem]:
    bo = world.moderator("bo")
    items = {
        "late": world.item("s1", hours=-2, severity="low", tier="tail", category="beauty"),
        "head": world.item("s2", severity="critical", tier="head", orders=90_000, rule="low_star"),
        "big": world.item("s3", severity="high", tier="middle", orders=40_000),
        "small": world.item("s4", severity="high", tier="tail", orders=9),
        "anchor": world.item("s5", severity="medium", kind="anchor", category="food"),
    }
    item_claim(item=items["small"], by=ann)
    item_claim(item=items["big"], by=bo)
    item_skip(item=items["anchor"], by=ann)
    return items


def names(items: dict[str, WorkItem], rows) -> list[str]:
    by_pk = {item.pk: name for name, item in items.items()}
    return [by_pk[row.pk] for row in rows]


def test_what_presses_stands_first_and_then_risk_times_reach(ann: User, spread: dict[str, WorkItem]) -> None:
    assert names(spread, queue(ann)) == ["late", "head", "big", "small"]


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"severity": "high"}, ["big", "small"]),
        ({"tier": "head"}, ["head"]),
        ({"rule": "low_star"}, ["head"]),
        ({"category": "beauty"}, ["late"]),
        ({"subject": "s3"}, ["big"]),
        ({"subject": "tore S2"}, ["head"]),
        ({"kind": "appeal"}, []),
        ({"due": "overdue"}, ["late"]),
        ({"due": "soon"}, ["late"]),
        ({"whose": "mine"}, ["small"]),
        ({"whose": "others"}, ["big"]),
        ({"whose": "free"}, ["late", "head"]),
        ({"whose": "skipped"}, ["anchor"]),
        ({"severity": "high", "tier": "tail"}, ["small"]),
    ],
)
def test_each_filter_keeps_what_it_says(
    ann: User, spread: dict[str, WorkItem], filters: dict[str, str], kept: list[str]
) -> None:
    assert names(spread, queue(ann, Filters(**filters))) == kept


def test_what_is_done_is_in_nobodys_queue(ann: User) -> None:
    item = world.item()
    item_close("flag", item.flag, outcome="cleared")
    assert not queue(ann).exists()


def test_the_next_working_day_after_a_friday_is_the_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    friday_evening = datetime(2026, 11, 20, 12, tzinfo=UTC)  # 20:00 in Shanghai
    monkeypatch.setattr(selectors, "now", lambda: friday_evening)
    assert soon() == datetime(2026, 11, 23, 16, tzinfo=UTC)  # midnight after Monday in Shanghai


ITEMS = st.lists(
    st.tuples(st.sampled_from([-30, 1, 24 * 20, 24 * 30]), st.sampled_from(sorted(RISK)), st.integers(0, 10**6)),
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(drawn=ITEMS)
def test_the_order_is_that_of_a_plain_sort(drawn: list[tuple[int, str, int]]) -> None:
    moment, limit = now(), soon()
    with transaction.atomic():
        for number, (hours, severity, orders) in enumerate(drawn):
            item = world.item(f"h{number}", severity=severity, orders=orders)
            WorkItem.objects.filter(pk=item.pk).update(due_at=moment + timedelta(hours=hours))
        expected = sorted(WorkItem.objects.all(), key=lambda i: (i.due_at > limit, -i.priority, i.due_at, i.pk))
        assert list(queue(User.objects.create(username="eve"))) == expected
        transaction.set_rollback(True)


def test_a_big_sellers_trifle_does_not_stand_before_a_small_ones_grave_case() -> None:
    assert priority(RISK["critical"], 400) > priority(RISK["low"], 30_000)
    assert priority(RISK["critical"], 0) > 0


def test_a_view_keeps_filters_under_a_name_and_the_name_again_replaces_them(ann: User) -> None:
    view_save(by=ann, name="  My   heads ", filters=Filters(tier="head"))
    view_save(by=ann, name="My heads", filters=Filters(tier="head", due="overdue"))
    assert [(view.name, view.query) for view in SavedView.objects.all()] == [("My heads", "tier=head&due=overdue")]


def test_views_are_ones_own(ann: User) -> None:
    bo = world.moderator("bo")
    view = view_save(by=ann, name="mine", filters=NO_FILTERS)
    assert not view_delete(by=bo, pk=view.pk)
    assert view_delete(by=ann, pk=view.pk)


@pytest.mark.parametrize("name", ["", " \n ", "x" * 61])
def test_a_view_needs_a_name_that_fits(ann: User, name: str) -> None:
    with pytest.raises(ValidationError):
        view_save(by=ann, name=name, filters=NO_FILTERS)


def test_views_do_not_grow_without_end(ann: User) -> None:
    for number in range(MOST):
        view_save(by=ann, name=str(number), filters=NO_FILTERS)
    view_save(by=ann, name="0", filters=Filters(kind="flag"))  # replacing one is no new one
    with pytest.raises(ValidationError, match="delete one first"):
        view_save(by=ann, name="one too many", filters=NO_FILTERS)
