"""Query parameters of the lists. Whatever is wrong with one is answered with its name and what to send instead."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import InvalidPage
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from reputation.ratings.models import Rating
from reputation.ratings.search import ORDERINGS, Wanted, find
from reputation.ratings.selectors import RatingRow

SEARCH_CHARACTERS = 100
PAGING = frozenset({"page", "page_size", "lang"})


class RatingFilter(filters.FilterSet):
    search = filters.CharFilter(
        max_length=SEARCH_CHARACTERS,
        label=gettext_lazy(
            "Letters of the name in any script, its pinyin or initials, or the whole id. Where nothing is found as"
            " typed, names that come near."
        ),
        error_messages={"max_length": gettext_lazy("Send at most %(limit_value)d characters.")},
    )
    category = filters.CharFilter(label=gettext_lazy("Only this category, written as in a rating."))
    min_stars = filters.NumberFilter(
        min_value=1,
        max_value=5,
        label=gettext_lazy("Only ratings with at least so many stars."),
        error_messages={
            "invalid": gettext_lazy("Send a number from 1 to 5, such as 4.5."),
            "min_value": gettext_lazy("Send a number from 1 to 5, such as 4.5."),
            "max_value": gettext_lazy("Send a number from 1 to 5, such as 4.5."),
        },
    )
    ordering = filters.ChoiceFilter(
        choices=[(name, name) for name in ORDERINGS],
        label=gettext_lazy("A minus sign means the largest first. Default: -stars, or the closest match first."),
        error_messages={
            "invalid_choice": format_lazy(gettext_lazy("Send one of: {names}."), names=", ".join(ORDERINGS))
        },
    )

    class Meta:
        model = Rating
        fields = ()

    def filter_queryset(self, queryset: QuerySet[Rating]) -> Sequence[RatingRow]:
        shown = self.request.shown
        if shown.night is None:
            return []
        asked = {name: value for name, value in self.form.cleaned_data.items() if value}
        return find(shown, self.request.rating_kind, Wanted(**asked))


class Pages(PageNumberPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_size_query_description = gettext_lazy("Results on a page, 1 to 200.")

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size", str(self.page_size))
        if text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= self.max_page_size:
            return int(text)
        raise ValidationError({"page_size": [_("Send a whole number from 1 to 200.")]})

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        paginator = self.django_paginator_class(queryset, self.get_page_size(request))
        number = request.query_params.get("page", "1")
        try:
            self.page = paginator.page(number if len(number) < 10 else "")
        except InvalidPage as error:
            wanted = _("Send a whole number from 1 to %(last)d.") % {"last": paginator.num_pages}
            raise ValidationError({"page": [wanted]}) from error
        return list(self.page)


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """A misspelt filter that is ignored would give the wrong list with a straight face."""
    if unknown := sorted(set(request.query_params) - known):
        wanted = _("There is no such parameter; known ones are: %(known)s.") % {"known": ", ".join(sorted(known))}
        raise ValidationError({name: [wanted] for name in unknown})
