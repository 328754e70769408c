"""What has a date: what the subject may still do, and by when others decide about it. One list, the earliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Q
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
    return agendas([subject])[subject.place]


def agendas(subjects: Sequence[Subject]) -> dict[tuple[str, str], list[Entry]]:
    """Of several subjects, in as many queries as of one but for complaints."""
    today = market_day(now())
    found: dict[tuple[str, str], list[Entry]] = {one.place: [] for one in subjects}
    for source in (_windows, _appeals, _ends, _objections, _complaints, _findings, _scale):
        for key, day, yours, what, about, address in source(subjects):
            found[key].append(Entry(day, yours, what, about, address, (day - today).days))
    for entries in found.values():
        entries.sort(key=lambda entry: (entry.day, not entry.yours, entry.what))
    return found


Dated = Iterator[tuple[tuple[str, str], date, bool, str, str, str]]  # subject, day, yours, what, about, address


def _about(subjects: Sequence[Subject], kind: str = "kind", subject_id: str = "subject_id") -> Q:
    """Rows about any of them, by the names of the two columns."""
    found = Q(pk__in=[])
    for one in subjects:
        found |= Q(**{kind: one.kind, subject_id: one.id})
    return found


def _windows(subjects: Sequence[Subject]) -> Dated:
    """Measures that nothing was said against yet, while that is possible."""
    since = day_start(market_day(now()) - timedelta(days=WINDOW_DAYS[settings.JURISDICTION]))
    told = Action.objects.filter(_about(subjects), starts_at__gte=since).annotate(filed=Count("appeals"))
    for action in told.filter(filed=0).order_by("-starts_at")[: MOST_WINDOWS * len(subjects)]:
        if not appeal_refused(action):
            day = appeal_window_ends(action)
            yield _key(action), day, True, _("Last day to appeal"), _label(action), _notice(action)


def _appeals(subjects: Sequence[Subject]) -> Dated:
    about = _about(subjects, "action__kind", "action__subject_id")
    rows = Appeal.objects.filter(about, state=Appeal.State.OPEN).select_related("action")
    for appeal in rows.defer("text", "units"):
        place = reverse("portal:appeal", args=[appeal.pk])
        yield _key(appeal.action), appeal.due_on, False, _("Decision on your appeal"), _label(appeal.action), place


def _ends(subjects: Sequence[Subject]) -> Dated:
    for action in Action.objects.filter(_about(subjects), state=ActionState.ACTIVE, ends_at__isnull=False):
        assert action.ends_at is not None  # noqa: S101 (as asked)
        yield _key(action), market_day(action.ends_at), False, _("Measure ends"), _label(action), _notice(action)


def _objections(subjects: Sequence[Subject]) -> Dated:
    rows = Objection.objects.filter(_about(subjects), state=Objection.State.OPEN).annotate(incidents=Count("lines"))
    for row in rows:
        about = ngettext("%(n)s incident", "%(n)s incidents", row.incidents) % {"n": number_format(row.incidents, 0)}
        place = reverse("portal:objection", args=[row.pk])
        yield _key(row), row.due_on, False, _("Decision on your objection"), about, place


def _complaints(subjects: Sequence[Subject]) -> Dated:
    """Those that wait for an answer, by the day on which their ten days end."""
    for one in subjects:
        place = reverse("portal:complaints", args=[one.kind, one.id])
        days = Counter(market_day(complaint.due) for complaint in complaints_waiting(one.kind, one.id))
        for day, count in days.items():
            about = ngettext("%(n)s complaint", "%(n)s complaints", count) % {"n": number_format(count, 0)}
            yield one.place, day, True, _("Answer complaints"), about, place


def _findings(subjects: Sequence[Subject]) -> Dated:
    rows = Hold.objects.filter(_about(subjects, "subject_kind", "subject_id"), status=Hold.Status.HELD)
    counted = rows.values_list("subject_kind", "subject_id", "due_on").annotate(Count("id")).order_by("due_on")
    for kind, subject_id, day, count in counted:
        about = ngettext("%(n)s finding", "%(n)s findings", count) % {"n": number_format(count, 0)}
        place = reverse("portal:held", args=[kind, subject_id])
        yield (kind, subject_id), day, False, _("Decision on evidence set aside"), about, place


def _scale(subjects: Sequence[Subject]) -> Dated:
    told = [(one, one.rating) for one in subjects if one.rating and one.rating.announced_stars is not None]
    scale = scale_announced(told[0][1].night) if told else None
    if scale is None or scale.live_from is None:
        return
    for one, rating in told:
        about = _("%(stars)s stars by it") % {"stars": number_format(rating.announced_stars, 1)}
        place = f"{reverse('how-ratings-work')}#scale"
        yield one.place, scale.live_from, False, _("New scale counts"), about, place


def _key(row: Action | Objection) -> tuple[str, str]:
    return row.kind, row.subject_id


def _label(action: Action) -> str:
    return str(SANCTIONS[action.sanction].label)


def _notice(action: Action) -> str:
    return reverse("portal:notice", args=[action.pk])
