"""The queue's page: its order, its words, what its buttons do, and who sees which of them."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from reputation.base.time import now
from reputation.console.desk_labels import due_in_words
from reputation.governance.actions.drafts import Wanted
from reputation.governance.actions.services import action_propose
from reputation.governance.desk.claims import item_claim, item_skip
from reputation.governance.models import SavedView, WorkItem
from tests.governance.desk import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db
ELSEWHERE = "//evil.example/"


def listed(client: Client, query: str = "") -> list[WorkItem]:
    return [row.item for row in client.get(f"/console/queue{query}").context["rows"]]


def text(client: Client, address: str = "/console/queue") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def deed(client: Client, name: str, item: WorkItem, query: str = ""):
    return client.post("/console/queue/deed", {name: item.pk, "query": query})


def told(client: Client, answer) -> list[str]:
    return [str(message) for message in client.get(answer.url).context["messages"]]


def test_what_is_due_by_the_next_working_day_stands_before_what_is_graver(client: Client, staff: User) -> None:
    grave = world.item("s1", severity="critical", hours=24 * 30)
    due = world.item("s2", severity="low", hours=2)
    assert listed(client) == [due, grave]


def test_a_row_says_who_why_how_grave_how_far_it_reaches_and_until_when(client: Client, staff: User) -> None:
    world.item("s1", hours=3.5, severity="critical", tier="head", orders=12_345, name="<b>Mia</b>")
    page = client.get("/console/queue").content.decode()
    for seen in ("&lt;b&gt;Mia", "Too many orders were dispatched late.", "Critical", "Head", "12,345 orders", "due in 3 h",
                 "proposes: Warning"):  # fmt: skip
        assert seen in page
    assert "<b>Mia" not in page


def test_severity_and_tier_are_told_by_words_and_bars_and_not_by_colour_alone(client: Client, staff: User) -> None:
    world.item("s1", severity="medium", tier="middle")
    page = text(client)
    assert page.count('class="severity-on"') == 2
    assert page.count('class="severity-off"') == 2
    assert "Medium" in page
    assert "Middle" in page


@pytest.mark.parametrize(
    ("left", "words", "urgency"),
    [
        (timedelta(minutes=30), "due in 30 min", "soon"),
        (timedelta(hours=3, minutes=59), "due in 3 h", "soon"),
        (timedelta(hours=47), "due in 47 h", "later"),
        (timedelta(hours=49), "due in 2 days", "later"),
        (timedelta(seconds=5), "due in 1 min", "soon"),
        (-timedelta(minutes=5), "overdue by 5 min", "overdue"),
        (-timedelta(days=3), "overdue by 3 days", "overdue"),
    ],
)
def test_due_times_are_words(left: timedelta, words: str, urgency: str) -> None:
    moment = now()
    assert due_in_words(moment + left, moment) == (words, urgency)


def test_rows_speak_chinese(client: Client, staff: User) -> None:
    world.item("s1", hours=3.5)
    page = text(client, "/console/queue?lang=zh-hans")
    assert "延迟发货过多。" in page
    assert "3 小时后到期" in page


def test_all_kinds_of_work_have_a_row(client: Client, staff: User) -> None:
    ann, senior = world.moderator("ann"), staff_member("sen", "senior")
    reason = {"en": "Counterfeits.", "zh-hans": "售假。"}
    world.store("s7")
    action_propose(kind="store", subject_id="s7", wanted=Wanted("ban", reason), by=ann)
    client.force_login(senior)
    assert "Proposed by ann; a second person decides." in text(client)
    assert [row.wish for row in client.get("/console/queue?kind=decision").context["rows"]] == ["Account closed"]


def test_an_unreadable_policy_leaves_the_name_of_its_rule(client: Client, staff: User) -> None:
    world.item("s1", rule="gone_rule")
    assert client.get("/console/queue").context["rows"][0].what == "gone_rule"


def test_filters_of_nonsense_are_left_aside(client: Client, staff: User) -> None:
    item = world.item("s1")
    assert listed(client, "?kind=x&tier=x&severity=x&whose=x&due=x&page=x&rule=%00") == [item]


def test_the_query_of_the_page_stays_the_same_however_many_rows(
    client: Client, staff: User, django_assert_max_num_queries
) -> None:
    for number in range(30):
        world.item(f"s{number}")
    client.get("/console/queue")
    with django_assert_max_num_queries(22):
        client.get("/console/queue")


def test_claiming_skipping_and_giving_back_by_the_buttons(client: Client, staff: User) -> None:
    item = world.item("s1")
    answer = deed(client, "claim", item, "severity=high&page=2")
    assert answer.url == f"/console/queue?severity=high&page=2#item-{item.pk}"
    item.refresh_from_db()
    assert item.claimed_by == staff
    assert "with you until" in text(client)
    deed(client, "release", item)
    deed(client, "skip", item)
    assert listed(client) == []
    assert listed(client, "?whose=skipped") == [item]
    deed(client, "unskip", item)
    assert listed(client) == [item]


def test_who_comes_second_is_told_who_has_it(client: Client, staff: User) -> None:
    item = world.item("s1")
    item_claim(item=item, by=world.moderator("ann"))
    [message] = told(client, deed(client, "claim", item))
    assert message.startswith("ann is working on this until")


def test_others_items_are_seen_without_buttons(client: Client, staff: User) -> None:
    item = world.item("s1")
    item_claim(item=item, by=world.moderator("ann"))
    page = text(client)
    assert "ann until" in page
    assert f'name="claim" value="{item.pk}"' not in page
    assert f'name="items" value="{item.pk}"' not in page


def test_the_next_one_is_claimed_and_opened_and_keeps_the_filters(client: Client, staff: User) -> None:
    world.item("s1", severity="critical")
    item = world.item("s2", severity="low")
    answer = client.post("/console/queue/next", {"query": "severity=low"})
    assert answer.url == f"/console/queue/{item.pk}?severity=low"
    item.refresh_from_db()
    assert item.claimed_by == staff
    answer = client.post("/console/queue/next", {"query": "severity=low"})
    assert answer.url == "/console/queue?severity=low"
    assert told(client, answer) == ["Nothing here is free and yours to decide."]


@pytest.mark.parametrize("address", ["deed", "next", "views"])
def test_no_form_leads_out_of_the_house(client: Client, staff: User, address: str) -> None:
    answer = client.post(f"/console/queue/{address}", {"query": f"next={ELSEWHERE}&page={ELSEWHERE}", "name": "x"})
    assert answer.url == "/console/queue"


def test_deeds_are_posts(client: Client, staff: User) -> None:
    for address in ("deed", "next", "views", "views/1/delete", "bulk"):
        assert client.get(f"/console/queue/{address}").status_code == 405


def test_who_only_reads_sees_the_rows_and_no_button_that_would_refuse(client: Client, db: None) -> None:
    client.force_login(staff_member("au", "auditor"))
    item = world.item("s1")
    page = text(client)
    assert "Store s1" in page
    for button in ('name="claim"', 'name="skip"', 'name="items"', "/console/queue/next", "/console/queue/bulk"):
        assert button not in page
    assert "not yours" in told(client, deed(client, "claim", item))[0]


def test_an_empty_queue_says_so_and_a_filtered_one_leads_back(client: Client, staff: User) -> None:
    assert "All is decided" in text(client)
    world.item("s1", severity="low")
    page = text(client, "/console/queue?severity=high")
    assert "Nothing matches these filters." in page
    assert 'href="/console/queue">Show the whole queue' in page


def test_what_everybody_skipped_is_not_called_decided(client: Client, staff: User) -> None:
    item_skip(item=world.item("s1"), by=staff)
    page = text(client)
    assert "All is decided" not in page
    assert "?whose=skipped" in page


def test_a_view_is_saved_shown_and_deleted(client: Client, staff: User) -> None:
    client.post("/console/queue/views", {"name": "Heads", "query": "tier=head&due=soon"})
    view = SavedView.objects.get(user=staff)
    page = text(client, "/console/queue?due=soon&tier=head")
    assert 'href="/console/queue?tier=head&due=soon" aria-current="true">Heads' in page
    client.force_login(world.moderator("ann"))
    assert "Heads" not in text(client)
    client.post(f"/console/queue/views/{view.pk}/delete", {"query": ""})
    assert SavedView.objects.exists()
    client.force_login(staff)
    client.post(f"/console/queue/views/{view.pk}/delete", {"query": ""})
    assert not SavedView.objects.exists()


def test_tabs_count_all_open_items_and_keep_the_other_filters(client: Client, staff: User) -> None:
    world.item("s1", severity="low")
    tabs = client.get("/console/queue?kind=appeal&severity=low").context["tabs"]
    assert [(tab.count, tab.query, tab.here) for tab in tabs[:2]] == [
        (1, "severity=low", False),
        (1, "kind=flag&severity=low", False),
    ]
    assert [tab.here for tab in tabs] == [False, False, False, True, False]


def test_the_words_of_rules_are_kept_by_language(client: Client, staff: User) -> None:
    world.item("s1")
    for language, words in (("en", "dispatched late"), ("zh-hans", "延迟发货"), ("en", "dispatched late")):
        with translation.override(language):
            assert words in text(client, f"/console/queue?lang={language}")
