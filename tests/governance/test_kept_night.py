"""The night kept in one file is the night: every policy reads from it what it reads from the day files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from reputation.governance.kept_night import kept_path, night_kept
from reputation.governance.trying import ground, latest_night, night_prepare, night_ready, nights_read
from reputation.ratings.models import Publication, Repair
from scoring.policy import Policy, policy_read
from scoring.policy.evaluate import evaluate
from scoring.policy.night import Night, tiers
from tests.governance.world import LOW_STAR, policy, publish, rate, rule
from tests.scoring.policies_at_random import policy_texts
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db


def read(*rules: str) -> Policy:
    found = policy_read(policy(*rules)).policy
    assert found is not None
    return found


def from_day_files(*policies: Policy) -> Night:
    known = ground()
    assert known is not None
    return next(nights_read(known, list(policies), [known.publication.night]))


def same(one: Night, other: Night, *policies: Policy) -> None:
    for tried in policies:
        for here, there in zip(evaluate(tried, one), evaluate(tried, other), strict=True):
            assert [one.ids[row] for row in here.rows] == [other.ids[row] for row in there.rows]
            for a, b in zip(here.columns, there.columns, strict=True):
                assert np.array_equal(a.value, b.value, equal_nan=True)
                assert np.array_equal(a.than, b.than, equal_nan=True)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy_texts())
def test_any_policy_reads_from_the_file_what_the_day_files_say(drawn: tuple[str, Policy]) -> None:
    if not Publication.objects.exists():
        publish(nights=1)
        for number in range(20):
            rate(f"s{number:05d}", LAST_DAY, 1.0 + number / 5)
    kept = latest_night(drawn[1])
    assert kept is not None
    same(kept, from_day_files(drawn[1]), drawn[1])


def test_stars_and_their_past_are_kept_too() -> None:
    nights = publish(nights=4)
    for night in nights:
        rate("s00001", night, 2.4)
    tried = read(LOW_STAR)
    kept = latest_night(tried)
    assert kept is not None
    same(kept, from_day_files(tried), tried)
    assert kept.stars.low_days[kept.ids.index("s00001")] == 4
    assert list(tiers(kept)) == list(tiers(from_day_files(tried)))


def test_it_is_made_once_a_night_and_again_after_a_repair() -> None:
    publish(nights=2)
    assert night_prepare()
    assert not night_prepare()
    newest = Publication.objects.get(night=LAST_DAY)
    before = kept_path(newest)
    Repair.objects.create(night=newest, manifest={}, before=[], causes=[], made_at=newest.published_at)
    assert kept_path(newest) != before
    assert night_prepare()
    assert night_kept(before, read(rule())) is not None  # a page may still be reading it


def test_older_files_are_cleared_away(var: Path) -> None:
    publish(nights=1, last=LAST_DAY - timedelta(days=2))
    for back in (2, 1, 0):
        if back < 2:
            publish(nights=1, last=LAST_DAY - timedelta(days=back))
        night_prepare()
    names = sorted(path.name[:10] for path in (var / "policy_nights").iterdir())
    assert names == [str(LAST_DAY - timedelta(days=1)), str(LAST_DAY)]


def test_a_torn_file_is_no_file(var: Path) -> None:
    publish(nights=1)
    night_prepare()
    path = kept_path(Publication.objects.get())
    path.write_bytes(path.read_bytes()[:1000])
    assert night_kept(path, read(rule())) is None
    assert latest_night(read(rule())) is not None


def test_two_who_make_it_at_once_leave_one_whole_file(var: Path) -> None:
    publish(nights=1)
    known = ground()
    assert known is not None
    path = kept_path(known.publication)
    from reputation.governance.kept_night import everything, night_keep
    from scoring.policy.night import walk

    (night,) = walk(known.archive, known.roster, everything(), [LAST_DAY])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: night_keep(path, night), range(8)))
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert night_kept(path, read(rule())) is not None


def test_a_page_waits_for_few_and_not_for_many() -> None:
    assert night_ready()  # nothing is published
    publish(nights=1)
    Publication.objects.update(figures={"states": {"store": {"rated": 60}}})
    assert night_ready()
    Publication.objects.update(figures={"states": {"store": {"rated": 60_000}, "anchor": {"new": 5}}})
    assert not night_ready()
    night_prepare()
    assert night_ready()
