from datetime import timedelta

import pytest
from django.db import transaction

from reputation.base.time import now
from reputation.nightly import lease
from reputation.nightly.lease import HeldLease, LeaseHeldError, LeaseLostError, identity, lease_state
from reputation.nightly.models import Lease

pytestmark = pytest.mark.django_db(transaction=True)


def hold_by(holder: str, expires_in: timedelta) -> None:
    Lease.objects.update_or_create(id=1, defaults={"fence": 7, "holder": holder, "expires_at": now() + expires_in})


def test_nobody_gets_a_lease_that_is_held() -> None:
    with HeldLease(), pytest.raises(LeaseHeldError, match=identity()):
        HeldLease().__enter__()


def test_each_holder_has_a_higher_fence() -> None:
    with HeldLease() as first:
        pass
    with HeldLease() as second:
        assert second.fence == first.fence + 1


def test_the_lease_of_another_host_is_taken_over_only_when_it_ran_out() -> None:
    hold_by("elsewhere:1:1", timedelta(seconds=30))
    with pytest.raises(LeaseHeldError):
        HeldLease().__enter__()
    hold_by("elsewhere:1:1", timedelta(seconds=-1))
    with HeldLease() as taken:
        assert taken.fence == 8


def test_the_lease_of_a_dead_process_of_this_host_is_taken_over_at_once() -> None:
    host, pid, started = identity().split(":")
    hold_by(f"{host}:{pid}:{int(started) + 1}", timedelta(seconds=30))  # the number lives on in another process
    assert not lease_state().live
    with HeldLease() as taken:
        assert taken.fence == 8


def test_a_holder_that_lost_its_lease_is_told() -> None:
    with HeldLease() as held:
        held.check()
        hold_by("elsewhere:1:1", timedelta(seconds=30))
        with pytest.raises(LeaseLostError):
            held.check()
        with pytest.raises(LeaseLostError), transaction.atomic():
            held.check()
    assert Lease.objects.get().holder == "elsewhere:1:1"  # what is not ours is not given back


def test_it_is_renewed_while_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    with HeldLease():
        Lease.objects.update(expires_at=now())
        until_renewed = now() + timedelta(seconds=10)
        while not lease_state().live:
            assert now() < until_renewed
    assert not lease_state().live
