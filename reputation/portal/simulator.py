"""The simulator: a form with one number per metric, answered by the model that rates at night."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.ratings import explaining, pictures, svg
from reputation.ratings.standings import Explainable
from reputation.ratings.wording import aspect_name, number_format
from scoring.metrics import ASPECTS, Aspect, Metric

if TYPE_CHECKING:
    from scoring.explain.changes import WhatIf

_MOST_PERCENT, _MOST_MINUTES = 100, 43_200  # 30 days


class Simulator(forms.Form):
    """Per cent for rates, minutes for times. A number that is left alone, left out or emptied changes nothing."""

    def __init__(self, data: Mapping[str, str] | None, metrics: Mapping[str, tuple[Metric, float]]) -> None:
        self.metrics = metrics
        fields = {key: _field(metric, value) for key, (metric, value) in metrics.items()}
        sent = {key: text for key, text in (data or {}).items() if key in metrics}
        super().__init__({key: field.initial for key, field in fields.items()} | sent if sent else None)
        self.fields.update(fields)

    def changes(self) -> dict[str, float]:
        """Metric -> new rate or minutes, of the numbers that were changed."""
        if not self.is_bound:
            return {}
        new = {key: self.cleaned_data[key] for key in self.changed_data if self.cleaned_data.get(key) is not None}
        return {key: float(x) / (100 if self.metrics[key][0].unit == "share" else 1) for key, x in new.items()}


def _field(metric: Metric, value: float) -> forms.DecimalField:
    share = metric.unit == "share"
    shown = round(Decimal(value * 100), 2) if share else Decimal(round(value))
    widget = forms.NumberInput(attrs={"step": "0.01" if share else "1", "inputmode": "decimal", "class": "amount"})
    return forms.DecimalField(
        label=explaining.metric_name(metric.key), required=False, min_value=0, initial=shown,
        max_value=_MOST_PERCENT if share else _MOST_MINUTES, decimal_places=2 if share else 0, widget=widget,
    )  # fmt: skip


def simulator(found: Explainable, data: Mapping[str, str] | None) -> Simulator:
    return Simulator(data, {metric.key: (metric, found.rated.value(metric)) for metric in _sorted(found)})


def _sorted(found: Explainable) -> list[Metric]:
    return sorted(found.rated.metrics(), key=lambda metric: ASPECTS.index(_aspect(metric)))


def _aspect(metric: Metric) -> Aspect:
    if metric.aspect is None:
        raise ValueError(f"{metric.key} speaks for all aspects and cannot be changed on its own")
    return metric.aspect


class Line(NamedTuple):
    field: forms.BoundField
    unit: str
    hint: str
    reach: str  # where a slider ends; text, or a reader's notation would get into the page's attribute


def groups(form: Simulator, found: Explainable) -> list[tuple[str, list[Line]]]:
    """The fields by aspect, each with what is so now and what is usual."""
    by_aspect = groupby(form.metrics.values(), key=lambda pair: _aspect(pair[0]))
    return [
        (aspect_name(aspect), [_line(form, found, metric, value) for metric, value in pairs])
        for aspect, pairs in by_aspect
    ]


def _line(form: Simulator, found: Explainable, metric: Metric, value: float) -> Line:
    usual = found.medians.get(metric.key, value)
    hint = _("now %(own)s, median %(usual)s") % {
        "own": explaining.value(metric, value),
        "usual": explaining.value(metric, usual),
    }
    share = metric.unit == "share"
    reach = min(max(1, round(300 * max(value, usual))), 100) if share else max(60, round(3 * max(value, usual)))
    return Line(form[metric.key], "%" if share else _("min"), hint, str(reach))


class Answer(NamedTuple):
    """What the changes come to, in words and pictures, and as figures for programs."""

    stars: str
    picture: SafeString
    change: str
    words: str
    span: SafeString
    figures: dict[str, float]


def answer(found: Explainable, changes: Mapping[str, float]) -> Answer:
    from scoring.explain.changes import what_if
    from scoring.stars import half

    now, then = what_if(found.rated, {}), what_if(found.rated, changes)
    words = explaining.span(then.expected, then.low, then.high)
    return Answer(
        number_format(then.shown, 1),
        svg.stars(float(half(then.shown))),
        _change_in_words(now, then) if changes else "",
        words,
        pictures.span(then.low, then.expected, then.high, words),
        _figures(now, then),
    )


def _change_in_words(now: WhatIf, then: WhatIf) -> str:
    values = {"by": explaining.signed(then.star - now.star), "now": number_format(now.shown, 1)}
    return _("%(by)s against tonight's %(now)s") % values


def _figures(now: WhatIf, then: WhatIf) -> dict[str, float]:
    return {
        "stars": then.shown,
        "change": round(then.star - now.star, 3),
        "expected": round(then.expected, 3),
        "low": round(then.low, 3),
        "high": round(then.high, 3),
        "all_causes": round(then.all_causes, 3),
    }
