from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from reputation.governance.actions.selectors import unacknowledged
from reputation.nightly.selectors import night_state


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nobody else, so that a lost database does not get the web restarted."""
    return _fresh({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Can serve. A failed night, or a platform that does not acknowledge actions, is said but still 200: pages are up."""
    try:
        state, silent = night_state(), unacknowledged().count()
    except DatabaseError:
        return _fresh({"status": "unavailable", "database": "away"}, status=503)
    actions = f"unacknowledged {silent}" if silent else "ok"
    return _fresh({"status": "ok", "database": "ok", **state.as_json(), "actions": actions})


def _fresh(content: dict[str, Any], status: int = 200) -> JsonResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "no-store"
    return response
