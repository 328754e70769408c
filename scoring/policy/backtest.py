"""A policy tried on past nights: whom it would have flagged, how many of them went on to harm buyers, and what changes
against the policy in force.

Every spell of a flag counts once, on the first judged night on which it is seen. A flag proved right where the orders
of the 30 days after the night have at least twice the defects of the others of the category. Beside each flagged
subject stands a control: the one of the same category, flagged by no rule, that sells most nearly as much. What the
flagged have more of than their controls is what the policy knows; the rest is what a market of that size has anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from scoring.archive import Archive
from scoring.metrics import OUTCOMES
from scoring.policy.evaluate import Found, evaluate, flagged, flags
from scoring.policy.night import KINDS, TIERS, Bools, Floats, Ints, Night, tiers
from scoring.policy.readings import Readings
from scoring.policy.rules import Policy
from scoring.roster import Roster
from scoring.windows import HORIZON, horizon_outcomes

JUDGED_EVERY = 7  # days between nights whose flags are followed
TIMES = 2.0  # as many defects as the others of the category: the flag was right
LEAST_FOLLOWED = 10  # orders of the 30 days after, to be judged by
EXAMPLES = 5
Step = Callable[[str], None]


@dataclass
class _Spells:
    """Flags of one judged night that were not there on the one before: rows and their controls (-1: there is none)."""

    night: date
    by_rule: dict[str, Ints]
    control: Ints  # per row of the roster


@dataclass
class _Tally:
    """What is known of one rule over the nights."""

    subjects: set[int] = field(default_factory=set)
    nights: list[int] = field(default_factory=list)
    new: int = 0
    gone: int = 0
    before: Bools | None = None

    def add(self, rows: Ints, size: int) -> None:
        now = np.zeros(size, dtype=bool)
        now[rows] = True
        if self.before is not None:
            was = np.zeros(size, dtype=bool)
            was[: len(self.before)] = self.before
            self.new += int((now & ~was).sum())
            self.gone += int((was & ~now).sum())
        self.before = now
        self.subjects.update(rows.tolist())
        self.nights.append(len(rows))


class Backtest:
    """Takes nights in order, then what followed; `report` says it all, JSON-able."""

    def __init__(self, policy: Policy, live: Policy | None = None) -> None:
        self._policy, self._live = policy, live
        self._tallies = {rule.id: _Tally() for rule in policy.rules} | {"": _Tally()}  # "": any rule
        self._spells: list[_Spells] = []
        self._series: list[dict[str, Any]] = []
        self._only: dict[str, set[int]] = {"draft": set(), "live": set(), "both": set()}
        self._last: dict[str, Any] = {}
        self._judged: dict[str, Ints] = {}  # by rule who was flagged on the last judged night

    def add(self, night: Night) -> None:
        """One more night, later than those before it."""
        readings = Readings(night)
        found = evaluate(self._policy, night, readings)
        any_rule = flagged(found, len(night))
        old = evaluate(self._live, night, readings) if self._live else []
        was = flagged(old, len(night))
        if not self._spells or (night.day - self._spells[-1].night).days >= JUDGED_EVERY:
            now = {one.rule.id: one.rows for one in found} | {"": np.flatnonzero(any_rule)}
            self._spells.append(_spells(night, now, self._judged))
            self._judged = now
        for one in found:
            self._tallies[one.rule.id].add(one.rows, len(night))
        self._tallies[""].add(np.flatnonzero(any_rule), len(night))
        self._against(any_rule, was)
        self._series.append(_line(night, any_rule, was, self._tallies[""]))
        self._last = {"night": night, "found": found, "old": old, "draft": any_rule, "live": was}

    def _against(self, draft: Bools, live: Bools) -> None:
        for name, rows in (("draft", draft & ~live), ("live", live & ~draft), ("both", draft & live)):
            self._only[name].update(np.flatnonzero(rows).tolist())

    def report(self, archive: Archive, roster: Roster, mature_through: date) -> dict[str, Any]:
        """Everything, JSON-able. `mature_through`: the last day whose orders have settled outcomes."""
        if not self._series:
            raise ValueError("no night to try the policy on")
        judged = [spell for spell in self._spells if spell.night + timedelta(days=HORIZON) <= mature_through]
        verdicts = self._followed(archive, roster, judged)
        night: Night = self._last["night"]
        return {
            "policy": self._policy.name,
            "nights": [str(self._series[0]["night"]), str(self._series[-1]["night"]), len(self._series)],
            "judged_nights": [str(spell.night) for spell in judged],
            "all": self._told("", verdicts),
            "rules": {rule.id: _about(rule) | self._told(rule.id, verdicts) for rule in self._policy.rules},
            "categories": self._categories(night, verdicts),
            "tiers": self._tiers(night, verdicts),
            "by_night": self._series,
            "against_live": self._compared(night) if self._live else None,
        }

    def _followed(self, archive: Archive, roster: Roster, judged: list[_Spells]) -> dict[str, list[tuple[Ints, Ints]]]:
        """By rule, per judged night: verdicts of the flagged rows and of their controls, see `_verdict`; with the rows."""
        cutoffs = [spell.night + timedelta(days=1) for spell in judged]
        outcomes = horizon_outcomes(archive, roster, cutoffs, days=HORIZON)
        groups = self._last["night"].groups
        found: dict[str, list[tuple[Ints, Ints]]] = {}
        for spell, cutoff in zip(judged, cutoffs, strict=True):
            verdict = _verdict(outcomes[cutoff], groups)
            for rule, rows in spell.by_rule.items():
                control = spell.control[rows]
                matched = np.where(control >= 0, verdict[control], -1)
                found.setdefault(rule, []).append((np.column_stack([rows, verdict[rows]]), matched))
        return found

    def _told(self, rule: str, verdicts: dict[str, list[tuple[Ints, Ints]]]) -> dict[str, Any]:
        tally = self._tallies[rule]
        parts = verdicts.get(rule, [])
        own = np.concatenate([part[0][:, 1] for part in parts]) if parts else np.zeros(0, dtype=np.int64)
        control = np.concatenate([part[1] for part in parts]) if parts else own
        return {
            "subjects": len(tally.subjects),
            "mean_per_night": round(float(np.mean(tally.nights)), 2),
            "last_night": tally.nights[-1],
            "new_per_night": _per(tally.new, len(tally.nights) - 1),
            "gone_per_night": _per(tally.gone, len(tally.nights) - 1),
            "spells_followed": len(own),
            "precision": _share(own),
            "matched": _share(control),
        } | self._reach(tally)

    def _reach(self, tally: _Tally) -> dict[str, Any]:
        """Orders of 30 days of those flagged on the last night, and their share of the market's."""
        night: Night = self._last["night"]
        now = tally.before if tally.before is not None else np.zeros(len(night), dtype=bool)
        by_kind = {}
        for kind in KINDS:
            rows = night.of(kind)
            total = float(night.orders[rows].sum())
            reached = float(night.orders[rows & now].sum())
            by_kind[kind] = {"orders": round(reached), "share": round(reached / total, 6) if total else 0.0}
        return {"reach": by_kind}

    def _categories(self, night: Night, verdicts: dict[str, list[tuple[Ints, Ints]]]) -> list[dict[str, Any]]:
        """Per kind and category, most flagged first."""
        subjects = np.array(sorted(self._tallies[""].subjects), dtype=np.int64)
        judged = _joined(verdicts)
        lines = []
        for group in np.unique(night.groups[subjects]) if len(subjects) else []:
            rows = subjects[night.groups[subjects] == group]
            verdict = judged[night.groups[judged[:, 0]] == group, 1]
            kind, name = KINDS[night.kinds[rows[0]]], str(night.categories[rows[0]])
            share = _share(verdict)
            lines.append({"kind": kind, "category": name, "subjects": len(rows), "precision": share})
        return sorted(lines, key=lambda line: (-line["subjects"], line["kind"], line["category"]))

    def _tiers(self, night: Night, verdicts: dict[str, list[tuple[Ints, Ints]]]) -> list[dict[str, Any]]:
        """Per kind and tier, as of the last night: how many there are, were ever flagged, and rightly."""
        tier, judged = tiers(night), _joined(verdicts)
        ever = np.zeros(len(night), dtype=bool)
        ever[sorted(self._tallies[""].subjects)] = True
        lines = []
        for kind in KINDS:
            for name in TIERS:
                here = night.of(kind) & (tier == name) & ((night.orders > 0) | ever)
                if here.any():
                    share = _share(judged[here[judged[:, 0]], 1])
                    told = {"all": int(here.sum()), "subjects": int((here & ever).sum()), "precision": share}
                    lines.append({"kind": kind, "tier": name} | told)
        return lines

    def _compared(self, night: Night) -> dict[str, Any]:
        draft, live = self._last["draft"], self._last["live"]
        return {
            "newly_flagged": len(self._only["draft"] - self._only["both"] - self._only["live"]),
            "no_longer_flagged": len(self._only["live"] - self._only["both"] - self._only["draft"]),
            "flagged_by_both": len(self._only["both"]),
            "last_night": {
                "newly_flagged": int((draft & ~live).sum()),
                "no_longer_flagged": int((live & ~draft).sum()),
                "flagged_by_both": int((draft & live).sum()),
            },
            "examples_new": _examples(night, self._last["found"], draft & ~live),
            "examples_gone": _examples(night, self._last["old"], live & ~draft),
        }


def _joined(verdicts: dict[str, list[tuple[Ints, Ints]]]) -> Ints:
    """Row and verdict of every spell of any rule."""
    return np.concatenate([part[0] for part in verdicts.get("", [])] or [np.zeros((0, 2), dtype=np.int64)])


def _about(rule: Any) -> dict[str, Any]:
    return {"scope": rule.scope, "action": rule.action, "severity": rule.severity, "automatic": rule.automatic}


def _line(night: Night, draft: Bools, live: Bools, tally: _Tally) -> dict[str, Any]:
    return {
        "night": str(night.day),
        "flagged": int(draft.sum()),
        "orders": round(float(night.orders[draft].sum())),
        "flagged_by_live": int(live.sum()),
        "only_draft": int((draft & ~live).sum()),
        "only_live": int((live & ~draft).sum()),
        "new_so_far": tally.new,
        "gone_so_far": tally.gone,
    }


def _spells(night: Night, now: dict[str, Ints], before: dict[str, Ints]) -> _Spells:
    fresh = {rule: np.setdiff1d(rows, before[rule]) if rule in before else rows for rule, rows in now.items()}
    picked = np.zeros(len(night), dtype=bool)
    picked[now[""]] = True
    return _Spells(night.day, fresh, controls(night.groups, night.orders, picked))


def controls(groups: Ints, orders: Floats, picked: Bools) -> Ints:
    """Per picked row the row that is not picked, of the same group, whose log orders are nearest (the smaller of two);
    -1 where the group has none, and for rows that are not picked."""
    volume = np.log1p(np.maximum(orders, 0.0))
    free = np.flatnonzero(~picked)
    span = float(volume.max(initial=0.0)) + 1.0
    key = groups[free] * span + volume[free]
    order = np.argsort(key, kind="stable")
    free, key = free[order], key[order]
    out = np.full(len(groups), -1, dtype=np.int64)
    wanted = np.flatnonzero(picked)
    if not len(free) or not len(wanted):
        return out
    at = np.searchsorted(key, groups[wanted] * span + volume[wanted])
    sides = [np.clip(at - 1, 0, len(free) - 1), np.clip(at, 0, len(free) - 1)]
    gaps = [np.where(groups[free[s]] == groups[wanted], abs(volume[free[s]] - volume[wanted]), np.inf) for s in sides]
    nearest = np.where(gaps[1] < gaps[0], free[sides[1]], free[sides[0]])
    out[wanted] = np.where(np.minimum(gaps[0], gaps[1]) < np.inf, nearest, -1)
    return out


def _verdict(outcomes: Floats, groups: Ints) -> Ints:
    """Per row 1: at least twice the defect rate of the others of the group; 0: less; -1: too few orders to say."""
    grown = np.zeros((len(groups), len(OUTCOMES)))
    grown[: len(outcomes)] = outcomes[: len(groups)]
    orders, defects = grown[:, OUTCOMES.index("orders")], grown[:, OUTCOMES.index("defect")]
    others = [np.bincount(groups, weights=part)[groups] - part for part in (orders, defects)]
    rate = others[1] / np.maximum(others[0], 1e-12)
    known = (orders >= LEAST_FOLLOWED) & (others[0] >= LEAST_FOLLOWED)
    harmful = (defects >= TIMES * rate * orders) & (defects > 0)
    return np.where(known, harmful.astype(np.int64), -1)


def _share(verdicts: Ints) -> dict[str, Any]:
    """`share` None: nobody could be judged."""
    judged, harmful = int((verdicts >= 0).sum()), int((verdicts == 1).sum())
    return {"judged": judged, "harmful": harmful, "share": round(harmful / judged, 4) if judged else None}


def _per(total: int, steps: int) -> float | None:
    return round(total / steps, 2) if steps > 0 else None


def _examples(night: Night, found: list[Found], rows: Bools) -> list[dict[str, Any]]:
    """The largest subjects among the rows, each with all its flags."""
    who = np.flatnonzero(rows)
    largest = who[np.lexsort((who, -night.orders[who]))][:EXAMPLES]
    return [flag.as_json() for row in largest for flag in flags(night, found, only=np.array([row]))]


def backtest(
    policy: Policy, nights: Iterable[Night], live: Policy | None = None, step: Step = lambda night: None
) -> Backtest:
    """Both policies over the nights, in order; ask it for its report."""
    test = Backtest(policy, live)
    for night in nights:
        test.add(night)
        step(str(night.day))
    return test
