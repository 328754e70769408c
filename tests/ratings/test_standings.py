from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from reputation.ratings import selectors, standings
from reputation.ratings.models import AnchorStore, NightPeers, Rating, Standing
from scoring.explain.changes import what_if
from scoring.explain.files import Explained
from scoring.explain.stores import StoreSplit
from scoring.stars import tenths
from scoring.windows import tonight
from tests.ratings import explained_night
from tests.ratings.explained_night import NIGHT
from tests.scoring.explained import night
from tests.scoring.toy_market import LAST_DAY, toy

pytestmark = pytest.mark.django_db


def explained() -> Explained:
    made = night()
    stores = pd.DataFrame({"anchor_id": ["a1"], "store_id": ["s00001"], "orders": [7], "defects": [1]})
    return Explained(made.standings, made.peers, stores)


def found(row: Rating) -> standings.Explainable | None:
    return standings.explainable(selectors.shown(), selectors.rating_row(NIGHT, row.kind, row.subject_id))


def test_a_night_is_there_whole_and_writing_it_again_changes_nothing() -> None:
    for _ in range(2):
        standings.standings_write(night=NIGHT, explained=explained())
        assert Standing.objects.filter(night=NIGHT).count() == len(night().standings)
        assert NightPeers.objects.count() == 4
        assert AnchorStore.objects.get().orders == 7


def test_a_run_that_lost_its_lease_writes_nothing() -> None:
    def lost() -> None:
        raise RuntimeError("another run took over")

    with pytest.raises(RuntimeError):
        standings.standings_write(night=NIGHT, explained=explained(), guard=lost)
    assert not Standing.objects.exists()


def test_two_nights_are_kept_and_the_one_that_is_shown() -> None:
    explained_night.publish()
    for later in range(1, 4):
        standings.standings_write(night=NIGHT + timedelta(days=later), explained=explained())
    assert standings.standings_prune() == len(night().standings) + 4 + 1
    kept = set(Standing.objects.values_list("night", flat=True))
    assert kept == {NIGHT, NIGHT + timedelta(days=2), NIGHT + timedelta(days=3)}
    assert set(AnchorStore.objects.values_list("night", flat=True)) == kept - {NIGHT}


@pytest.mark.parametrize("at", [0, 3, 77])
def test_a_subject_read_back_scores_exactly_as_the_night_has_published(at: int) -> None:
    explained_night.publish()
    row = explained_night.rating(at)
    told = what_if(found(row).rated, {})
    assert told.shown == row.stars
    assert (told.expected, told.low, told.high) == pytest.approx((row.expected, row.low, row.high), rel=1e-12)


def test_shares_are_given_at_the_level_that_the_night_took_for_tonight() -> None:
    made = night()
    lower = {target: level - 0.5 for target, level in made.model.tonight_.items()}
    explained_night.publish(levels={"store": lower})
    row = explained_night.rating(2)
    told = what_if(found(row).rated, {})
    odds = row.expected / (100 - row.expected) * 2.718281828459045**-0.5
    assert told.expected == pytest.approx(100 * odds / (1 + odds))
    assert told.shown == row.stars


def test_what_the_bands_hold_back_is_held_back_from_every_star() -> None:
    explained_night.publish()
    exact = what_if(replace(found(explained_night.rating(4)).rated, held=0.0), {}).star
    Rating.objects.all().delete()
    row = explained_night.rating(4, settled={"band": exact - 0.07}, stars=tenths(exact - 0.07).item())
    told = what_if(found(row).rated, {})
    assert told.star == pytest.approx(exact - 0.07)
    assert told.shown == row.stars


def test_there_is_nothing_to_explain_without_a_star_after_a_correction_or_with_old_bytes() -> None:
    explained_night.publish()
    assert found(explained_night.rating(5, state="withheld", stars=None)) is None
    assert found(explained_night.rating(6, revision=1)) is None
    row = explained_night.rating(7)
    assert found(row) is not None
    Standing.objects.filter(subject_id=row.subject_id).update(packed=b"of another version")
    assert found(row) is None
    Standing.objects.all().delete()
    assert found(row) is None


def test_medians_say_of_whom_they_are() -> None:
    explained_night.publish()
    about = found(explained_night.rating(1))
    assert about.of_category
    assert about.peers == night().figures("category 1")["subjects"]
    assert about.medians == night().medians(1)


def test_an_anchors_stores_come_with_their_own_stars_the_largest_first() -> None:
    table = {"anchor_id": ["a1"] * 3 + ["a2"], "store_id": ["s00000", "gone", "s00001", "s00000"],
             "orders": [5, 9, 9, 1], "defects": [1, 0, 2, 0]}  # fmt: skip
    explained_night.publish(stores=pd.DataFrame(table))
    star = explained_night.rating(0).stars
    found = standings.anchor_stores(NIGHT, "a1")
    assert [(row.store_id, row.orders, row.defects) for row in found] == [
        ("gone", 9, 0),
        ("s00001", 9, 2),
        ("s00000", 5, 1),
    ]
    assert [row.stars and float(row.stars) for row in found] == [None, None, star]
    assert standings.anchor_stores(NIGHT, "nobody") == []


def test_what_the_score_job_leaves_in_files_is_what_the_night_stores(tmp_path: Path) -> None:
    market = toy(stores=12, days=30)
    split = StoreSplit(LAST_DAY)
    written = Explained.of(tonight(split.tap(market.archive()), market.roster(), LAST_DAY), split)
    written.write(tmp_path)
    standings.standings_write(night=NIGHT, explained=Explained.read(tmp_path))
    stored = dict(Standing.objects.values_list("subject_id", "packed"))
    assert {key: bytes(value) for key, value in stored.items()} == dict(
        zip(written.standings["subject_id"], written.standings["standing"], strict=True)
    )


def test_reading_a_subject_takes_a_handful_of_queries(django_assert_max_num_queries) -> None:
    explained_night.publish()
    row = explained_night.rating(0)
    found(row)
    with django_assert_max_num_queries(4):
        found(row)
