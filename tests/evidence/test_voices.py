"""What buyers and viewers answered, in groups of five and more: fewer are shown together, or not at all."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.evidence.setting_aside import unit_set_aside
from reputation.evidence.voices import LEAST, MOST, Group, Groups, answer_groups, grouped_by, pooled
from scoring.metrics import CATALOGUE
from scoring.outcomes.rules import ANSWERS, RULES
from tests.governance.appeals.world import NOON, at, order, send
from tests.portal.world import hold

pytestmark = pytest.mark.django_db


def answered(live: str, answers: list[str], *, invited: bool = True, ago: float = 5) -> None:
    """A live room of a1 and what its viewers answer to "false_promotion"."""
    send("live_sessions", {"live_id": live, "anchor_id": "a1", "started_at": at(ago)})
    viewers = [f"{live}-viewer{number}" for number in range(len(answers))]
    if invited:
        send(
            "invitations",
            *(
                {"invitation_id": f"i{one}", "live_id": live, "respondent_ref": one, "sent_at": at(ago)}
                for one in viewers
            ),
        )
    send("responses", *(
        {"response_id": f"r{one}", "live_id": live, "respondent_ref": one, "answered_at": at(ago - 1),
         "answers": {"false_promotion": said}}
        for one, said in zip(viewers, answers, strict=True)
    ))  # fmt: skip


@pytest.fixture(autouse=True)
def anchor(db: None) -> None:
    send("anchors", {"anchor_id": "a1", "name": "Lin", "observed_at": at(300)})


def scored(item: str | None, scores: list[int], *, question: str = "overall", ago: float = 4, **more: str) -> None:
    """Orders of one item of s1, and what their buyers answer."""
    keys = [f"{item}{more.get('live_id', '')}{number}@{ago}" for number in range(len(scores))]
    send("orders", *(order(key, item_ref=item, **more) for key in keys))
    send("responses", *(
        {"response_id": f"r{key}", "order_id": key, "answered_at": at(ago), "answers": {question: score}}
        for key, score in zip(keys, scores, strict=True)
    ))  # fmt: skip


def rooms(anchor_id: str, question: str) -> Groups:
    return answer_groups("anchor", anchor_id, question, NOON)


def goods(metric: str = "negative_answer") -> list[tuple[str, int, int]]:
    return [(one.name, one.answers, one.against) for one in answer_groups("store", "s1", metric, NOON).all]


# --- viewers -------------------------------------------------------------------------------------------------------


def test_a_room_of_five_answers_is_shown_with_its_counts() -> None:
    answered("L1", ["yes", "no", "no", "yes", "no"])
    (room,) = rooms("a1", "false_promotion").shown
    assert (room.name, room.answers, room.against, room.share) == ("L1", 5, 2, 0.4)
    assert rooms("a2", "false_promotion").shown == []
    assert rooms("a1", "hype").shown == []


def test_four_answers_are_not_shown_at_all() -> None:
    answered("L1", ["yes"] * 4)
    assert rooms("a1", "false_promotion") == Groups("room", [], None, 1)


def test_small_rooms_are_shown_together_once_they_have_five() -> None:
    answered("L1", ["yes"] * 3)
    answered("L2", ["no"] * 2)
    assert rooms("a1", "false_promotion") == Groups("room", [], Group("", None, 5, 3), 2)


def test_what_is_left_over_takes_a_room_along() -> None:
    answered("L1", ["yes"] * 6, ago=6)
    answered("L2", ["no"] * 5, ago=5)
    answered("L3", ["yes"], ago=4)
    found = rooms("a1", "false_promotion")
    assert [room.name for room in found.shown] == ["L1"]
    assert found.rest == Group("", None, 6, 1)  # not five of L2 beside a sum of twelve


def test_uninvited_viewers_and_those_set_aside_are_not_among_them() -> None:
    answered("L1", ["yes"] * 6)
    answered("L2", ["yes"] * 6, invited=False)
    hold(units=("v:L1|L1-viewer0",))
    (room,) = rooms("a1", "false_promotion").shown
    assert (room.name, room.answers) == ("L1", 5)


def test_a_viewer_counts_once_in_a_room_with_the_first_answer() -> None:
    answered("L1", ["no"] * 5)
    send("responses", {"response_id": "again", "live_id": "L1", "respondent_ref": "L1-viewer0", "answered_at": at(1),
                       "answers": {"false_promotion": "yes"}})  # fmt: skip
    (room,) = rooms("a1", "false_promotion").shown
    assert (room.answers, room.against) == (5, 0)


def test_an_answer_that_came_after_the_night_is_not_told_yet() -> None:
    answered("L1", ["yes"] * 5, ago=0.5)  # half a day after noon
    assert rooms("a1", "false_promotion") == Groups("room", [], None, 0)


def test_nothing_that_nobody_was_asked_can_be_asked_for() -> None:
    with pytest.raises(ValueError, match="nobody was asked"):
        rooms("a1", "overall")


# --- buyers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(anchor: None) -> None:
    send("stores", {"store_id": "s1", "name": "Shop", "category": "shoes", "opened_on": "2025-01-01"})


def test_goods_are_told_by_item_and_the_worst_comes_first(store: None) -> None:
    scored("cup", [1, 5, 5, 5, 5])
    scored("hat", [1, 2, 5, 5, 5, 3])
    assert goods() == [("hat", 6, 2), ("cup", 5, 1)]
    assert goods("described_low") == []


def test_items_of_few_answers_and_orders_without_an_item_are_together(store: None) -> None:
    scored("cup", [1, 1])
    scored("hat", [5, 5])
    scored(None, [1])
    assert goods() == [("", 5, 3)]


def test_service_is_told_by_week(store: None) -> None:
    scored("cup", [1, 5, 5, 5, 5], question="service", ago=4)  # a Saturday
    scored("hat", [5] * 5, question="service", ago=1)  # the Tuesday after
    assert goods("service_low") == [("2026-06-29", 5, 0), ("2026-06-22", 5, 1)]


def test_an_anchor_reads_its_buyers_by_live_room(store: None) -> None:
    send("live_sessions", {"live_id": "L1", "anchor_id": "a1", "started_at": at(10)})
    scored("cup", [1, 5, 5, 5, 5], anchor_id="a1", live_id="L1")
    assert [(one.name, one.answers, one.against) for one in rooms("a1", "negative_answer").all] == [("L1", 5, 1)]
    assert rooms("a2", "negative_answer").all == []


def test_an_order_that_is_set_aside_does_not_tell_its_answer_by_going(store: None) -> None:
    scored("cup", [1, 5, 5, 5, 5, 5])
    before = goods()
    unit_set_aside(unit="o:cup0@4", kind="store", subject_id="s1", reason="attack", source="objection:1")
    assert goods() == before == [("cup", 6, 1)]


def test_only_the_first_score_of_an_order_counts(store: None) -> None:
    scored("cup", [1, 5, 5, 5, 5])
    again = {"response_id": "again", "order_id": "cup0@4", "answered_at": at(1), "answers": {"overall": 5}}
    send("responses", again)
    assert goods() == [("cup", 5, 1)]


# --- every question ------------------------------------------------------------------------------------------------


def test_every_symptom_that_is_an_answer_is_a_metric_that_can_be_grouped() -> None:
    known = {metric.key: metric for metric in CATALOGUE}
    assert {rule.metric for rule in RULES.values() if rule.key in ANSWERS} | {"false_promotion", "hype"} == ANSWERS
    for key in ANSWERS:
        for kind in known[key].subjects:
            assert answer_groups(kind, "nobody", key, NOON) == Groups(grouped_by(kind, key), [], None, 0)


_found = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=2 * MOST)


@given(_found, st.booleans())
def test_no_group_and_no_remainder_is_ever_of_fewer_than_five(found: list[tuple[int, int]], nameless: bool) -> None:
    whole = [Group("" if nameless and not at else f"g{at}", None, n, min(bad, n)) for at, (n, bad) in enumerate(found)]
    told = pooled("item", whole)
    assert all(one.answers >= LEAST for one in told.all)
    assert len(told.shown) <= MOST
    left = Counter(n=sum(one.answers for one in whole), bad=sum(one.against for one in whole))
    left -= Counter(n=sum(one.answers for one in told.all), bad=sum(one.against for one in told.all))
    assert not left or not told.all  # where anything is shown, everything is in it
    assert left["n"] < LEAST
