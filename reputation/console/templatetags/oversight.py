"""What stands on every page of the console: that the platform does not answer."""

from typing import Any

from django import template
from django.db.models import Min

from reputation.governance.actions.selectors import unacknowledged

register = template.Library()


@register.inclusion_tag("console/oversight/_unacknowledged.html")
def unacknowledged_banner() -> dict[str, Any]:
    """Nothing where the platform has said of every action that it carried it out, or has had less than 15 minutes."""
    waiting = unacknowledged().order_by()
    count = waiting.count()
    return {"count": count, "since": waiting.aggregate(first=Min("told_at"))["first"] if count else None}
