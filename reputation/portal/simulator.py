"""The simulator: a form with one number per metric, answered by the model that rates at night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.portal.pending import Case
from reputation.ratings import explaining, pictures, svg
from reputation.ratings.own_figures import too_few
from reputation.ratings.standings import Explainable
from reputation.ratings.wording import aspect_name, number_format
from scoring.metrics import ASPECTS, Aspect, Metric

if TYPE_CHECKING:
    from django.http import QueryDict

    from scoring.explain.changes import WhatIf

_MOST_PERCENT, _MOST_MINUTES = 100, 43_200  # 30 days
GOALS = ("4.0", "4.5", "4.8")
OWN_GOAL, ALL_CASES = "own", "all"


class Simulator(forms.Form):
    """Per cent for rates, minutes for times. A number that is left alone, left out or emptied changes nothing. `case`:
    appeals and objections that are taken as accepted; `goal`: a star to reach."""

    def __init__(
        self, data: QueryDict | None, metrics: Mapping[str, tuple[Metric, float]], cases: Sequence[Case], goal: str
    ) -> None:
        self.metrics, self.cases = metrics, cases
        fields: dict[str, forms.Field] = {key: _field(metric, value) for key, (metric, value) in metrics.items()}
        fields |= {"case": _case_field(cases), "goal": _goal_field(goal), "goal_own": _own_goal_field()}
        super().__init__(_sent(data, fields))
        self.fields.update(fields)

    def changes(self) -> dict[str, float]:
        """Metric -> new rate or minutes, of the numbers that were changed."""
        if not self.is_bound:
            return {}
        new = {key: self.cleaned_data.get(key) for key in self.changed_data if key in self.metrics}
        share = {key: self.metrics[key][0].unit == "share" for key in new}
        return {key: float(x) / (100 if share[key] else 1) for key, x in new.items() if x is not None}

    def accepted(self) -> list[Case]:
        """Cases that are taken as accepted."""
        chosen = self.cleaned_data.get("case", []) if self.is_bound else []
        return [case for case in self.cases if case.key in chosen or ALL_CASES in chosen]

    def goal(self) -> float:
        """The star to reach, 1 to 5 in tenths."""
        if not self.is_bound:
            return float(self.fields["goal"].initial)
        chosen = self.cleaned_data["goal"] or self.fields["goal"].initial
        return float(self.cleaned_data["goal_own"] if chosen == OWN_GOAL else chosen)

    def clean(self) -> dict[str, Any]:
        wanted = self.cleaned_data.get("goal") == OWN_GOAL and "goal_own" not in self.errors
        if wanted and self.cleaned_data.get("goal_own") is None:
            self.add_error("goal_own", _("Give the star that you want to reach, from 1 to 5."))
        return self.cleaned_data


def _sent(data: QueryDict | None, fields: Mapping[str, forms.Field]) -> dict[str, Any] | None:
    """What was sent, and else what stands in the form anyway; nothing where nothing was."""
    sent: dict[str, Any] = {
        key: data.getlist(key) if key == "case" else data[key] for key in data or {} if key in fields
    }
    return {key: field.initial for key, field in fields.items()} | sent if sent else None


def _field(metric: Metric, value: float) -> forms.DecimalField:
    share = metric.unit == "share"
    shown = round(Decimal(value * 100), 2) if share else Decimal(round(value))
    widget = forms.NumberInput(attrs={"step": "0.01" if share else "1", "inputmode": "decimal", "class": "amount"})
    return forms.DecimalField(
        label=explaining.metric_name(metric.key), required=False, min_value=0, initial=shown,
        max_value=_MOST_PERCENT if share else _MOST_MINUTES, decimal_places=2 if share else 0, widget=widget,
    )  # fmt: skip


def _case_field(cases: Sequence[Case]) -> forms.MultipleChoiceField:
    choices = [(case.key, case.title) for case in cases]
    if len(cases) > 1:
        choices.insert(0, (ALL_CASES, _("All of them")))
    return forms.MultipleChoiceField(choices=choices, required=False, widget=forms.CheckboxSelectMultiple, initial=[])


def _goal_field(goal: str) -> forms.ChoiceField:
    choices = [*((star, number_format(float(star), 1)) for star in GOALS), (OWN_GOAL, _("Other"))]
    return forms.ChoiceField(choices=choices, required=False, widget=forms.RadioSelect, initial=goal)


def _own_goal_field() -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal", "class": "amount"})
    return forms.DecimalField(
        label=_("Stars to reach"), required=False, min_value=1, max_value=5, decimal_places=1, widget=widget
    )


def simulator(found: Explainable, data: QueryDict | None, cases: Sequence[Case] = ()) -> Simulator:
    metrics = {metric.key: (metric, found.rated.value(metric)) for metric in _sorted(found)}
    now = float(found.rated.stars()[0])
    goal = next((goal for goal in GOALS[1:] if now < float(goal) - 0.05), GOALS[-1])
    return Simulator(data, metrics, cases, goal)


def _sorted(found: Explainable) -> list[Metric]:
    """Without those of so few answers that their value would tell of single ones."""
    told = (metric for metric in found.rated.metrics() if not too_few(found, metric))
    return sorted(told, key=lambda metric: ASPECTS.index(_aspect(metric)))


def _aspect(metric: Metric) -> Aspect:
    if metric.aspect is None:
        raise ValueError(f"{metric.key} speaks for all aspects and cannot be changed on its own")
    return metric.aspect


class Line(NamedTuple):
    """`reach`: where a slider ends; text, or a reader's notation would get into the page's attribute."""

    field: forms.BoundField
    unit: str
    hint: str
    reach: str
    ruler: SafeString


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
    unit = 100 if share else 1
    ruler = pictures.ruler(unit * value / reach, unit * usual / reach, hint)
    return Line(form[metric.key], "%" if share else _("min"), hint, str(reach), ruler)


def case_lines(form: Simulator) -> list[tuple[Case, forms.boundfield.BoundWidget]]:
    """Each open case with its box; the box for all of them is not among these."""
    boxes = {str(box.data["value"]): box for box in form["case"]}
    return [(case, boxes[case.key]) for case in form.cases]


class Answer(NamedTuple):
    """What the changes come to, in words and pictures, and as figures for programs."""

    stars: str
    picture: SafeString
    change: str
    words: str
    span: SafeString
    figures: dict[str, float]


def answer(tonight: Explainable, then: Explainable, changes: Mapping[str, float]) -> Answer:
    """`then`: the same subject without what is taken as accepted."""
    from scoring.explain.changes import what_if
    from scoring.stars import half

    now, found = what_if(tonight.rated, {}), what_if(then.rated, changes)
    words = explaining.span(found.expected, found.low, found.high)
    return Answer(
        number_format(found.shown, 1),
        svg.stars(float(half(found.shown))),
        _change_in_words(now, found) if changes or then is not tonight else "",
        words,
        pictures.span(found.low, found.expected, found.high, words),
        _figures(now, found),
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
