"""Writing a policy in the form and as a file: what is typed is kept, what is wrong is told, and nobody's text is lost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings

from reputation.base.time import market_day, now
from reputation.console.policies.posted import fields_of, rule_posted
from reputation.console.policies.problems import SENTENCES, told
from reputation.governance.models import Flag, PolicyVersion
from reputation.governance.services import PolicyOutdated, policy_save
from scoring.policy import Policy, policy_read
from scoring.policy.document import Problem
from scoring.policy.form import rule_form
from tests.console.policies.test_pages import saved
from tests.governance.world import flagged_slowly, policy, publish, rule
from tests.scoring.policies_at_random import policy_texts
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db
EDIT = "/console/policy/1/edit"


def post(client: Client, deed: str, fields: dict[str, str], address: str = EDIT) -> HttpResponse:
    answer = client.post(address, fields | {"deed": deed})
    assert answer.status_code == 200, answer.status_code
    return answer


def fields(answer: HttpResponse) -> dict[str, str]:
    """What a browser would send of the form that the page shows: every field as it stands."""
    page = answer.content.decode()
    form = page[page.index('name="newest"') - 400 :]
    found = {name: unescape(value) for name, value in re.findall(r'<input[^>]*?name="([^"]+)" value="([^"]*)"', form)}
    for name, value in re.findall(r'<textarea[^>]*?name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = re.sub(r"^\r?\n", "", unescape(value))
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)">(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    for name in re.findall(r'type="checkbox" name="([^"]+)" checked', form):
        found[name] = "on"
    for name in re.findall(r'type="checkbox" name="([^"]+)">', form):
        found.pop(name, None)
    found.pop("team", None)
    return found


def opened(client: Client, text: str = policy(rule())) -> dict[str, str]:
    saved(text)
    return fields(client.get(f"{EDIT}?rule=late"))


def said(answer: HttpResponse) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def test_a_rule_is_opened_changed_kept_and_saved_as_another_version(client: Client, senior: User) -> None:
    form = opened(client)
    kept = post(client, "keep", form | {"when.0-than": "8 %", "when.0-note": "ours", "severity": "high"})
    assert "changed late" in said(kept)
    assert PolicyVersion.objects.count() == 1  # nothing is saved by keeping
    answer = client.post(EDIT, fields(kept) | {"deed": "save", "note": "stricter"})
    assert answer.headers["Location"] == "/console/policy/2"
    new = PolicyVersion.objects.get(version=2)
    assert (new.base_id, new.state) == (1, "draft")
    assert (new.moves.get().by, new.moves.get().note) == ("user:sun", "stricter")
    read = policy_read(new.text).policy
    assert read is not None
    assert next(read.rules[0].leaves()).than == 0.08
    assert read.rules[0].severity == "high"
    assert "than: 0.08}  # ours" in new.text


def test_what_is_wrong_is_told_beside_the_field_and_what_was_typed_stays(client: Client, senior: User) -> None:
    answer = post(
        client, "keep", opened(client) | {"when.0-than": "lots", "expires": "soon", "reason.en": "<b>Why</b>"}
    )
    shown = said(answer)
    assert "than is no number. write a number instead of 'lots'" in shown
    assert "expires is no number of days. give a whole number from 1 to 365" in shown
    again = fields(answer)
    assert (again["when.0-than"], again["expires"], again["reason.en"]) == ("lots", "soon", "<b>Why</b>")
    assert "<b>Why" not in answer.content.decode()
    chinese = client.post(f"{EDIT}?lang=zh-hans", again | {"deed": "show"}).content.decode()
    assert "请填写 1 到 365 的整数" in chinese


def test_conditions_are_added_nested_and_left_out_without_any_script(client: Client, senior: User) -> None:
    form = opened(client)
    form = fields(post(client, "group:when", form))
    assert (form["when.1-kind"], form["when.1.0-metric"]) == ("any", "late_dispatch")
    form = fields(post(client, "add:when.1", form | {"when.1.0-metric": "quality_return", "when.1.0-window": "30"}))
    assert form["when.1.0-metric"] == "quality_return"
    form = fields(post(client, "remove:when.0", form))
    assert (form["when.0-kind"], form["when.0.1-metric"]) == ("any", "late_dispatch")
    assert "when.1-kind" not in form
    kept = fields(post(client, "keep", form))
    read = policy_read(kept["text"]).policy
    assert read is not None
    assert [leaf.metric for leaf in read.rules[0].leaves()] == ["quality_return", "late_dispatch"]


def test_beside_a_threshold_stands_what_it_does_tonight(client: Client, senior: User) -> None:
    publish(nights=1)
    shown = said(post(client, "show", opened(client) | {"team": "3"}))
    assert f"{len(flagged_slowly(0.05))} of 60 flagged tonight with this threshold" in shown
    proposed = re.search(r"For a team that decides 3 a day: ([\d.]+) %", shown)
    assert proposed is not None
    assert len(flagged_slowly(float(proposed[1]) / 100)) <= 3 < len(flagged_slowly(float(proposed[1]) / 200))
    assert "Of 100 orders: from 8 cases on. Of 1,000 orders: from 59 cases on." in shown
    later = said(client.get(f"{EDIT}?rule=late"))
    assert "For a team that decides 3 a day" in later  # it is remembered


def test_a_team_is_given_no_flag_that_lies_behind_a_person_already(client: Client, senior: User) -> None:
    publish(nights=1)
    flagged = sorted(flagged_slowly(0.05))
    opened(client)
    version = PolicyVersion.objects.get()
    for subject in flagged[1:]:
        Flag.objects.create(
            policy=version, rule="late", kind="store", subject_id=subject, name="n", severity="low", first_night=LAST_DAY,
            last_night=LAST_DAY, readings=[], tier="tail", orders=1, sanction="notice", state="dismissed", opened_at=now(),
        )  # fmt: skip
    form = fields(client.get(f"{EDIT}?rule=late"))
    shown = said(post(client, "show", form | {"team": str(len(flagged))}))
    proposed = re.search(r"a day: ([\d.]+) %", shown)
    assert proposed is not None
    assert float(proposed[1]) < 5  # looser: nearly all of those flagged now are decided


def test_the_proposed_threshold_is_taken_by_its_button(client: Client, senior: User) -> None:
    publish(nights=1)
    answer = post(client, "show", opened(client) | {"team": "2"})
    (deed,) = re.findall(r'value="(use:when\.0:[^"]+)"', answer.content.decode())
    form = fields(post(client, deed, fields(answer)))
    assert form["when.0-than"] == deed.split(":")[2]
    assert len(flagged_slowly(float(form["when.0-than"]))) <= 2


def test_rules_are_added_moved_and_left_out(client: Client, senior: User) -> None:
    saved(policy(rule(), rule("b", than="0.2")))
    form = fields(client.get(EDIT))
    new = fields(post(client, "new:anchor", form))
    assert (new["id"], new["scope"], new["place"]) == ("", "anchor", "2")
    new |= {"id": "c", "reason.en": "Why", "reason.zh-hans": "原因"}
    form = fields(post(client, "keep", new))
    form = fields(post(client, "up:2", form))
    form = fields(post(client, "drop:0", form))
    read = policy_read(form["text"]).policy
    assert read is not None
    assert [one.id for one in read.rules] == ["c", "b"]
    form = fields(post(client, "head", form | {"name": "other", "about_en": "For all", "about_zh": "公告"}))
    assert policy_read(form["text"]).policy.name == "other"  # type: ignore[union-attr]


def test_a_policy_is_begun_with_nothing(client: Client, senior: User) -> None:
    new = "/console/policies/new"
    answer = client.post(new, {"name": "Mine!", "about_en": "a", "about_zh": "b"})
    assert "Use small letters" in answer.content.decode()
    answer = client.post(new, {"name": "mine", "about_en": "a", "about_zh": "b"})
    form = fields(post(client, "new:store", fields(answer), new))
    form = fields(post(client, "keep", form | {"id": "first", "reason.en": "W", "reason.zh-hans": "原"}, new))
    client.post(new, form | {"deed": "save"})
    assert [one.id for one in policy_read(PolicyVersion.objects.get().text).policy.rules] == ["first"]  # type: ignore[union-attr]


def test_saving_over_somebody_elses_version_is_told_and_loses_nothing(client: Client, senior: User) -> None:
    form = opened(client)
    kept = fields(post(client, "keep", form | {"when.0-than": "0.08"}))
    policy_save(content=policy(rule(), rule("b", than="0.2")), today=market_day(now()), by="user:li", note="b too")
    answer = post(client, "save", kept | {"note": "stricter"})
    shown = said(answer)
    assert "nothing is saved yet: tried 2 was saved while you wrote" in shown
    assert "user:li: b too" in shown
    assert "changed late gone b" in shown
    assert PolicyVersion.objects.count() == 2
    again = fields(answer)
    assert (again["note"], again["text"]) == ("stricter", kept["text"])
    client.post(EDIT, again | {"deed": "save"})
    assert "than: 0.08" in PolicyVersion.objects.get(version=3).text


def test_the_service_itself_refuses_what_is_outdated() -> None:
    saved()
    saved(policy(rule(than="0.06")))
    with pytest.raises(PolicyOutdated, match=r"policy 2 \(tried\) was saved since you began"):
        policy_save(content=policy(rule(than="0.07")), today=market_day(now()), newest=1, base=1)
    assert policy_save(content=policy(rule(than="0.07")), today=market_day(now()), newest=2, base=1).base_id == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"deed": "open:99"}, {"deed": "open:x"}, {"deed": "drop:7"}, {"deed": "up:"}, {"deed": "add:what"},
        {"deed": "remove:when"}, {"deed": "remove:when.9"}, {"deed": "use:when:1"}, {"deed": "add:when.0"},
        {"deed": "keep", "place": "-1"}, {"deed": "keep", "place": "x"}, {"deed": "show", "place": "9"},
    ],
)  # fmt: skip
def test_a_page_that_was_tampered_with_is_refused(client: Client, senior: User, changes: dict[str, str]) -> None:
    form = opened(client)
    assert client.post(EDIT, form | changes).status_code == 400
    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "a: &x [1]\nb: *x\n",
        "!!python/object/apply:os.system ['true']",
        "[" * 5000,
        "\x00",
        "x" * 200_000,
        "- 1\n- 2",
    ],
)
def test_hostile_text_is_shown_as_a_file_with_its_problems(client: Client, senior: User, hostile: str) -> None:
    saved()
    for deed in ("open:0", "save", "keep", ""):
        answer = client.post(EDIT, {"text": hostile, "deed": deed, "newest": "1", "place": "0"})
        assert answer.status_code == 200
        assert "The file of" in said(answer)
    for deed in ("check", "form", "save"):
        answer = client.post("/console/policy/1/file", {"content": hostile, "deed": deed, "newest": "1"})
        assert answer.status_code == 200
        assert not hostile.strip("\x00") or "to mend:" in said(answer)
    assert PolicyVersion.objects.count() == 1


def test_a_file_is_checked_line_by_line_mended_and_saved(client: Client, senior: User) -> None:
    saved()
    wrong = policy(rule(metric="late_dispach"))
    answer = client.post("/console/policy/1/file", {"content": wrong, "deed": "save", "newest": "1"})
    shown = said(answer)
    assert "line 9 metric 'late_dispach' is unknown. did you mean late_dispatch? - {metric: late_dispach" in shown
    assert fields(answer)["content"] == wrong
    right = policy(rule(than="0.09"))
    answer = client.post(
        "/console/policy/1/file", {"content": right.replace("\n", "\r\n"), "deed": "save", "newest": "1"}
    )
    assert answer.headers["Location"] == "/console/policy/2"
    assert PolicyVersion.objects.get(version=2).text == right


def test_a_file_is_sent_up_and_shown_as_a_form(client: Client, senior: User) -> None:
    upload = SimpleUploadedFile("mine.yaml", policy(rule("mine")).encode())
    answer = client.post("/console/policies/file", {"content": "", "upload": upload, "deed": "form", "newest": "0"})
    assert "mine" in said(answer)
    assert fields(answer)["text"] == policy(rule("mine"))
    for content, says in ((b"\xff\xfe", "not UTF-8"), (b"x" * 200_000, "at most 128 KiB")):
        upload = SimpleUploadedFile("bad.yaml", content)
        sent: dict[str, Any] = {"content": "typed", "upload": upload, "deed": "save", "newest": "0"}
        answer = client.post("/console/policies/file", sent)
        assert says in said(answer)
        assert fields(answer)["content"] == "typed"


def test_the_policy_that_ships_can_be_looked_at_and_saved(client: Client, senior: User) -> None:
    answer = client.get("/console/policies/file?shipped")
    assert "16 rules, nothing to mend." in said(answer)
    client.post("/console/policies/file", fields(answer) | {"deed": "save"})
    assert "Douyin" in PolicyVersion.objects.get().text


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy_texts())
def test_every_rule_comes_through_the_posted_form_unchanged(drawn: tuple[str, Policy]) -> None:
    for one in drawn[1].rules:
        form = rule_form(one, "why\n\nand whence", {"share": "ours", "when.0": "theirs"})
        sent = QueryDict(mutable=True)
        sent.update({name: value.replace("\n", "\r\n") for name, value in fields_of(form).items()})
        back = rule_posted(sent)
        assert rule_posted(sent).when == form.when
        assert (back.id, back.above, back.notes, back.grave) == (form.id, form.above, form.notes, form.grave)


def test_every_sentence_of_the_checker_can_be_translated() -> None:
    """Its templates are found in its source by eye of the parser, and asked for word by word on our side."""
    import ast
    from pathlib import Path

    folder = Path(__file__).resolve().parents[3] / "scoring" / "policy"
    said: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                "refuse", "note", "problem", "Problem", "UnreadableError",
            ):  # fmt: skip
                said |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    assert len(said) > 60
    assert said <= {str(sentence) for sentence in SENTENCES}
    assert (
        told(Problem(3, "{what} lacks {name}", "add {name}:", (("what", "a rule"), ("name", "id")))).mend == "add id:"
    )
