"""What viewers said, as counts of five and more: fewer are shown together, or not at all."""

from __future__ import annotations

import pytest

from reputation.evidence.voices import Room, rooms
from tests.governance.appeals.world import at, send
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


def test_a_room_of_five_answers_is_shown_with_its_counts() -> None:
    answered("L1", ["yes", "no", "no", "yes", "no"])
    (room,) = rooms("a1", "false_promotion").shown
    assert (room.live_id, room.answers, room.yes) == ("L1", 5, 2)
    assert rooms("a2", "false_promotion").shown == []
    assert rooms("a1", "hype").shown == []


def test_four_answers_are_not_shown_at_all() -> None:
    answered("L1", ["yes"] * 4)
    found = rooms("a1", "false_promotion")
    assert (found.shown, found.rest, found.small) == ([], None, 1)


def test_small_rooms_are_shown_together_once_they_have_five() -> None:
    answered("L1", ["yes"] * 3)
    answered("L2", ["no"] * 2)
    found = rooms("a1", "false_promotion")
    assert (found.shown, found.rest, found.small) == ([], Room("", None, 5, 3), 2)


def test_uninvited_viewers_and_those_set_aside_are_not_among_them() -> None:
    answered("L1", ["yes"] * 6)
    answered("L2", ["yes"] * 6, invited=False)
    hold(units=("v:L1|L1-viewer0",))
    (room,) = rooms("a1", "false_promotion").shown
    assert (room.live_id, room.answers) == ("L1", 5)


def test_a_viewer_counts_once_in_a_room_with_the_first_answer() -> None:
    answered("L1", ["no"] * 5)
    send("responses", {"response_id": "again", "live_id": "L1", "respondent_ref": "L1-viewer0", "answered_at": at(1),
                       "answers": {"false_promotion": "yes"}})  # fmt: skip
    (room,) = rooms("a1", "false_promotion").shown
    assert (room.answers, room.yes) == (5, 0)


def test_no_other_column_can_be_asked_for() -> None:
    with pytest.raises(ValueError, match="no question to viewers"):
        rooms("a1", "overall")
