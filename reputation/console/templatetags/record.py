"""Tags of what is on record about a subject: `{% load record %}`."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reputation.console import record_labels
from reputation.console.desk_labels import sanction_label
from reputation.console.labels import HOLD_STATUSES, PATTERNS
from reputation.evidence.models import Hold
from reputation.governance.actions.selectors import state_word
from reputation.governance.models import Action, Appeal, Flag, Objection, ObjectionLine
from reputation.governance.objections.grounds import ground as objection_ground
from reputation.ratings.wording import number_format

register = template.Library()
_WORDS = {
    Flag: record_labels.FLAG_STATES,
    Appeal: record_labels.APPEAL_STATES,
    Objection: record_labels.OBJECTION_STATES,
    ObjectionLine: record_labels.LINE_STATES,
    Hold: HOLD_STATUSES,
}


@register.simple_tag
def state(row: Action | Flag | Appeal | Objection | ObjectionLine | Hold) -> SafeString:
    """The state of a row as a tag."""
    value = row.status if isinstance(row, Hold) else row.state
    words = state_word(value) if isinstance(row, Action) else _WORDS[type(row)].get(value, value)
    return format_html('<span class="tag {}">{}</span>', record_labels.TAGS.get(value, ""), words)


@register.filter
def in_state(value: str) -> str:
    """The state of an action, of which only the code is at hand."""
    return state_word(value)


@register.filter
def measure(action: Action | Flag) -> str:
    """A sanction with what belongs to it: the share that is left, the item."""
    label = sanction_label(action.sanction)
    if action.share is not None:
        return f"{label} ({number_format(100 * float(action.share), 0)} %)"
    item = getattr(action, "item_ref", "")
    return f"{label} ({item})" if item else label


@register.filter
def who(actor: str) -> str:
    """An actor of the audit log as people say it."""
    kind, colon, name = actor.partition(":")
    return name if colon else kind


@register.filter
def ground(value: str) -> str:
    return objection_ground(value)


@register.filter
def role(value: str) -> str:
    return str(record_labels.ROLES.get(value, value))


@register.filter
def pattern(value: str) -> str:
    return str(PATTERNS.get(value, value))


@register.simple_tag
def page_of(request: HttpRequest, name: str, number: int) -> str:
    """Another page of one of several lists."""
    query = request.GET.copy()
    query[name] = str(number)
    return "?" + query.urlencode()


@register.filter
def until(action: Action) -> str:
    """When it ended or will end; before it began, for how long it would count."""
    if ends := action.ended_at or action.ends_at:
        return date_format(localtime(ends), "Y-m-d H:i")
    if action.days:
        return ngettext("for %(days)s day", "for %(days)s days", action.days) % {"days": action.days}
    return _("no end")


@register.filter
def deciders(action: Action) -> str:
    """Who decided it, both where there are two."""
    if action.automatic:
        return _("automatic")
    return ", ".join(who(actor) for actor in (action.proposed_by, action.second_by) if actor)


@register.filter
def in_chinese(reason: dict[str, str]) -> str:
    return reason.get("zh-hans", "")


@register.filter
def line_state(value: str) -> str:
    return str(record_labels.LINE_STATES.get(value, value))
