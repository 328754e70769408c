"""How ratings work: the rules in plain words, what last night measured, and the log of what was changed."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.public import front
from reputation.public.changes import KINDS, changes_log, kind_name
from reputation.public.conditional import cached_page
from reputation.public.how import appeals, half_stars, set_aside
from reputation.public.how_pictures import examples
from reputation.public.measured import Measured, measured, scale_change
from reputation.public.metadata import metadata
from reputation.ratings import selectors
from reputation.ratings.models import State
from reputation.ratings.selectors import Shown
from reputation.ratings.svg import columns
from reputation.ratings.wording import aspect_name, exclusion_name, state_name
from scoring.metrics import ASPECTS, CATALOGUE, EXCLUSION_REASONS

PAGE_ROWS = 20


@require_safe
def how_ratings_work(request: HttpRequest) -> HttpResponse:
    shown = selectors.shown()
    title, path = _("How ratings work"), reverse("how-ratings-work")
    about = _("The rules behind the stars, how well they held last night, what was set aside, and how appeals went.")
    context: dict[str, Any] = {
        "meta": metadata(request, path, title, about),
        "pictures": examples(),
        "metrics": _metrics(),
        "exclusions": [exclusion_name(reason) for reason in EXCLUSION_REASONS],
        "appeals": appeals(),
    }
    return cached_page(request, "how_ratings_work.html", context | (_last_night(shown) if shown.night else {}))


def _last_night(shown: Shown) -> dict[str, Any]:
    assert shown.night is not None  # noqa: S101 (the caller looked)
    night = selectors.night_figures(shown.night)
    return {
        "states": _states(front.front(shown)),
        "night": night,
        "measured": _measured(night.figures),
        "scale_change": scale_change(shown.night, night.figures),
        "spread": columns(front.spread(shown), _("Rated stores by stars")),
        "half_stars": half_stars(shown),
        "set_aside": set_aside(shown),
    }


def _measured(figures: dict[str, Any]) -> list[tuple[str, Measured]]:
    found = [(_("Stores"), measured(figures, "store")), (_("Anchors"), measured(figures, "anchor"))]
    return [(name, one) for name, one in found if one]


def _metrics() -> list[tuple[str, list[tuple[str, str]]]]:
    chinese = (get_language() or "").startswith("zh")
    return [
        (
            aspect_name(aspect) if aspect else _("All together"),
            [(m.label_zh if chinese else m.label_en, _(m.definition)) for m in CATALOGUE if m.aspect == aspect],
        )
        for aspect in (None, *ASPECTS)
    ]


def _states(figures: front.Front) -> list[tuple[str, int, int]]:
    order = (State.RATED, State.FEW_ORDERS, State.NEW, State.WITHHELD)
    return [(state_name(one), figures.count("store", one), figures.count("anchor", one)) for one in order]


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    title, path = _("What was changed"), reverse("how-ratings-work-changes")
    page = Paginator(changes_log(kind), PAGE_ROWS).get_page(request.GET.get("page", "1")[:9])
    context = {
        "meta": metadata(request, path, title, _("Every change of model, scale and policy, with its day and reason.")),
        "page": page,
        "changes": [entry.tell() for entry in page],
        "kind": kind,
        "kinds": [(one, kind_name(one)) for one in KINDS],
    }
    return cached_page(request, "changes.html", context)
