"""Tags of what is on record about a subject: `{% load record %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reputation.console import record_labels
from reputation.console.desk_labels import sanction_label
from reputation.governance.actions.selectors import state_word
from reputation.governance.models import Action, Appeal, Flag, Objection, ObjectionLine
from reputation.ratings.wording import number_format

register = template.Library()
_WORDS = {
    Flag: record_labels.FLAG_STATES,
    Appeal: record_labels.APPEAL_STATES,
    Objection: record_labels.OBJECTION_STATES,
    ObjectionLine: record_labels.LINE_STATES,
}


@register.simple_tag
def state(row: Action | Flag | Appeal | Objection | ObjectionLine) -> SafeString:
    """The state of a row as a tag."""
    words = state_word(row.state) if isinstance(row, Action) else _WORDS[type(row)].get(row.state, row.state)
    return format_html('<span class="tag {}">{}</span>', record_labels.TAGS.get(row.state, ""), words)


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
    return str(record_labels.OBJECTION_GROUNDS.get(value, value))


@register.filter
def role(value: str) -> str:
    return str(record_labels.ROLES.get(value, value))
