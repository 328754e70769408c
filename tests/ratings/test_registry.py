"""Who the champion is, from which night on, and that a person's word outranks the gate's until it is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reputation.ratings.models import ChampionTerm, StarModelRecord
from reputation.ratings.registry import (
    RegistryError,
    champion,
    champion_appoint,
    model_release,
    model_rollback,
    models_list,
    next_night,
    pinned,
    spans,
    term,
)
from reputation.ratings.services import models_prune
from tests.ratings.registry_world import FIRST, Reason, model, nights, publish

pytestmark = pytest.mark.django_db
WHY = {"by": "mia", "note": "stars of new stores look wrong"}


def day(number: int):
    """The n-th night, from 1."""
    return FIRST + timedelta(days=number - 1)


def test_before_the_first_night_nobody_is_champion() -> None:
    assert (champion(FIRST), pinned(FIRST), next_night(), spans(), models_list()) == (None, None, None, [], [])
    with pytest.raises(RegistryError, match="no night has been published"):
        model_rollback(**WHY)
    with pytest.raises(RegistryError, match="no model is pinned"):
        model_release(**WHY)


def test_a_champion_stays_until_the_next_is_appointed() -> None:
    nights("a", "a", "b", "b")
    assert [champion(day(number)).name for number in (1, 2, 3, 4, 9)] == ["a", "a", "b", "b", "b"]
    assert champion(FIRST - timedelta(days=1)) is None


def test_a_night_that_is_caught_up_later_does_not_outrank_later_nights() -> None:
    nights("a", "b", first=day(10))
    early = model("early", day(2))
    champion_appoint(model=early, night=day(2), reason=Reason.FIRST)
    assert champion(day(2)) == early
    assert champion(day(11)).name == "b"


def test_appointing_twice_is_appointing_once() -> None:
    records = nights("a")
    again = champion_appoint(model=records["a"], night=FIRST, reason=Reason.GATE)
    assert ChampionTerm.objects.get() == again
    assert again.reason == Reason.FIRST


def test_a_rollback_counts_from_the_next_night_and_says_who_and_why() -> None:
    nights("a", "b", "b")
    decided = model_rollback(**WHY)
    assert (decided.model.name, decided.since, decided.reason) == ("a", day(4), Reason.ROLLBACK)
    assert (decided.decided_by, decided.note) == ("mia", WHY["note"])
    assert champion(day(3)).name == "b"
    assert champion(day(4)).name == "a"
    assert pinned(day(3)) is None
    assert pinned(day(4)) == decided


def test_after_a_rollback_the_gate_appoints_nobody_until_it_is_released() -> None:
    records = nights("a", "b")
    back = model_rollback(**WHY)
    for number in (3, 4, 30):
        assert champion_appoint(model=records["b"], night=day(number), reason=Reason.GATE) == back
    assert champion(day(30)).name == "a"
    publish(records["a"], day(3))
    released = model_release(by="lin", note="the feed is mended")
    assert (released.model.name, released.since, released.reason) == ("a", day(4), Reason.GATE)
    assert pinned(day(4)) is None
    champion_appoint(model=records["b"], night=day(4), reason=Reason.GATE)
    assert champion(day(4)).name == "b"


def test_a_second_rollback_without_a_name_undoes_the_first() -> None:
    nights("a", "b", "c")
    assert [model_rollback(**WHY).model.name for _ in range(3)] == ["b", "c", "b"]
    assert ChampionTerm.objects.filter(reason=Reason.ROLLBACK).count() == 3


def test_any_model_with_a_text_may_be_put_back_by_name_and_the_present_one_pinned() -> None:
    nights("a", "b", "c")
    assert model_rollback(name="c", **WHY).model.name == "c"
    assert pinned(day(4)).model.name == "c"
    with pytest.raises(RegistryError, match="pinned already"):
        model_rollback(name="c", **WHY)
    assert model_rollback(name="a", **WHY).model.name == "a"


def test_a_rollback_refuses_what_would_fail_the_next_night() -> None:
    nights("a", "b")
    model("refused", day(2), artefacts={})
    model("old", day(2), artefacts={"store": '{"format": 1}', "anchor": '{"format": 1}'})
    model("half", day(2), artefacts={"store": "no json", "anchor": ""})
    for name, why in (
        ("refused", "never passed"),
        ("old", "format"),
        ("half", "cannot be read"),
        ("x", "live were: b, a"),
    ):
        with pytest.raises(RegistryError, match=why):
            model_rollback(name=name, **WHY)
    for lacking in ({"by": " ", "note": "why"}, {"by": "mia", "note": ""}):
        with pytest.raises(RegistryError, match="who decides and why"):
            model_rollback(**lacking)
    assert ChampionTerm.objects.filter(reason=Reason.ROLLBACK).count() == 0


def test_the_only_champion_has_nobody_before_it() -> None:
    nights("a", "a")
    with pytest.raises(RegistryError, match="only champion"):
        model_rollback(**WHY)


def test_a_rollback_during_a_night_waits_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The night had judged before the rollback came: it publishes what it has, the night after is the person's."""
    records = nights("a", "b")
    fresh = model("c", day(3))
    back = model_rollback(**WHY)
    assert champion_appoint(model=fresh, night=day(3), reason=Reason.GATE) == back
    publish(fresh, day(3))
    assert term(day(4)) == back
    assert champion(day(4)) == records["a"]


def test_what_was_live_when_comes_from_the_published_nights() -> None:
    records = nights("a", "a", "b")
    publish(records["a"], day(4))
    publish(records["a"], day(5))
    told = [(span.model, span.since, span.until) for span in spans()]
    assert told == [("a", day(1), day(2)), ("b", day(3), day(3)), ("a", day(4), None)]
    listed = {entry.model.name: entry for entry in models_list()}
    assert [span.since for span in listed["a"].spans] == [day(1), day(4)]
    assert (listed["a"].champion, listed["b"].champion) == (False, True)


def test_the_list_is_newest_first_and_marks_who_is_pinned(django_assert_num_queries) -> None:
    nights("a", "b")
    model("refused", day(3), artefacts={}, gate={"store": {}})
    model_rollback(**WHY)
    with django_assert_num_queries(3):
        entries = models_list()
    assert [(entry.model.name, entry.champion, entry.pinned) for entry in entries] == [
        ("refused", False, False), ("b", False, False), ("a", True, True),
    ]  # fmt: skip


def test_whoever_was_champion_is_never_pruned() -> None:
    nights("a", "b")
    unpublished = model("c", day(3))
    champion_appoint(model=unpublished, night=day(3), reason=Reason.GATE)
    model("nobody", day(3))
    models_prune(keep=[])
    assert {entry.model.name for entry in models_list()} == {"a", "b", "c", "nobody"}
    assert {entry.name for entry in StarModelRecord.objects.exclude(artefacts={})} == {"a", "b", "c"}
