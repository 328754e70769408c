"""The feed of sanctions and their acknowledgement, as a platform's program reads and writes them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.actions.selectors import unacknowledged
from reputation.governance.actions.services import action_lift, action_second
from reputation.governance.models import Action, ActionChange
from tests.public.sanctioned import key, person, platform, sanctioned
from tests.public.test_schema import _check

pytestmark = pytest.mark.django_db
FEED = "/api/v1/actions"


def acknowledge(
    client: Client, number: object, body: bytes = b"", query: str = "", kind: str = "application/json"
) -> Any:
    return client.post(f"{FEED}/{number}/ack{query}", body, content_type=kind)


def read(client: Client, address: str = FEED) -> dict:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_platform_reads_what_it_has_to_do_in_the_order_in_which_it_became_true() -> None:
    first, second = sanctioned("throttle", share=0.5), sanctioned("warning", "s2")
    action_lift(action=first, by=person(), note="cured")
    told = read(platform())["results"]
    assert [(one["id"], one["state"]) for one in told] == [
        (first.pk, "active"), (second.pk, "active"), (first.pk, "lifted"),
    ]  # fmt: skip
    assert [one["sequence"] for one in told] == sorted(one["sequence"] for one in told)
    made = told[0]
    assert made["subject"] == {"kind": "store", "id": "s1", "name": "Store s1", "category": "beauty"}
    assert (made["action"], made["share"], made["item_ref"]) == ("throttle", 0.5, None)
    assert made["reason"] == {"en": "Late <b>again</b>", "zh-hans": "又延迟发货"}
    assert datetime.fromisoformat(made["ends_at"]) - datetime.fromisoformat(made["starts_at"]) == timedelta(days=7)


def test_what_waits_for_a_second_person_is_not_told_before_that_person_agrees() -> None:
    held = sanctioned("ban", days=None)
    client = platform()
    assert read(client) == {"count": 0, "next": None, "previous": None, "results": []}
    action_second(action=held, by=person("bo"), decision="agree", reason="")
    assert [(one["id"], one["state"]) for one in read(client)["results"]] == [(held.pk, "active")]


def test_it_is_read_page_by_page_and_goes_on_from_the_sequence_read_last() -> None:
    for number in range(7):
        sanctioned("warning", f"s{number}")
    client, address, seen, counts = platform(), f"{FEED}?limit=3", [], []
    while address:
        page = read(client, address)
        seen += [one["sequence"] for one in page["results"]]
        counts.append(page["count"])
        parts = urlsplit(page["next"] or "")
        address = f"{parts.path}?{parts.query}" if page["next"] else ""
    assert seen == list(ActionChange.objects.order_by("sequence").values_list("sequence", flat=True))
    assert counts == [7, 4, 1]
    assert read(client, f"{FEED}?after={seen[-1]}")["results"] == []
    late = sanctioned("warning", "s9")
    assert [one["id"] for one in read(client, f"{FEED}?after={seen[-1]}")["results"]] == [late.pk]


def test_an_acknowledgement_ends_the_waiting_and_is_written_down_once() -> None:
    action, client = sanctioned(), platform()
    later = now() + timedelta(minutes=16)
    assert list(unacknowledged(later)) == [action]
    for _again in range(2):
        answer = acknowledge(client, action.pk)
        assert answer.status_code == 200
        assert (answer.json()["id"], answer.json()["waiting"]) == (action.pk, False)
    assert not unacknowledged(later).exists()
    assert [entry.actor for entry in AuditEntry.objects.filter(action="action.acknowledged")] == ["key:app"]


def test_to_acknowledge_an_earlier_change_leaves_the_newer_one_waiting() -> None:
    action, client = sanctioned(), platform()
    action_lift(action=action, by=person(), note="cured")
    first, last = ActionChange.objects.order_by("sequence").values_list("sequence", flat=True)
    answer = acknowledge(client, action.pk, json.dumps({"sequence": first}).encode())
    assert (answer.json()["sequence"], answer.json()["waiting"]) == (first, True)
    answer = acknowledge(client, action.pk, json.dumps({"sequence": last}).encode())
    assert (answer.json()["sequence"], answer.json()["waiting"]) == (last, False)
    answer = acknowledge(client, action.pk, json.dumps({"sequence": first}).encode())
    assert (answer.status_code, answer.json()["sequence"]) == (200, last)


def test_a_change_of_another_action_cannot_be_acknowledged_here() -> None:
    action, other, client = sanctioned(), sanctioned("warning", "s2"), platform()
    theirs = other.changes.get().sequence
    answer = acknowledge(client, action.pk, json.dumps({"sequence": theirs}).encode())
    assert answer.status_code == 400
    assert Action.objects.get(pk=action.pk).acknowledged_sequence == 0


@pytest.mark.parametrize("path", [FEED, f"{FEED}/1/ack"])
def test_nobody_calls_without_a_key_of_the_right_scope(client: Client, path: str) -> None:
    sanctioned()
    call = (lambda who: who.get(path)) if path == FEED else (lambda who: acknowledge(who, 1))
    wrong = "actions:ack" if path == FEED else "actions:read"
    assert call(client).status_code == 401
    assert call(Client(headers={"authorization": "Bearer ls_guess"})).status_code == 401
    refused = call(platform(wrong, "evidence:write"))
    assert refused.status_code == 403
    assert "--scope actions:" in refused.json()["detail"]
    client.force_login(person())
    assert call(client).status_code == 401


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=1.5", "after=", "after=9223372036854775808", "after=٣", "after=1e9", "limit=0",
     "limit=201", "limit=x", f"after={'9' * 5000}", "afer=1", "after=%00"],
)  # fmt: skip
def test_a_parameter_that_cannot_be_meant_is_named(query: str) -> None:
    answer = platform().get(f"{FEED}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] in ("after", "limit", "afer")


@pytest.mark.parametrize(
    "body",
    [b"[]", b"5", b'"x"', b"{", b'{"sequence": "1"}', b'{"sequence": 0}', b'{"sequence": -5}', b'{"sequence": 1.5}',
     b'{"sequence": 9223372036854775808}', b'{"sequence": true}', b'{"sequense": 1}', b"\xff\xfe", b"[" * 4000,
     b'{"sequence": 99999999}', b"<x/>", b'{"sequence": NaN}'],
)  # fmt: skip
def test_a_body_that_cannot_be_meant_changes_nothing(body: bytes) -> None:
    action = sanctioned()
    answer = acknowledge(platform(), action.pk, body)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert Action.objects.get(pk=action.pk).acknowledged_sequence == 0


def test_a_body_may_be_left_out_be_null_and_call_itself_anything() -> None:
    action, client = sanctioned(), platform()
    bodies = [(b"", "application/json"), (b" \n", "text/plain"), (b"{}", "application/x-www-form-urlencoded"),
              (b'{"sequence": null}', "application/json")]  # fmt: skip
    for body, media_type in bodies:
        assert acknowledge(client, action.pk, body, kind=media_type).status_code == 200
    assert acknowledge(client, action.pk, b'{"x": "' + b"y" * 5000 + b'"}').status_code == 413


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999999", "x", "-1", "1.5"])
def test_an_action_that_is_none_is_a_404_problem(number: str) -> None:
    answer = acknowledge(platform(), number)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_one_that_was_never_told_cannot_be_acknowledged() -> None:
    held = sanctioned("ban", days=None)
    assert acknowledge(platform(), held.pk).status_code == 404


def test_problems_are_told_in_the_language_that_is_asked_for() -> None:
    client = platform()
    assert client.get(f"{FEED}?after=x&lang=zh-hans").json()["errors"][0]["error"].startswith("请")
    assert acknowledge(client, 99, query="?lang=zh-hans").json()["detail"] == "没有这个编号的处置。"


def test_nothing_on_the_way_keeps_an_answer() -> None:
    action, client = sanctioned(), platform()
    assert client.get(FEED)["Cache-Control"] == "no-store"
    assert acknowledge(client, action.pk)["Cache-Control"] == "no-store"
    assert client.get(f"{FEED}?after=x")["Cache-Control"] == "no-store"


def test_answers_are_what_the_schema_says(client: Client) -> None:
    schema = yaml.safe_load(client.get("/api/schema").content)
    delisted = sanctioned("delist", item_ref="sku 1")
    action_lift(action=delisted, by=person(), note="gone")
    _check(schema, FEED, read(platform()))
    names = {parameter["name"] for parameter in schema["paths"][FEED]["get"]["parameters"]}
    assert names == {"after", "limit"}
    assert schema["paths"][f"{FEED}/{{id}}/ack"]["post"]["security"] == [{"bearerKey": []}]


def test_the_feed_costs_as_many_queries_for_a_hundred_changes_as_for_one(django_assert_max_num_queries) -> None:
    for number in range(100):
        sanctioned("warning", f"s{number}")
    client = Client(headers={"authorization": f"Bearer {key()}"})
    client.get(FEED)
    with django_assert_max_num_queries(3):
        assert len(read(client, f"{FEED}?limit=200")["results"]) == 100


def test_times_are_told_in_utc() -> None:
    sanctioned()
    told = read(platform())["results"][0]
    assert told["starts_at"].endswith("Z")
    assert datetime.fromisoformat(told["starts_at"]).tzinfo == UTC
