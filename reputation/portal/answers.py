"""What buyers and viewers answered, as their subject sees it: in groups of five and more, never by order or person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reputation.base.time import day_start, market_day, now
from reputation.evidence.voices import DAYS, LEAST, By, Group, Groups, answer_groups, grouped_by, week_of
from reputation.ratings import selectors
from reputation.ratings.wording import number_format
from scoring.outcomes.rules import OF_VIEWERS

BY: dict[By, Promise] = {
    "item": gettext_lazy("Item"),
    "room": gettext_lazy("Live room"),
    "week": gettext_lazy("Week from"),
}


def until() -> datetime:
    """Answers are told up to the end of the night that is shown, and before the first one up to today."""
    night = selectors.shown().night
    return day_start(night + timedelta(days=1)) if night else day_start(market_day(now()))


def told(kind: str, subject_id: str, key: str) -> Groups:
    return answer_groups(kind, subject_id, key, until())


def context(kind: str, subject_id: str, key: str) -> dict[str, Any]:
    found = told(kind, subject_id, key)
    return {
        "groups": [(name(found, one), one, number_format(100 * one.share, 0)) for one in found.all],
        "nobody": not found.all and not found.small,
        "by": BY[found.by],
        "of_viewers": key in OF_VIEWERS,
        "least": LEAST,
        "days": DAYS,
    }


def name(found: Groups, one: Group) -> str:
    """A group in words; of a live room with its day."""
    if one is found.rest:
        return _rest(found)
    if found.by == "week":
        return date_format(week_of(one), "DATE_FORMAT")
    return f"{one.name} · {date_format(market_day(one.at), 'DATE_FORMAT')}" if one.at else one.name


def _rest(found: Groups) -> str:
    if not found.shown:
        return _("All answers together")
    words = ngettext("%(small)s other", "%(small)s others, together", found.small)
    return words % {"small": number_format(found.small, 0)}


def columns(kind: str, key: str) -> list[str]:
    """Heads of `lines`."""
    return [str(BY[grouped_by(kind, key)]), _("Answers"), _against(key), _("Share")]


def _against(key: str) -> str:
    return _("Said yes") if key in OF_VIEWERS else _("Gave 1 or 2")


def lines(kind: str, subject_id: str, key: str) -> list[list[Any]]:
    """A line per group, in the words of the page; a share is 0 to 1."""
    found = told(kind, subject_id, key)
    return [[name(found, one), one.answers, one.against, round(one.share, 4)] for one in found.all]
