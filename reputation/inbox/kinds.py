"""What members are told of, and how: each may choose for every kind."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reputation.base.time import market_day, market_zone


class Kind(models.TextChoices):
    NOTICE = "notice"
    APPEAL = "appeal"
    OBJECTION = "objection"
    STAR = "star"
    COMPLAINT = "complaint"
    DEADLINE = "deadline"
    HELD = "held"


class How(models.TextChoices):
    NOW = "now"
    DAILY = "daily"
    OFF = "off"


# What somebody waits for comes at once; what a morning is early enough for, with the others in one mail.
USUAL: dict[str, How] = {
    Kind.NOTICE: How.NOW,
    Kind.APPEAL: How.NOW,
    Kind.OBJECTION: How.NOW,
    Kind.STAR: How.DAILY,
    Kind.COMPLAINT: How.DAILY,
    Kind.DEADLINE: How.DAILY,
    Kind.HELD: How.DAILY,
}
LABELS: dict[str, Promise] = {
    Kind.NOTICE: _("New notices"),
    Kind.APPEAL: _("Answers to appeals"),
    Kind.OBJECTION: _("Answers to objections"),
    Kind.STAR: _("The star changed"),
    Kind.COMPLAINT: _("Complaints that wait for an answer"),
    Kind.DEADLINE: _("Deadlines"),
    Kind.HELD: _("Findings being looked at"),
}
HINTS: dict[str, Promise] = {
    Kind.NOTICE: _("A measure began, changed or ended."),
    Kind.APPEAL: _("Somebody has decided your appeal."),
    Kind.OBJECTION: _("All that you objected to is decided."),
    Kind.STAR: _("By half a star or more, or stars appear or go."),
    Kind.COMPLAINT: _("After ten days without an answer it counts against you."),
    Kind.DEADLINE: _("Two days before the time to appeal or to answer is over."),
    Kind.HELD: _("Evidence is set aside until a person has looked at it."),
}
WAYS: dict[str, Promise] = {How.NOW: _("at once"), How.DAILY: _("once a day"), How.OFF: _("no mail")}
MORNING = time(8)  # of the market: the night is over by then


def due(how: str, moment: datetime) -> datetime:
    """When a mail of what became known at `moment` goes out."""
    if how != How.DAILY:
        return moment
    today = datetime.combine(market_day(moment), MORNING, market_zone())
    return today if today > moment else datetime.combine(market_day(moment) + timedelta(days=1), MORNING, market_zone())
