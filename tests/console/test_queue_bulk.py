"""Deciding many flags alike, on its pages: choose, see what it would do, do it, undo it."""

import re
from html import unescape
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from reputation.governance.desk.claims import item_claim
from reputation.governance.models import Action, Batch, Flag, WorkItem
from tests.governance.desk import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db
BULK = "/console/queue/bulk"
DISMISS = {"what": "dismiss", "reason": "A storm."}


@pytest.fixture
def items(staff: User) -> list[WorkItem]:
    return [world.item("s1", tier="head"), world.item("s2"), world.item("s3")]


def choose(client: Client, items: list[WorkItem], **more: str) -> dict[str, str]:
    """The hidden fields of the form that comes back."""
    answer = client.post(BULK, {"items": [item.pk for item in items], **more})
    form = answer.context["form"]
    return {name: str(form[name].value()) for name in ("items", "request")}


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(answer.content.decode())))


def test_first_it_shows_what_was_chosen(client: Client, items: list[WorkItem]) -> None:
    answer = client.post(BULK, {"items": [item.pk for item in items]})
    seen = words(answer)
    assert "Decide 3 flags alike" in seen
    assert "Head 1 Tail 2" in seen
    assert UUID(str(answer.context["form"]["request"].value()))


def test_then_what_it_would_do_and_nothing_is_done_yet(client: Client, items: list[WorkItem]) -> None:
    item_claim(item=items[2], by=world.moderator("ann"))
    seen = words(client.post(BULK, choose(client, items) | {"what": "warning", "days": "9"}))
    for words_of_it in ("Warning · 9 days", "2 would be decided", "1 of these would wait for a second person",
                        "1 would stay as they are", "ann is working on it"):  # fmt: skip
        assert words_of_it in seen
    assert not Action.objects.exists()
    assert not Batch.objects.exists()


def test_confirmed_it_is_done_once_however_often_it_is_sent(client: Client, items: list[WorkItem]) -> None:
    sent = choose(client, items) | {"what": "warning", "days": "9", "confirm": "1"}
    for _again in range(2):
        answer = client.post(BULK, sent)
        assert answer.url == f"/console/queue/batches/{sent['request']}"
    assert sorted(Action.objects.values_list("days", "state")) == [(9, "active"), (9, "active"), (9, "held")]
    seen = words(client.get(answer.url))
    assert "3 flags decided alike" in seen
    assert (seen.count("Warning · in force"), seen.count("Warning · waiting for a second person")) == (2, 1)
    assert "Decided 3 Left 0" in seen
    assert words(client.get("/console/queue/batches")).count("Warning · 9 days") == 1


def test_undone_from_its_page(client: Client, items: list[WorkItem]) -> None:
    sent = choose(client, items) | DISMISS | {"confirm": "1"}
    address = client.post(BULK, sent).url
    assert set(Flag.objects.values_list("state", flat=True)) == {"dismissed"}
    seen = words(client.post(address, follow=True))
    assert "Undone. These flags are open again." in seen
    assert "open again" in seen
    assert set(Flag.objects.values_list("state", flat=True)) == {"open"}


def test_what_could_not_be_undone_is_told(client: Client, items: list[WorkItem]) -> None:
    address = client.post(BULK, choose(client, items) | DISMISS | {"confirm": "1"}).url
    Flag.objects.filter(subject_id="s1").update(ended_on=world.NIGHT)
    assert "1 could not be undone: This flag has not fired since" in words(client.post(address, follow=True))


def test_all_that_match_are_the_flags_of_the_filters_that_are_free(client: Client, items: list[WorkItem]) -> None:
    item_claim(item=items[1], by=world.moderator("ann"))
    world.item("grave", severity="critical")
    answer = client.post(BULK, {"all": "1", "query": "severity=high"})
    assert answer.context["form"]["items"].value() == f"{items[0].pk},{items[2].pk}"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": ""}, "what"),
        ({"what": "dismiss", "reason": "  "}, "reason"),
        ({"what": "throttle"}, "share"),
        ({"what": "warning", "told_en": "Only English."}, "told_zh"),
        ({"what": "warning", "days": "0"}, "days"),
        ({"what": "delist"}, "what"),  # is about one item on sale
        ({"what": "dismiss", "reason": "x", "items": "1,x"}, "items"),
    ],
)
def test_a_form_that_is_not_whole_comes_back_with_what_was_typed(
    client: Client, items: list[WorkItem], wrong: dict[str, str], field: str
) -> None:
    answer = client.post(BULK, choose(client, items) | wrong | {"confirm": "1"})
    assert list(answer.context["form"].errors) == [field]
    assert not Batch.objects.exists()


def test_a_dismissal_leaves_out_what_is_said_of_sanctions_and_the_other_way_round(
    client: Client, items: list[WorkItem]
) -> None:
    more = {"days": "5", "share": "20", "told_en": "E", "told_zh": "Z", "reason": "R"}
    client.post(BULK, choose(client, items[:1]) | {"what": "dismiss", "confirm": "1"} | more)
    client.post(BULK, choose(client, items[1:]) | {"what": "throttle", "confirm": "1"} | more)
    first, second = (batch.command for batch in Batch.objects.order_by("done_at"))
    assert (first["reason"], first["days"], first["share"], first["told"]) == ("R", None, None, {})
    assert (second["reason"], second["days"], second["share"]) == ("", 5, 0.2)
    assert second["told"] == {"en": "E", "zh-hans": "Z"}


@pytest.mark.parametrize("chosen", [[], ["x"], [0]])
def test_nothing_chosen_leads_back_with_a_word(client: Client, items: list[WorkItem], chosen: list[str]) -> None:
    answer = client.post(BULK, {"items": chosen}, follow=True)
    assert answer.redirect_chain == [("/console/queue", 302)]
    assert [str(message) for message in answer.context["messages"]] == ["Choose at least one flag."]


def test_who_may_not_decide_flags_may_not_decide_many(client: Client, items: list[WorkItem]) -> None:
    sent = choose(client, items) | DISMISS | {"confirm": "1"}
    address = client.post(BULK, sent).url
    client.force_login(staff_member("al", "analyst"))
    assert client.post(BULK, sent).status_code == 403
    assert client.get(address).status_code == 200
    assert "Undo" not in words(client.get(address)).split()
    assert client.post(address).status_code == 403


def test_a_colleague_without_the_right_to_lift_cannot_undo_a_batch(client: Client, items: list[WorkItem]) -> None:
    address = client.post(BULK, choose(client, items) | DISMISS | {"confirm": "1"}).url
    colleague = world.moderator("bo")
    colleague.groups.clear()
    for name in ("view_desk", "decide_flag"):
        colleague.user_permissions.add(permission(name))
    client.force_login(colleague)
    assert "Only who decided this" in words(client.post(address, follow=True))
    assert set(Flag.objects.values_list("state", flat=True)) == {"dismissed"}


def permission(name: str) -> Permission:
    return Permission.objects.get(content_type__app_label="governance", codename=name)
