"""May tonight's model take over? It is judged on the newest mature cut-off, which its training did not get.

judge() compares challenger, champion, base and bare level on the same orders, checks calibration, sweeps for steps
that break the monotone promise, and counts the stars that would move. docs/gate.md argues the limits.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from scoring import base
from scoring.calibration import Calibration, calibration
from scoring.findings import Finding, plain
from scoring.model import StarModel
from scoring.stars import Scale, exact
from scoring.sweep import sweep
from scoring.windows import LEARNT, Panel

Floats = NDArray[np.float64]
_CHUNK = 2_000_000  # Poisson counts held at once
_RATED_VOLUME = 12.0  # decayed orders of 120 days half-life that 30 orders spread over a year come to


@dataclass(frozen=True)
class Limits:
    """What a challenger is held to. The reasons for every number are in docs/gate.md."""

    subjects: int = 30  # fewer clusters make a bootstrap over subjects too sure of itself
    defects: int = 50
    resamples: int = 500
    margin_share: float = 0.1  # of what the champion gains over the bare level: the challenger keeps nine tenths
    margin_least: float = 0.0005  # of the level's log loss, for a champion that gains next to nothing
    large: float = 1.25  # defects foreseen, at most this many times those that came, and at least its inverse
    slope: float = 2.0  # differences between subjects: at most twice, at least half as large as foreseen
    calibration_error: float = 0.25  # of the market's share of defects
    sweep: int = 0
    moved: float = 0.1  # share of stars, for a challenger that is merely no worse
    moved_better: float = 0.5  # for one that is better beyond doubt
    move: float = 0.3  # stars


@dataclass(frozen=True)
class Verdict:
    """`base_only`: what was promoted is `without_trees(challenger)`. `figures` are plain JSON."""

    promoted: bool
    findings: tuple[Finding, ...]
    figures: dict[str, Any] = field(default_factory=dict)
    base_only: bool = False

    @property
    def reasons(self) -> list[str]:
        """Why, as short sentences with their figures."""
        return [finding.text for finding in self.findings]

    def as_json(self) -> dict[str, Any]:
        return {
            "promoted": self.promoted,
            "base_only": self.base_only,
            "reasons": [finding.as_json() for finding in self.findings],
            "figures": self.figures,
        }


@dataclass(frozen=True)
class _Case:
    """The judged rows: defects' share of `orders`, the period's level, each candidate's log-odds above it."""

    panel: Panel
    share: Floats
    orders: Floats
    level: Floats
    above: dict[str, Floats]  # challenger, champion (if any), base (the challenger's own), level (zeros)

    def log_odds(self, who: str) -> Floats:
        return np.asarray(self.above[who] + self.level)


def judge(
    challenger: StarModel,
    champion: StarModel | None,
    newest: Panel,
    scale: Scale | None,
    limits: Limits = Limits(),
    seed: int = 1,
) -> Verdict:
    """Whether the challenger takes over from the champion, by `newest`: the rows of one cut-off that it was not taught.

    Without a scale no star can move. Without a champion a challenger that fails goes in as its base alone, unless even
    that is not finite. The same arguments give the same verdict. Raises ValueError for panels of another kind.
    """
    if champion is not None and _fit(champion) == _fit(challenger):
        return Verdict(False, (Finding("same"),))
    case = _case(challenger, champion, newest)
    figures = _sizes(case, challenger, champion)
    broken = _not_finite(case)
    if broken or (thin := _thin(case, limits)):
        return _unjudged(challenger, champion, case, broken or thin, figures)
    findings, found = _judged(challenger, champion, case, scale, limits, seed)
    figures = plain(figures | found)
    if champion is None:
        return Verdict(True, (Finding("first"), *findings), figures, base_only=bool(findings))
    if findings:
        return Verdict(False, tuple(findings), figures)
    against = found["against_champion"]
    return Verdict(True, (Finding("no_worse", against["high"], against["margin"]),), figures)


def _fit(model: StarModel) -> dict[str, Any]:
    """All but the level, which is the night's and not the fit's: every night brings its own."""
    return {**vars(model), "tonight_": None}


def without_trees(model: StarModel) -> StarModel:
    """The same fit publishing its bases alone, for every target."""
    bare = copy.copy(model)
    bare.boosters_ = dict.fromkeys(model.boosters_, None)
    bare.published_ = dict.fromkeys(model.published_, "base")
    bare.figures_ = model.figures_ | {"model": "base"}
    return bare


def _case(challenger: StarModel, champion: StarModel | None, newest: Panel) -> _Case:
    for model in (challenger, champion):
        if model is not None and model.kind != newest.kind:
            raise ValueError(f"panel is of kind {newest.kind!r}, a model of kind {model.kind!r}")
    orders = newest.outcomes["orders"].to_numpy(dtype=np.float64)
    share = np.minimum(newest.outcomes["defect"].to_numpy(dtype=np.float64) / np.maximum(orders, 1e-9), 1.0)
    levels = base.levels(newest.outcomes, newest.cutoffs, "defect")
    above = {"challenger": challenger.predict_target(newest.features, "defect")}
    if champion is not None:
        above["champion"] = champion.predict_target(newest.features, "defect")
    above |= {"base": challenger.base_target(newest.features, "defect"), "level": np.zeros(len(orders))}
    return _Case(newest, share, orders, np.array([levels[day] for day in newest.cutoffs.tolist()]), above)


def _sizes(case: _Case, challenger: StarModel, champion: StarModel | None) -> dict[str, Any]:
    newest = int(case.panel.cutoffs.max()) if len(case.panel.cutoffs) else None
    models = {"challenger": challenger} | ({} if champion is None else {"champion": champion})
    return {
        "cutoff": None if newest is None else date.fromordinal(newest).isoformat(),
        "rows": len(case.orders),
        "subjects": len(np.unique(case.panel.subjects)),
        "orders": float(case.orders.sum()),
        "defects": float(case.share @ case.orders),
        "seen_days": {who: _seen_days(model, newest) for who, model in models.items()},
        "published": {who: model.published_["defect"] for who, model in models.items()},
    }


def _seen_days(model: StarModel, cutoff: int | None) -> int:
    """Days of the judged horizon whose orders the model was trained on: none, unless a champion has seen the very cut-off."""
    if cutoff is None:
        return 0
    overlaps = (LEARNT - abs(cutoff - taught) for taught in model.levels_["defect"])
    return max([0, *overlaps])


def _not_finite(case: _Case) -> list[Finding]:
    codes = {"challenger": "not_finite", "base": "not_finite", "champion": "champion_not_finite"}
    broken = {who: int((~np.isfinite(case.above[who])).sum()) for who in codes if who in case.above}
    return [Finding(codes[who], count) for who, count in broken.items() if count]


def _thin(case: _Case, limits: Limits) -> list[Finding]:
    subjects, defects = len(np.unique(case.panel.subjects)), float(case.share @ case.orders)
    thin = [("too_few_subjects", subjects, limits.subjects), ("too_few_defects", defects, limits.defects)]
    return [Finding(code, value, least) for code, value, least in thin if value < least]


def _unjudged(
    challenger: StarModel, champion: StarModel | None, case: _Case, findings: list[Finding], figures: dict[str, Any]
) -> Verdict:
    figures = plain(figures)
    if champion is not None or not np.isfinite(case.above["base"]).all():
        return Verdict(False, tuple(findings), figures)
    return Verdict(True, (Finding("first"), *findings), figures, base_only=True)


def _judged(
    challenger: StarModel, champion: StarModel | None, case: _Case, scale: Scale | None, limits: Limits, seed: int
) -> tuple[list[Finding], dict[str, Any]]:
    losses = {who: base.log_loss(case.share, case.orders, case.log_odds(who)) for who in case.above}
    compared = _compared(case, losses, limits, seed)
    found = calibration(case.share, case.orders, case.above["challenger"], case.level)
    figures: dict[str, Any] = {"log_loss": losses, **compared, "calibration": found.as_json()}
    figures["sweep"] = sweep(challenger, case.panel.features, seed)
    findings = [
        Finding(name.replace("against", "worse_than"), against["high"], against["margin"])
        for name, against in compared.items()
        if not against["high"] <= against["margin"]
    ]
    findings += _miscalibrated(found, limits)
    if figures["sweep"] > limits.sweep:
        findings.append(Finding("sweep", figures["sweep"], limits.sweep))
    if champion is not None and scale is not None:
        figures["moved"] = moved = _moved(challenger, champion, case, scale, limits, compared["against_champion"])
        if moved["share"] > moved["limit"]:
            findings.append(Finding("moved", moved["share"], moved["limit"]))
    return findings, figures


def _compared(case: _Case, losses: dict[str, float], limits: Limits, seed: int) -> dict[str, dict[str, float]]:
    """Log loss above each rival's: mean, 90 % interval of a bootstrap over subjects, and the margin that is allowed."""
    rivals = [who for who in ("champion", "base") if who in case.above]
    subject = np.unique(case.panel.subjects, return_inverse=True)[1]
    worse = [case.orders * (_cost(case, "challenger") - _cost(case, rival)) for rival in rivals]
    columns = [np.bincount(subject, weights=values) for values in (*worse, case.orders)]
    sums = np.asarray(np.stack(columns, axis=1), dtype=np.float64)
    ends = np.quantile(bootstrap(sums, limits.resamples, seed), [0.05, 0.95], axis=0)
    least = limits.margin_least * losses["level"]
    return {
        f"against_{rival}": {
            "mean": losses["challenger"] - losses[rival],
            "low": float(low),
            "high": float(high),
            "margin": max(limits.margin_share * (losses["level"] - losses[rival]), least),
        }
        for rival, low, high in zip(rivals, *ends, strict=True)
    }


def bootstrap(sums: Floats, resamples: int, seed: int) -> Floats:
    """Ratios under resampling of subjects. `sums`: subjects x (numerators, denominator) -> resamples x numerators.

    Each subject comes Poisson(1) times (Chamandy et al. 2012), which for hundreds of them is Efron's multinomial; drawn
    from a table of 65,536 equally likely counts, and added by einsum, for BLAS adds in another order elsewhere.
    """
    random = np.random.default_rng(seed)
    counts = np.searchsorted(poisson.cdf(np.arange(9), 1.0), (np.arange(65_536) + 0.5) / 65_536).astype(np.float64)
    step = max(1, _CHUNK // max(len(sums), 1))
    totals = [
        np.einsum("rs,sk->rk", counts[random.integers(0, 65_536, (rows, len(sums)), dtype=np.uint16)], sums)
        for rows in (min(step, resamples - start) for start in range(0, resamples, step))
    ]
    drawn = np.concatenate(totals)
    return np.asarray(drawn[:, :-1] / np.maximum(drawn[:, -1:], 1e-9))


def _cost(case: _Case, who: str) -> Floats:
    log_odds = case.log_odds(who)
    return case.share * np.logaddexp(0.0, -log_odds) + (1.0 - case.share) * np.logaddexp(0.0, log_odds)


def _miscalibrated(found: Calibration, limits: Limits) -> list[Finding]:
    """A slope is noisy: it is refused where its whole 90 % interval lies beyond the limit."""
    findings = []
    if found.large > limits.large:
        findings.append(Finding("too_many_foreseen", found.large, limits.large))
    if found.large < 1 / limits.large:
        findings.append(Finding("too_few_foreseen", found.large, 1 / limits.large))
    if found.slope is not None and found.slope_high < 1 / limits.slope:
        findings.append(Finding("too_bold", found.slope, 1 / limits.slope))
    if found.slope is not None and found.slope_low > limits.slope:
        findings.append(Finding("too_timid", found.slope, limits.slope))
    if found.error > limits.calibration_error:
        findings.append(Finding("calibration_error", found.error, limits.calibration_error))
    return findings


def _moved(
    challenger: StarModel, champion: StarModel, case: _Case, scale: Scale, limits: Limits, against: dict[str, float]
) -> dict[str, float]:
    """Share of the stars of subjects with about 30 orders a year (of all where none has) that would move, and its limit.

    A better forecast may move more stars than one that is merely no worse; from a champion without trees it may move all.
    """
    where = f"{challenger.kind}.overall"
    old, new = (
        exact(case.above[who] + model.reference_["defect"], scale, where)
        for who, model in (("champion", champion), ("challenger", challenger))
    )
    known = case.panel.features["log_orders"].to_numpy(dtype=np.float64) >= np.log1p(_RATED_VOLUME)
    rows = known if known.any() else np.ones(len(known), dtype=bool)
    share = float((np.abs(new - old)[rows] >= limits.move - 1e-9).mean())
    return {"share": share, "subjects": float(rows.sum()), "limit": _allowed(champion, limits, against)}


def _allowed(champion: StarModel, limits: Limits, against: dict[str, float]) -> float:
    if against["high"] >= 0:
        return limits.moved
    return 1.0 if champion.published_["defect"] == "base" else limits.moved_better
