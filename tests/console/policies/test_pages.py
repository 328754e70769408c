"""The policy pages: who may read and move what, and that the numbers shown are those of the night."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.base.time import market_day, now
from reputation.console.policies.shown import counts_tonight
from reputation.governance.kept_night import kept_path
from reputation.governance.models import PolicyNight, PolicyState, PolicyVersion, ShadowFlag
from reputation.governance.selectors import policy_of
from reputation.governance.services import policy_save
from reputation.ratings.models import Publication
from tests.governance.world import flagged_slowly, policy, publish, rule
from tests.people import staff_member
from tests.portal import world
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db
READING = ("", "/file", "/backtest", "/shadow", "/download")


def saved(text: str = policy(rule()), state: str = "draft") -> PolicyVersion:
    version = policy_save(content=text, today=market_day(now()), by="operator:li", note="a try")
    PolicyVersion.objects.filter(pk=version.pk).update(state=state)
    version.refresh_from_db()
    return version


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def move(client: Client, version: PolicyVersion, to: str, note: str = "") -> int:
    sent = {"to": to, "seen": version.state, "note": note}
    return client.post(f"/console/policy/{version.version}", sent).status_code


def test_strangers_sign_in_and_merchants_are_refused(client: Client) -> None:
    saved()
    addresses = ["/console/policies", "/console/policies/new", *(f"/console/policy/1{part}" for part in READING)]
    assert {client.get(address).status_code for address in addresses} == {302}
    client.force_login(world.member("mia"))
    assert {client.get(address).status_code for address in addresses} == {403}


@pytest.mark.parametrize(
    ("role", "writes", "announces"),
    [("auditor", False, False), ("moderator", False, False), ("analyst", True, False), ("senior", True, True)],
)
def test_every_role_reads_analysts_write_and_seniors_announce(
    client: Client, role: str, writes: bool, announces: bool
) -> None:
    draft, shadow = saved(), saved(policy(rule(than="0.06")), "shadow")
    client.force_login(staff_member("ann", role))
    assert {client.get(f"/console/policy/1{part}").status_code for part in READING} == {200}
    assert client.get("/console/policies").status_code == 200
    allowed = 200 if writes else 403
    assert client.get("/console/policy/1/edit").status_code == allowed
    assert client.get("/console/policies/new").status_code == allowed
    assert client.post("/console/policy/1/file", {"content": draft.text, "deed": "check"}).status_code == allowed
    assert (move(client, draft, "shadow") == 302) == writes
    assert (move(client, shadow, "announced") == 302) == announces
    shadow.refresh_from_db()
    assert (shadow.state == "announced") == announces
    assert (move(client, shadow, "retired") == 302) == announces


def test_the_list_says_what_counts_and_who_moved_what(client: Client, senior: User) -> None:
    assert "No policy is saved yet" in text(client, "/console/policies")
    saved()
    saved(policy(rule(than="0.06"), name="second"))
    shown = text(client, "/console/policies")
    assert "2 second" in shown
    assert "None: nobody is flagged." in shown
    assert shown.index("2 second") < shown.index("1 tried")
    assert "operator:li a try" in shown


def test_a_rule_stands_there_in_words_with_tonights_count(client: Client, senior: User) -> None:
    publish(nights=1)
    saved()
    shown = text(client, "/console/policy/1")
    assert "Late dispatch rate (lower bound) of the last 30 days is at least 5 %" in shown
    assert "Notice, for 7 days, a person decides" in shown
    assert f"{len(flagged_slowly(0.05))} flagged tonight" in shown
    chinese = text(client, "/console/policy/1?lang=zh-hans")
    assert "近 30 天延迟发货率（下界）不低于5%" in chinese
    assert "为期 7 天，由人工决定" in chinese


def test_the_count_follows_the_night_not_the_cache(senior: User) -> None:
    days = publish(nights=2)
    known = policy_of(saved())
    Publication.objects.filter(night=days[1]).delete()
    before = counts_tonight(known)
    assert before == {"late": len(flagged_slowly(0.05, days[0]))}
    publish_again = publish(nights=1)
    assert publish_again == days[1:]
    assert counts_tonight(known) == {"late": len(flagged_slowly(0.05, days[1]))}
    assert kept_path(Publication.objects.get(night=days[1])).exists()


def test_a_life_goes_its_way_by_the_page(client: Client, senior: User) -> None:
    publish(nights=1)
    version = saved()
    assert move(client, version, "shadow", "let us see") == 302
    asked = text(client, "/console/policy/1?announce")
    touched = len(flagged_slowly(0.05))
    assert f"{touched} of 60 subjects that sell would get another sanction" in asked
    assert f"it would count from {market_day(now()) + timedelta(days=15)} on" in asked
    version.refresh_from_db()
    assert version.state == "shadow"  # to look is not to announce
    assert move(client, version, "announced", "so be it") == 302
    version.refresh_from_db()
    assert (version.state, version.live_from) == ("announced", market_day(now()) + timedelta(days=15))
    shown = text(client, "/console/policy/1")
    assert f"{touched} / 60" in shown
    assert "user:sun : so be it" in shown.replace("user:sun:", "user:sun :")
    assert list(AuditEntry.objects.order_by("sequence").values_list("actor", flat=True))[-2:] == ["user:sun"] * 2


def test_only_who_may_announce_has_it_measured(client: Client) -> None:
    publish(nights=1)
    saved(state="shadow")
    client.force_login(staff_member("ann", "auditor", "analyst"))
    assert "would get another sanction" not in text(client, "/console/policy/1?announce")
    client.force_login(staff_member("sun", "senior"))
    assert "would get another sanction" in text(client, "/console/policy/1?announce")


def test_a_move_that_cannot_be_is_told_and_done_twice_is_done_once(client: Client, senior: User) -> None:
    version = saved()
    answer = client.post("/console/policy/1", {"to": "announced", "seen": "draft"}, follow=True)
    assert "only a shadow one can" in unescape(answer.content.decode())
    for _ in range(2):
        move(client, version, "shadow")
    assert version.moves.filter(state="shadow").count() == 1
    assert "Nothing was done" in client.post("/console/policy/1", {"to": "live"}, follow=True).content.decode()


def test_what_a_version_changes_is_told_against_the_one_in_force(client: Client, senior: User) -> None:
    live = saved(policy(rule(), rule("b", than="0.2"), rule("old", than="0.3")))
    PolicyVersion.objects.filter(pk=live.pk).update(state="live", live_from=LAST_DAY)
    saved(policy(rule(), rule("b", than="0.25"), rule("c", than="0.4")))
    assert "new c changed b gone old" in text(client, "/console/policy/2")


def test_a_text_that_is_no_longer_read_is_shown_as_a_file(client: Client, senior: User) -> None:
    version = saved()
    PolicyVersion.objects.filter(pk=version.pk).update(text=version.text.replace("late_dispatch", "gone_metric"))
    assert "no longer reads this text" in text(client, "/console/policy/1")
    answer = client.get("/console/policy/1/edit", follow=True)
    assert "metric 'gone_metric' is unknown" in unescape(answer.content.decode())


def test_the_file_comes_down_as_it_was_saved(client: Client, senior: User) -> None:
    version = saved(policy(rule()) + "# the end, 完\n")
    answer = client.get("/console/policy/1/download")
    assert answer.content.decode() == version.text
    assert answer["Content-Disposition"] == 'attachment; filename="tried-1.yaml"'


def shadow_night(version: PolicyVersion, night: date, flagged: int, mode: str = "shadow") -> None:
    figures = {"rules": {}, "all": {"flagged": flagged, "new": 1, "gone": 2}, "tiers": {}}
    PolicyNight.objects.create(policy=version, night=night, mode=mode, figures=figures, made_at=now())


def test_the_shadow_log_tells_nights_and_whom(client: Client, senior: User) -> None:
    live, version = saved(policy(rule(than="0.2"))), saved(state=PolicyState.SHADOW)
    assert "No night has run since" in text(client, "/console/policy/2/shadow")
    for back in range(3):
        shadow_night(version, LAST_DAY - timedelta(days=back), 10 + back)
        shadow_night(live, LAST_DAY - timedelta(days=back), 70 + back, "live")
    reading = {
        "metric": "late_dispatch",
        "window": 30,
        "read": "low",
        "op": ">=",
        "than": 0.05,
        "value": 0.0712,
        "n": 20,
        "d": 200,
    }
    for subject, ended in (("s1", None), ("s2", LAST_DAY)):
        ShadowFlag.objects.create(
            policy=version, rule="late", kind="store", subject_id=subject, first_night=LAST_DAY - timedelta(days=2),
            last_night=LAST_DAY, ended_on=ended, readings=[reading],
        )  # fmt: skip
    shown = text(client, "/console/policy/2/shadow")
    assert "2026-06-28 12 1 2 72" in shown
    assert "7.12 % (20 / 200) · at least 5 %" in shown
    assert "s1" in shown
    assert "s2" not in shown
    assert "s2" in text(client, "/console/policy/2/shadow?state=ended&rule=late")
    assert "Nobody." in text(client, "/console/policy/2/shadow?rule=other")
