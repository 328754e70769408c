from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from reputation.nightly.selectors import night_state


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nobody else, so that a lost database does not get the web restarted."""
    return _fresh({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Can serve. A failed night is said but still 200: yesterday's ratings are up."""
    try:
        state = night_state()
    except DatabaseError:
        return _fresh({"status": "unavailable", "database": "away"}, status=503)
    return _fresh({"status": "ok", "database": "ok", **state.as_json()})


def _fresh(content: dict[str, Any], status: int = 200) -> JsonResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "no-store"
    return response
