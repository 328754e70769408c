"""What a night does with the policy in force: flags for as long as a rule fires, items for people, tiers."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.base.time import market_day, now
from reputation.governance.models import Flag, PolicyNight, PolicyState, PolicyVersion, Reach, WorkItem
from reputation.governance.nights.govern import night_govern
from reputation.governance.services import policies_settle, policy_activate
from reputation.governance.trying import TrialError
from tests.governance.nights.nights import DAY, Lost, govern, in_force, lost
from tests.governance.world import flagged_slowly, market, policy, publish, rate, rule
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db
GRAVE = rule("grave", metric="incident").replace('read: low, op: ">=", than: 0.05', 'read: count, op: ">=", than: 1')
GRAVE = GRAVE.replace("severity: low", "severity: critical\n    grave: true")
LOW_STAR = rule("low_star").replace(
    "{metric: late_dispatch, window: 30, read: low, op: \">=\", than: 0.05}",
    "{metric: stars, read: value, op: \"<=\", than: 2.0}",
)  # fmt: skip


def everything() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in (Flag, WorkItem, Reach, PolicyNight, AuditEntry)]


def test_whom_the_files_speak_against_is_flagged_and_put_before_people() -> None:
    publish(nights=1)
    in_force(policy(rule()))
    figures = govern(LAST_DAY)
    expected = flagged_slowly(0.05)
    assert {flag.subject_id for flag in Flag.objects.all()} == expected != set()
    flag = Flag.objects.order_by("pk")[0]
    assert (flag.state, flag.first_night, flag.last_night, flag.ended_on) == ("open", LAST_DAY, LAST_DAY, None)
    [reading] = flag.readings
    assert (reading["metric"], reading["window"], reading["than"]) == ("late_dispatch", 30, 0.05)
    assert reading["value"] >= 0.05
    assert flag.evidence == reading["n"] >= 5
    assert (flag.sanction, flag.days, flag.automatic, flag.name) == ("notice", 7, False, "n")
    assert set(WorkItem.objects.values_list("flag", flat=True)) == set(Flag.objects.values_list("pk", flat=True))
    item = flag.item
    assert (item.state, item.rule, item.subject_id, item.reach) == ("open", "late", flag.subject_id, flag.orders)
    assert figures["rules"] == {"late": {"flagged": len(expected), "new": len(expected), "gone": 0}}
    assert figures["items"] == figures["all"]["flagged"] == sum(figures["tiers"].values()) == len(expected)
    entry = AuditEntry.objects.get(action="night.governed")
    assert (entry.actor, entry.object_id) == ("system", str(LAST_DAY))
    assert not audit_verify().why


def test_everybody_who_sells_has_a_tier_by_orders_within_their_kind() -> None:
    publish(nights=1)
    night_govern(night=LAST_DAY, act=False, guard=lambda: None)
    counters = market().frames["counters"]
    sold: dict[str, float] = {}
    for back in range(30):
        frame = counters[LAST_DAY - back * DAY]
        for subject, orders in zip(frame["subject_id"], frame["orders"], strict=True):
            sold[subject] = sold.get(subject, 0) + orders
    assert {row.subject_id: row.orders for row in Reach.objects.all()} == {s: n for s, n in sold.items() if n}
    ranked = sorted(sold, key=lambda s: (-sold[s], s))
    assert set(Reach.objects.filter(tier="head").values_list("subject_id", flat=True)) == set(ranked[:1])  # of 60
    assert set(Reach.objects.filter(tier="middle").values_list("subject_id", flat=True)) == set(ranked[1:6])


def test_the_same_night_again_changes_nothing() -> None:
    publish(nights=2)
    in_force(policy(rule()))
    first = govern(LAST_DAY - DAY)
    govern(LAST_DAY)
    before = everything()
    assert govern(LAST_DAY)["all"]["new"] < first["all"]["new"]
    assert everything() == before


def test_a_night_before_one_that_is_governed_changes_nothing_for_spells_run_forward() -> None:
    publish(nights=2)
    in_force(policy(rule()))
    govern(LAST_DAY)
    before = everything()
    assert govern(LAST_DAY - DAY) == {"skipped": "a later night is governed"}
    assert govern(LAST_DAY + DAY) == {"skipped": "it is not published"}
    assert everything() == before


def test_a_lease_that_was_lost_leaves_nothing_behind() -> None:
    publish(nights=1)
    in_force(policy(rule()))
    with pytest.raises(Lost):
        night_govern(night=LAST_DAY, act=True, guard=lost)
    assert not any(model.objects.exists() for model in (Flag, WorkItem, Reach, PolicyNight))


def test_a_day_file_that_is_gone_is_named(var: Any) -> None:
    publish(nights=1)
    in_force(policy(rule()))
    for path in (var / "days").iterdir():
        path.unlink()
    with pytest.raises(TrialError, match="cannot be read again"):
        govern(LAST_DAY)


def test_flags_are_the_runs_of_nights_on_which_a_rule_fires_and_a_withheld_star_ends_none() -> None:
    """Stars of random nights; by hand a run goes on over nights on which the star is withheld, and ends on any other."""
    rng = random.Random(1)
    nights = publish(nights=10)
    runs: dict[tuple[str, date], list[Any]] = {}  # (subject, first night): last night, ended on
    open_since: dict[str, date] = {}
    stars = [1.5, 2.0, 2.1, 4.0, None]
    in_force(policy(LOW_STAR))
    for night in nights:
        for number in range(25):
            subject, star = f"s{number:05d}", rng.choice(stars)
            rate(subject, night, star)
            if star is not None and star <= 2.0:
                since = open_since.setdefault(subject, night)
                runs[subject, since] = [night, None]
            elif star is not None and subject in open_since:
                runs[subject, open_since.pop(subject)][1] = night
        govern(night)
    found = {(f.subject_id, f.first_night): [f.last_night, f.ended_on] for f in Flag.objects.all()}
    assert found == runs
    assert len(runs) > 25
    ended = Flag.objects.filter(ended_on__isnull=False)
    assert set(ended.values_list("state", "item__state", "item__outcome")) == {("cleared", "done", "cleared")}
    running = Flag.objects.filter(ended_on=None)
    assert set(running.values_list("state", "item__state", "item__outcome")) == {("open", "open", "")}


def test_a_flag_that_goes_on_follows_the_night_and_so_does_its_item() -> None:
    [before, night] = publish(nights=2)
    in_force(policy(rule()))
    govern(before)
    was = {flag.pk: flag for flag in Flag.objects.all()}
    govern(night)
    on = Flag.objects.filter(pk__in=was, ended_on=None)
    assert on
    assert all(flag.last_night == night and flag.first_night == before for flag in on)
    assert any(flag.orders != was[flag.pk].orders for flag in on)
    assert any(flag.readings != was[flag.pk].readings for flag in on)
    for flag in on:
        assert (flag.item.reach, flag.item.tier) == (flag.orders, flag.tier)


def test_what_was_decided_or_dismissed_stays_so_while_it_goes_on_and_opens_anew_when_it_comes_back() -> None:
    nights = publish(nights=4)
    in_force(policy(LOW_STAR))
    for night, star in zip(nights, (1.5, 1.5, 4.0, 1.5), strict=True):
        rate("s00001", night, star)
    govern(nights[0])
    Flag.objects.update(state=Flag.State.DISMISSED)
    govern(nights[1])
    assert Flag.objects.get().state == Flag.State.DISMISSED
    govern(nights[2])
    assert (Flag.objects.get().state, Flag.objects.get().ended_on) == ("dismissed", nights[2])
    govern(nights[3])
    assert list(Flag.objects.order_by("pk").values_list("state", flat=True)) == ["dismissed", "open"]


def test_a_grave_flag_that_was_looked_at_opens_again_when_more_comes() -> None:
    [before, night] = publish(nights=2)
    in_force(policy(GRAVE))
    govern(before)
    Flag.objects.update(state=Flag.State.DISMISSED)
    was = {flag.subject_id: flag.evidence for flag in Flag.objects.all()}
    govern(night)
    again = {flag.subject_id for flag in Flag.objects.filter(state=Flag.State.OPEN) if flag.subject_id in was}
    now_counted = {f.subject_id: f.evidence for f in Flag.objects.filter(ended_on=None)}
    assert again == {who for who, n in was.items() if now_counted.get(who, 0) > n}
    assert 0 < len(again) < len(was)
    closed = Flag.objects.filter(state=Flag.State.DISMISSED, ended_on=night, subject_id__in=again)
    assert {flag.subject_id for flag in closed} == again


def test_without_a_policy_in_force_nobody_is_flagged_and_the_night_is_governed_all_the_same() -> None:
    [before, night] = publish(nights=2)
    in_force(policy(rule()))
    govern(before)
    PolicyVersion.objects.update(state=PolicyState.RETIRED, retired_on=night)
    figures = govern(night)
    assert not Flag.objects.filter(ended_on=None).exists()
    assert set(Flag.objects.values_list("state", flat=True)) == {"cleared"}
    assert not WorkItem.objects.filter(state="open").exists()
    assert PolicyNight.objects.get(night=night).policy is None
    assert figures["all"]["gone"] == Flag.objects.count() > 0
    assert figures["reach"]["head"] == 1


def test_a_policy_judges_from_its_own_day_on_though_the_clock_has_called_it_live_already() -> None:
    """The night of a day is governed after midnight, when the next day's policy is live by the calendar."""
    [before, night] = publish(nights=2)
    in_force(policy(rule("old")))
    policy_activate(content=policy(rule("new"), name="next"), today=before)
    PolicyVersion.objects.filter(name="next").update(live_from=night)
    policies_settle(today=night)  # as the clock does at midnight
    govern(before)
    assert set(Flag.objects.values_list("rule", flat=True)) == {"old"}
    assert PolicyNight.objects.get(mode="shadow").policy.name == "next"
    govern(night)
    assert set(Flag.objects.filter(ended_on=None).values_list("rule", flat=True)) == {"new"}


def test_the_terms_of_a_new_policy_count_for_what_nobody_has_decided() -> None:
    [before, night] = publish(nights=2)
    in_force(policy(rule()))
    govern(before)
    decided, *rest = Flag.objects.order_by("pk")
    Flag.objects.filter(pk=decided.pk).update(state=Flag.State.DECIDED)
    harder = rule(action="warning").replace("severity: low", "severity: high").replace("expires: 7", "expires: 30")
    in_force(policy(harder, name="harder"), since=night)
    govern(night)
    terms = {f.pk: (f.sanction, f.days, f.severity) for f in Flag.objects.filter(ended_on=None)}
    assert terms[decided.pk] == ("notice", 7, "low")
    assert {terms[flag.pk] for flag in rest if flag.pk in terms} == {("warning", 30, "high")}
    new = PolicyVersion.objects.get(name="harder")
    assert set(Flag.objects.filter(ended_on=None).values_list("policy", flat=True)) == {new.pk}
    assert set(WorkItem.objects.filter(state="open", flag__in=terms).exclude(flag=decided.pk)
               .values_list("severity", "risk")) == {("high", 0.6)}  # fmt: skip


def test_a_retracted_subject_and_a_rule_that_is_gone_end_their_flags() -> None:
    [before, night] = publish(nights=2)
    in_force(policy(rule(), rule("other", than="0.04")))
    govern(before)
    in_force(policy(rule(), name="less"), since=night)
    figures = govern(night)
    assert not Flag.objects.filter(rule="other", ended_on=None).exists()
    assert figures["rules"]["other"] == {"flagged": 0, "new": 0, "gone": len(flagged_slowly(0.04, before))}


def test_items_leave_the_desk_though_somebody_has_claimed_them() -> None:
    nights = publish(nights=2)
    in_force(policy(LOW_STAR))
    for night, star in zip(nights, (1.5, 4.0), strict=True):
        rate("s00001", night, star)
    govern(nights[0])
    ann = User.objects.create_user("ann")
    WorkItem.objects.update(claimed_by=ann, claimed_at=now(), claimed_until=now() + timedelta(minutes=30))
    govern(nights[1])
    item = WorkItem.objects.get()
    assert (item.state, item.outcome, item.claimed_until, item.closed_by) == ("done", "cleared", None, None)
    assert market_day(item.closed_at) == market_day(now())
