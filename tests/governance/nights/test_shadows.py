"""Shadows: logged every night beside the policy in force, harming nobody, whatever becomes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reputation.governance.models import Flag, PolicyNight, PolicyState, PolicyVersion, ShadowFlag, WorkItem
from reputation.governance.nights.govern import night_govern
from reputation.governance.services import policy_advance, policy_save
from tests.governance.nights.nights import DAY, Lost, govern, in_force
from tests.governance.world import flagged_slowly, policy, publish, rule
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db


def shadow(text: str) -> PolicyVersion:
    saved = policy_save(content=text, today=LAST_DAY - 5 * DAY)
    return policy_advance(version=saved.version, to=PolicyState.SHADOW, today=LAST_DAY - 5 * DAY)


def test_a_shadow_is_logged_and_flags_nobody() -> None:
    nights = publish(nights=3)
    version = shadow(policy(rule()))
    for night in nights:
        govern(night, act=True)
    assert not Flag.objects.exists()
    assert not WorkItem.objects.exists()
    for night in nights:
        logged = PolicyNight.objects.get(policy=version, night=night)
        assert (logged.mode, logged.figures["all"]["flagged"]) == ("shadow", len(flagged_slowly(0.05, night)))
        fired = ShadowFlag.objects.filter(first_night__lte=night, last_night__gte=night)
        assert {flag.subject_id for flag in fired} == flagged_slowly(0.05, night)
    assert all(flag.readings[0]["metric"] == "late_dispatch" for flag in ShadowFlag.objects.all())


def test_each_shadow_has_a_log_of_its_own_beside_the_policy_in_force() -> None:
    publish(nights=1)
    in_force(policy(rule(than="0.06")))
    mild, harsh = shadow(policy(rule(than="0.05"), name="mild")), shadow(policy(rule(than="0.03"), name="harsh"))
    figures = govern(LAST_DAY)
    assert figures["shadows"] == [mild.pk, harsh.pk]
    assert figures["shadows_failed"] == {}
    assert {flag.subject_id for flag in Flag.objects.all()} == flagged_slowly(0.06)
    for version, than in ((mild, 0.05), (harsh, 0.03)):
        assert set(ShadowFlag.objects.filter(policy=version).values_list("subject_id", flat=True)) == flagged_slowly(
            than
        )


def test_one_that_cannot_be_read_any_more_fails_no_night_and_no_other_shadow() -> None:
    publish(nights=1)
    in_force(policy(rule("live")))
    broken, whole = shadow(policy(rule(), name="broken")), shadow(policy(rule("other"), name="whole"))
    PolicyVersion.objects.filter(pk=broken.pk).update(text="policy: [")
    figures = govern(LAST_DAY)
    assert list(figures["shadows_failed"]) == [str(broken.pk)]
    assert "broken" in figures["shadows_failed"][str(broken.pk)]
    assert PolicyNight.objects.filter(night=LAST_DAY, mode="live").exists()
    assert set(ShadowFlag.objects.values_list("policy", flat=True)) == {whole.pk}


def test_one_whose_log_cannot_be_written_fails_alone() -> None:
    """Another process has logged the first one's spells meanwhile: its rows stand in the way."""
    publish(nights=1)
    first, second = shadow(policy(rule(), name="first")), shadow(policy(rule("b"), name="second"))
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_shadowflag ADD CONSTRAINT nobody CHECK (rule <> 'late')")
    figures = govern(LAST_DAY)
    assert list(figures["shadows_failed"]) == [str(first.pk)]
    assert "IntegrityError" in figures["shadows_failed"][str(first.pk)]
    assert not PolicyNight.objects.filter(policy=first).exists()
    assert ShadowFlag.objects.filter(policy=second).exists()


def test_shadows_that_were_cut_off_are_logged_by_the_second_start() -> None:
    publish(nights=1)
    in_force(policy(rule("live")))
    versions = [shadow(policy(rule(), name=name)) for name in ("first", "second")]
    calls = 0

    def guard() -> None:
        nonlocal calls
        calls += 1
        if calls > 3:  # the flags, the end of old shadows, the first shadow
            raise Lost

    with pytest.raises(Lost):
        night_govern(night=LAST_DAY, act=False, guard=guard)
    assert set(PolicyNight.objects.filter(mode="shadow").values_list("policy", flat=True)) == {versions[0].pk}
    flags = list(Flag.objects.values())
    govern(LAST_DAY)
    assert set(PolicyNight.objects.filter(mode="shadow").values_list("policy", flat=True)) == {v.pk for v in versions}
    assert list(Flag.objects.values()) == flags


def test_when_a_shadow_goes_live_its_log_ends_and_its_flags_count() -> None:
    before, night = publish(nights=2)
    version = shadow(policy(rule()))
    govern(before)
    policy_advance(version=version.pk, to=PolicyState.ANNOUNCED, today=night - timedelta(days=20))
    PolicyVersion.objects.filter(pk=version.pk).update(live_from=night)
    govern(night)
    assert not ShadowFlag.objects.filter(ended_on=None).exists()
    assert set(ShadowFlag.objects.values_list("ended_on", flat=True)) == {night}
    assert {flag.subject_id for flag in Flag.objects.all()} == flagged_slowly(0.05, night)
    assert PolicyVersion.objects.get().state == PolicyState.LIVE
