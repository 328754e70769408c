from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext

from reputation.portal import navigation, selectors
from reputation.portal.navigation import Frame
from reputation.portal.selectors import Subject

register = template.Library()


@register.simple_tag(takes_context=True)
def portal_frame(context: RequestContext) -> Frame | None:
    """The frame of the page at hand: about its subject, or that of the measure or objection that it shows."""
    request: HttpRequest = context["request"]
    if not request.user.is_authenticated:
        return None
    return navigation.frame(request, _about(request, context))


def _about(request: HttpRequest, context: RequestContext) -> Subject | None:
    if isinstance(given := context.get("subject"), Subject):
        return given
    shown: Any = context.get("action") or context.get("objection")
    return selectors.subject(request.user, shown.kind, shown.subject_id) if shown else None
