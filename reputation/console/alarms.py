"""What is wrong and waits for nobody's turn: the overview says it first, to those who can look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reputation.base.models import Delivery, Heartbeat
from reputation.base.time import market_day, now
from reputation.governance.models import Correction
from reputation.governance.selectors import policy_live
from reputation.nightly.models import Run
from reputation.ratings.selectors import shown

NIGHTLY = "nightly"
SILENT = timedelta(minutes=10)  # a cluster beats every minute
_DAY = timedelta(days=1)


class Alarm(NamedTuple):
    text: str
    address: str  # where to look; empty: nowhere in the console


def alarms(user: User) -> list[Alarm]:
    """The gravest first."""
    return [*_silent_workers(), *_old_ratings(), *_corrections(), *_dead_letters(user), *_no_policy()]


def _silent_workers() -> Iterator[Alarm]:
    silent = Heartbeat.objects.filter(beat_at__lt=now() - SILENT).order_by("cluster")
    if Run.objects.filter(status=Run.Status.RUNNING).exists():
        silent = silent.exclude(cluster=NIGHTLY)  # while it works it gives no sign of life
    for beat in silent:
        since = date_format(localtime(beat.beat_at), "Y-m-d H:i")
        yield Alarm(_("Worker %(name)s has been silent since %(time)s.") % {"name": beat.cluster, "time": since}, "")


def _old_ratings() -> Iterator[Alarm]:
    night = shown().night
    if night is not None and night < market_day(now()) - _DAY:
        said = _("The ratings that are shown are those of %(night)s: no night has been published since.")
        yield Alarm(said % {"night": night}, _address("nights"))


def _corrections() -> Iterator[Alarm]:
    if count := Correction.objects.filter(state=Correction.State.FAILED).count():
        said = ngettext(
            "A correction after a won appeal has failed.", "%(count)s corrections after won appeals have failed.", count
        )
        yield Alarm(said % {"count": count}, _address("corrections"))


def _dead_letters(user: User) -> Iterator[Alarm]:
    if not user.has_perm("base.view_webhookendpoint"):
        return
    if count := Delivery.objects.filter(state=Delivery.State.DEAD).count():
        said = ngettext("One event reached no webhook.", "%(count)s events reached no webhook.", count)
        yield Alarm(said % {"count": count}, _address("webhooks"))


def _no_policy() -> Iterator[Alarm]:
    if policy_live(market_day(now())) is None:
        yield Alarm(_("No policy is in force: nights flag nobody."), _address("policies"))


def _address(name: str) -> str:
    try:
        return reverse(f"console:{name}")
    except NoReverseMatch:
        return ""
