"""The default cluster runs a round by the minute, through django-q itself."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import Schedule, Success
from django_q.scheduler import scheduler

from reputation.governance.actions.services import action_propose
from reputation.inbox.models import Round
from reputation.nightly.schedules import INBOX, schedules_upsert
from tests.governance.actions.world import person as staff
from tests.governance.actions.world import store, wanted
from tests.governance.appeals.world import member

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_tick_of_the_schedule_tells_and_mails_and_leaves_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "SYNC", True)  # the cluster's own scheduler and worker, in this process
    store("s1")
    mia = member("mia")
    User.objects.filter(pk=mia.pk).update(email="mia@example.org")
    schedules_upsert()
    Schedule.objects.exclude(name=INBOX).delete()

    def tick() -> None:
        Schedule.objects.filter(name=INBOX).update(next_run=timezone.now())
        scheduler()

    tick()
    assert Round.objects.exists()
    action_propose(kind="store", subject_id="s1", wanted=wanted("warning"), by=staff("ann"))
    tick()
    assert [sent.to for sent in mail.outbox] == [["mia@example.org"]]
    assert Schedule.objects.get().next_run > timezone.now()
    assert not Success.objects.exists()
