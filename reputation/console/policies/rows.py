"""The form of a rule as its template draws it: blocks of conditions, rows of fields, and what is said beside each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reputation.console.desk_labels import SEVERITIES
from reputation.console.policies.editing import OpenRule
from reputation.console.policies.previews import Threshold
from reputation.console.policies.problems import Told
from reputation.governance.sanctions import SANCTIONS
from reputation.governance.wording import OPS, READS, SCOPES, metric_label
from scoring.metrics import ASPECTS, BY_KEY
from scoring.policy.form.fields import GroupForm, LeafForm, Path, leaf_forms, name_of
from scoring.policy.vocabulary import ACTIONS, LANGUAGES, MEASURES, WINDOWS

Choice = tuple[str, str | Promise]
OF: Mapping[str, Promise] = {
    "number": gettext_lazy("as a number"),
    "mean": gettext_lazy("times the mean of the category"),
    "quantile": gettext_lazy("times what so many of the category stay within"),
}
_ASPECTS: Mapping[str | None, Promise] = {
    None: gettext_lazy("All aspects together"),
    "product": gettext_lazy("Product"),
    "logistics": gettext_lazy("Logistics"),
    "service": gettext_lazy("Service"),
    "after_sales": gettext_lazy("After-sales"),
    "honesty": gettext_lazy("Honesty"),
}
LANGUAGE_NAMES = {"en": "English", "zh-hans": "中文"}


@dataclass(frozen=True)
class Row:
    """A comparison. `problems`: by field."""

    name: str
    leaf: LeafForm
    problems: Mapping[str, Sequence[Told]]
    threshold: Threshold | None
    alone: bool  # the only part of its group: removing it would leave nothing
    number: str  # how people count it, "1", "2.1"
    metrics: Sequence[tuple[str | Promise, Sequence[Choice]]] = ()


@dataclass(frozen=True)
class Block:
    """A group; `parts`: rows and blocks."""

    name: str
    kind: str
    note: str
    problems: Sequence[Told]
    alone: bool
    outermost: bool
    parts: Sequence[Row | Block] = field(default_factory=tuple)


@dataclass(frozen=True)
class RulePage:
    when: Block
    problems: Mapping[str, Sequence[Told]]
    general: Sequence[Told]  # that belong to no field
    scopes: Sequence[Choice]
    severities: Sequence[Choice]
    actions: Sequence[Choice]
    reasons: Sequence[tuple[str, str, str, Sequence[Told]]]  # language, its name, text, problems
    notes: Sequence[tuple[str, str]]  # comments beside fields that have none of their own here
    choices: Mapping[str, Sequence[Choice]]


def rule_page(opened: OpenRule, thresholds: Sequence[Threshold] = ()) -> RulePage:
    """`thresholds`: one per comparison, in the order of the file, or none at all."""
    form, problems = opened.form, opened.problems
    paths = [path for path, _leaf in leaf_forms(form.when)]
    beside = dict(zip(paths, thresholds, strict=True)) if thresholds else {}
    return RulePage(
        when=_block(form.when, (), problems, beside, True, metrics(form.scope)),
        problems=problems,
        general=list(_general(problems)),
        scopes=list(SCOPES.items()),
        severities=list(SEVERITIES.items())[::-1],
        actions=[(key, SANCTIONS[key].label) for key in ACTIONS],
        reasons=[
            (language, LANGUAGE_NAMES[language], form.reason.get(language, ""), problems.get(f"reason.{language}", ()))
            for language in LANGUAGES
        ],
        notes=sorted(form.notes.items()),
        choices={
            "read": list(READS.items()),
            "op": list(OPS.items()),
            "of": list(OF.items()),
            "window": [("", _("as of the night")), *((str(days), days_words(days)) for days in WINDOWS)],
        },
    )


def days_words(days: int) -> str:
    return ngettext("the last %(days)d day", "the last %(days)d days", days) % {"days": days}


def metrics(scope: str, chosen: str = "") -> list[tuple[str | Promise, list[Choice]]]:
    """What can be read of a kind of subject, by aspect."""
    known = [key for key, measure in MEASURES.items() if scope not in SCOPES or scope in measure.scopes]
    groups: list[tuple[str | Promise, list[Choice]]] = []
    for aspect in (*ASPECTS, None):
        found: list[Choice] = [
            (key, metric_label(key)) for key in known if key in BY_KEY and BY_KEY[key].aspect == aspect
        ]
        groups += [(_ASPECTS[aspect], found)] if found else []
    groups.append((_("Volume and star"), [(key, metric_label(key)) for key in known if key not in BY_KEY]))
    return groups


def _block(
    group: GroupForm,
    path: Path,
    problems: Mapping[str, list[Told]],
    beside: Mapping[Path, Threshold],
    alone: bool,
    known: Sequence[tuple[str | Promise, Sequence[Choice]]],
) -> Block:
    parts: list[Row | Block] = []
    for at, part in enumerate(group.parts):
        below, only = (*path, at), len(group.parts) == 1
        if isinstance(part, GroupForm):
            parts.append(_block(part, below, problems, beside, only, known))
        else:
            parts.append(_row(part, below, problems, beside.get(below), only, known))
    name = name_of(path)
    return Block(name, group.kind, group.note, problems.get(name, ()), alone, not path, tuple(parts))


def _row(
    leaf: LeafForm,
    path: Path,
    problems: Mapping[str, list[Told]],
    threshold: Threshold | None,
    alone: bool,
    known: Sequence[tuple[str | Promise, Sequence[Choice]]],
) -> Row:
    name = name_of(path)
    own = {one.removeprefix(f"{name}."): found for one, found in problems.items() if one.startswith(f"{name}.")}
    if not any(leaf.metric == key for _group, choices in known for key, _label in choices):
        known = [("", [(leaf.metric, metric_label(leaf.metric))]), *known]  # what was chosen stays to be seen
    return Row(name, leaf, own, threshold, alone, ".".join(str(at + 1) for at in path), known)


def _general(problems: Mapping[str, list[Told]]) -> Iterator[Told]:
    yield from problems.get("", ())
    yield from problems.get("reason", ())
