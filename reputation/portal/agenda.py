"""What has a date: what the subject may still do, and by when others decide about it. One list, the earliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, F
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from reputation.base.time import day_start, market_day, now
from reputation.evidence.models import Hold
from reputation.governance.appeals.selectors import appeal_refused
from reputation.governance.appeals.window import WINDOW_DAYS, appeal_window_ends
from reputation.governance.models import Action, ActionState, Appeal, Objection
from reputation.governance.sanctions import SANCTIONS
from reputation.intake.selectors import complaints_waiting
from reputation.portal.selectors import Subject
from reputation.ratings.scales import scale_announced
from reputation.ratings.wording import number_format

SOON = 2  # days
MOST_WINDOWS = 20  # measures whose appeal windows are looked into, the latest first


@dataclass(frozen=True)
class Entry:
    """`yours`: it waits for the subject; else somebody else's time runs, or something ends by itself."""

    day: date
    yours: bool
    what: str
    about: str
    address: str
    left: int  # days; below 0 when the day has passed

    @property
    def date(self) -> str:
        return date_format(self.day, pgettext("format of a day", "M j"))

    @property
    def when(self) -> str:
        if self.left < 0:
            days = number_format(-self.left, 0)
            return ngettext("%(days)s day late", "%(days)s days late", -self.left) % {"days": days}
        if self.left < len(near := (_("today"), _("tomorrow"))):
            return near[self.left]
        return _("in %(days)s days") % {"days": number_format(self.left, 0)}

    @property
    def pressing(self) -> bool:
        return self.yours and self.left <= SOON


def agenda(subject: Subject) -> list[Entry]:
    today = market_day(now())
    found = [
        Entry(day, yours, what, about, address, (day - today).days)
        for source in (_windows, _appeals, _ends, _objections, _complaints, _findings, _scale)
        for day, yours, what, about, address in source(subject)
    ]
    return sorted(found, key=lambda entry: (entry.day, not entry.yours, entry.what))


Dated = Iterator[tuple[date, bool, str, str, str]]  # day, yours, what, about, address


def _windows(subject: Subject) -> Dated:
    """Measures that nothing was said against yet, while that is possible."""
    since = day_start(market_day(now()) - timedelta(days=WINDOW_DAYS[settings.JURISDICTION]))
    told = Action.objects.filter(**subject.key, starts_at__gte=since).annotate(filed=Count("appeals"))
    for action in told.filter(filed=0).order_by("-starts_at")[:MOST_WINDOWS]:
        if not appeal_refused(action):
            yield appeal_window_ends(action), True, _("Appeal possible until then"), _label(action), _notice(action)


def _appeals(subject: Subject) -> Dated:
    rows = Appeal.objects.filter(
        action__kind=subject.kind, action__subject_id=subject.id, state=Appeal.State.OPEN
    ).select_related("action")
    for appeal in rows.defer("text", "units"):
        place = reverse("portal:appeal", args=[appeal.pk])
        yield appeal.due_on, False, _("Your appeal is decided by then"), _label(appeal.action), place


def _ends(subject: Subject) -> Dated:
    rows = Action.objects.filter(**subject.key, state=ActionState.ACTIVE, ends_at__isnull=False)
    for action in rows:
        yield market_day(action.ends_at), False, _("Measure ends"), _label(action), _notice(action)  # type: ignore[arg-type]


def _objections(subject: Subject) -> Dated:
    rows = Objection.objects.filter(**subject.key, state=Objection.State.OPEN).annotate(incidents=Count("lines"))
    for row in rows:
        about = ngettext("%(n)s incident", "%(n)s incidents", row.incidents) % {"n": number_format(row.incidents, 0)}
        place = reverse("portal:objection", args=[row.pk])
        yield row.due_on, False, _("Your objection is decided by then"), about, place


def _complaints(subject: Subject) -> Dated:
    """Those that wait for an answer, by the day on which their ten days end."""
    place = reverse("portal:complaints", args=[subject.kind, subject.id])
    days = Counter(market_day(one.due) for one in complaints_waiting(subject.kind, subject.id))
    for day, count in days.items():
        about = ngettext("%(n)s complaint", "%(n)s complaints", count) % {"n": number_format(count, 0)}
        yield day, True, _("Answer the complainants by then"), about, place


def _findings(subject: Subject) -> Dated:
    rows = Hold.objects.filter(subject_kind=subject.kind, subject_id=subject.id, status=Hold.Status.HELD)
    place = reverse("portal:held", args=[subject.kind, subject.id])
    for day, count in rows.values_list(F("due_on")).annotate(Count("id")).order_by("due_on"):
        about = ngettext("%(n)s finding", "%(n)s findings", count) % {"n": number_format(count, 0)}
        yield day, False, _("Evidence set aside is decided by then"), about, place


def _scale(subject: Subject) -> Dated:
    rating = subject.rating
    if rating is None or rating.announced_stars is None:
        return
    scale = scale_announced(rating.night)
    if scale and scale.live_from:
        about = _("%(stars)s stars by it") % {"stars": number_format(rating.announced_stars, 1)}
        yield scale.live_from, False, _("A new scale counts from then"), about, f"{reverse('how-ratings-work')}#scale"


def _label(action: Action) -> str:
    return str(SANCTIONS[action.sanction].label)


def _notice(action: Action) -> str:
    return reverse("portal:notice", args=[action.pk])
