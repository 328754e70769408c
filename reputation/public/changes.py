"""What was changed of model, scale and policy, and when: the public log. It names no person and no draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reputation.governance.models import PolicyMove, PolicyState, PolicyVersion
from reputation.governance.publicity import in_language
from reputation.governance.sanctions import SANCTIONS
from reputation.governance.selectors import policy_live, policy_of
from reputation.ratings.models import ChampionTerm, Scale
from reputation.ratings.wording import number_format
from scoring.policy.differences import differences

Reason = ChampionTerm.Reason
KINDS = ("model", "scale", "policy")
_TOLD = (PolicyState.ANNOUNCED, PolicyState.LIVE, PolicyState.RETIRED)


@dataclass(frozen=True)
class Change:
    """`rules`: new, changed or gone; and the sanction with the reason that whoever it meets is told."""

    on: date
    kind: str
    title: str
    words: list[str] = field(default_factory=list)
    rules: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """A change that is known to be there; `tell` reads what it was."""

    on: date
    order: int
    kind: str
    tell: Callable[[], Change]


def changes_log(kind: str = "") -> list[Entry]:
    """All of one kind, or of every kind, the latest first."""
    entries: list[Entry] = []
    for name, of_kind in (("model", _models), ("scale", _scales), ("policy", _policies)):
        if kind in ("", name):
            entries += of_kind()
    return sorted(entries, key=lambda one: (one.on, one.order), reverse=True)


def kind_name(kind: str) -> str:
    return {"model": _("Model"), "scale": pgettext("changes", "Scale"), "policy": _("Policy")}[kind]


def _models() -> Iterator[Entry]:
    for term, since in ChampionTerm.objects.values_list("id", "since"):
        yield Entry(since, term, "model", lambda term=term: _model(term))  # type: ignore[misc]


def _model(term: int) -> Change:
    # Without the model's text, which weighs megabytes.
    row = ChampionTerm.objects.values_list("since", "reason", "decided_by", "model__name", "model__gate").get(pk=term)
    since, reason, by_person, name, gate = row
    words = [_why(reason, bool(by_person))]
    if reason == Reason.GATE and not by_person:
        words += _judged(gate)
    return Change(since, "model", _("Model %(name)s rates from this night on") % {"name": name}, words)


def _why(reason: str, by_person: bool) -> str:
    if reason == Reason.FIRST:
        return _("The first model; nothing stood before it.")
    if reason == Reason.ROLLBACK:
        return _("A person put an earlier model back; newer ones wait until that is released.")
    if by_person:
        return _("A person let newer models compete again.")
    return _("It was tried on orders that neither it nor the one before had seen, and passed.")


def _judged(gate: dict[str, Any]) -> list[str]:
    """Log loss on the unseen orders of stores: the smaller, the better foreseen."""
    figures = (gate.get("store") or {}).get("figures") or {}
    loss = figures.get("log_loss") or {}
    if "champion" not in loss or "challenger" not in loss:
        return []
    return [
        _("Error in foreseeing (log loss) on %(orders)s orders: %(now)s, with the one before %(before)s.")
        % {
            "orders": number_format(figures["orders"], 0),
            "now": number_format(loss["challenger"], 4),
            "before": number_format(loss["champion"], 4),
        }
    ]


def _scales() -> Iterator[Entry]:
    rows = Scale.objects.filter(announced_on__isnull=False, live_from__isnull=False)
    for scale in rows.only("version", "announced_on", "live_from", "note"):
        yield Entry(scale.announced_on, scale.version, "scale", lambda scale=scale: _scale(scale))  # type: ignore[misc]


def _scale(scale: Scale) -> Change:
    values = {"version": scale.version, "day": date_format(scale.live_from)}
    if scale.version == 1:
        title, note = _("Scale 1 fitted to the first night") % values, ""
    else:
        title, note = _("Scale %(version)s announced; it counts from %(day)s") % values, in_language(scale.note)
    return Change(scale.announced_on, "scale", title, [note] if note else [])  # type: ignore[arg-type]


def _policies() -> Iterator[Entry]:
    moves = PolicyMove.objects.filter(state__in=_TOLD).select_related("policy")
    for move in moves.filter(policy__live_from__isnull=False):
        yield Entry(move.on, move.pk, "policy", lambda move=move: _policy(move))  # type: ignore[misc]


def _policy(move: PolicyMove) -> Change:
    version = move.policy
    values = {"version": version.version, "day": date_format(version.live_from)}
    if move.state == PolicyState.LIVE:
        return Change(move.on, "policy", _("Policy %(version)s counts from this night on") % values)
    if move.state == PolicyState.RETIRED:
        return Change(move.on, "policy", _("Policy %(version)s counts no longer") % values)
    title = _("Policy %(version)s announced; it counts from %(day)s") % values
    try:
        return Change(move.on, "policy", title, [in_language(policy_of(version).about)], _rules(version))
    except ValueError:  # a text that this program no longer reads
        return Change(move.on, "policy", title)


def _rules(version: PolicyVersion) -> list[tuple[str, str]]:
    """What it changes of the policy that counted before it."""
    before = policy_live(version.live_from - timedelta(days=1)) if version.live_from else None
    found = differences(policy_of(before) if before else None, policy_of(version))
    tagged = [(_("new"), found.added), (_("changed"), found.changed), (_("gone"), found.gone)]
    return [
        (tag, f"{SANCTIONS[rule.action].label}: {in_language(rule.reason)}") for tag, rules in tagged for rule in rules
    ]
