"""The rating against the truth of simulated markets whose stores differ as much as Olist's sellers do.

python bench/truth.py [--seeds 3] [--stores 2000] [--days 365] [--last-day 2026-09-30] [--json FILE]
python bench/truth.py --edits 100000     # the monotone promise: edits of evidence that must not lower a star

Per market: evidence is counted and trained on as a night does; stores that a night would rate are compared with
 - the latent share of their orders of the last 30 days that become a defect through their own doing, and
 - the same as evidence can show it: misstated returns and silent buyers shift it by a constant per category, known
   from the simulation's own order flags. The interval speaks of defects as they are counted, so this one is its truth.
The oracle knows mean and variance of the latent rates and shrinks each store's own defects by exactly those.
Brushing is off: finding it is the work of screening, not of the rating.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from scoring.base import logit, sigmoid  # noqa: E402
from scoring.features import DECAYED, features  # noqa: E402
from scoring.formulas import FORMULAS, history  # noqa: E402
from scoring.intervals import BANDS  # noqa: E402
from scoring.market import Market, MarketSpec, simulate  # noqa: E402
from scoring.market.counted import archive_of, counted, frames_of, horizon_of, subjects_of  # noqa: E402
from scoring.market.edits import edit, effects  # noqa: E402
from scoring.model import StarModel  # noqa: E402
from scoring.outcomes import Counted, count_units  # noqa: E402
from scoring.roster import Roster  # noqa: E402
from scoring.stars import LEAST_BUYERS, LEAST_ORDERS  # noqa: E402
from scoring.windows import Panel, Tonight, panels, tonight  # noqa: E402
from scoring.work import parted, tonight_levels  # noqa: E402

Floats = NDArray[np.float64]
SHARES = (0.05, 0.16)
TARGETS = {
    "rank_of_oracle": "at least 0.97 of the better oracle",
    "formulas": "above every published formula",
    "calibration": "at most 1 percentage point off, in the large and over deciles",
    "coverage": "77 to 83 % of the 80 % intervals hold, 74 to 86 % in every band",
}


@dataclass(frozen=True)
class Scored:
    """Stores of one market: what is known of them tonight, what the model says, and what is true."""

    model: StarModel
    part: Tonight
    said: pd.DataFrame
    formulas: dict[str, Floats]
    latent: Floats  # share of orders that become a defect through the store's doing
    shown: Floats  # the same as evidence can show it

    @property
    def orders(self) -> Floats:
        return self.part.counts["orders_counted"].to_numpy(dtype=np.float64)

    @property
    def rated(self) -> NDArray[np.bool_]:
        buyers = self.part.counts["buyers"].to_numpy(dtype=np.float64)
        return np.asarray((self.orders >= LEAST_ORDERS) & (buyers >= LEAST_BUYERS))


def learnt(panel: Panel) -> StarModel:
    """Fitted on all cut-offs but the newest, which calibrates, at tonight's level from all of them: as the night does."""
    past, newest = parted(panel)
    model = StarModel(panel.kind).fit(past).calibrate(newest)
    model.tonight_ = tonight_levels(model, panel)
    return model


def scored(market: Market) -> Scored:
    units = counted(market)
    archive, roster, as_of = archive_of(market, units), Roster(subjects_of(market)), market.spec.last_day
    model, part = learnt(panels(archive, roster, as_of)["store"]), tonight(archive, roster, as_of)["store"]
    past = history(archive, roster, as_of + timedelta(days=1))
    latent = market.truth["stores"].set_index("store_id")["defect_rate_30d"].loc[part.counts["subject_id"]]
    floor, kept = as_shown(market, units)
    shown = floor.reindex(part.counts["category"]).to_numpy() + kept * latent.to_numpy()
    formulas = {key: formula.score(past) for key, formula in FORMULAS.items()}
    return Scored(model, part, model.predict(part.features), formulas, latent.to_numpy(), shown)


def as_shown(market: Market, units: Counted) -> tuple[pd.Series[float], float]:
    """Counted defect = constant of the category + slope x latent share, by least squares over mature orders."""
    facts = units.facts[(units.facts["family"] == "outcomes") & (units.facts["role"] == "store")]
    defects, orders = (facts.loc[facts["counter"] == name, "unit"].astype("str") for name in ("defect", "orders"))
    table = market.truth["orders"][["order_id", "expected_defect"]].merge(market.evidence["orders"], on="order_id")
    home = market.evidence["stores"].set_index("store_id")["category"]
    table = table.assign(unit="o:" + table["order_id"], category=table["store_id"].map(home))
    mature = table["placed_at"] < table["placed_at"].max() - pd.Timedelta(days=60)
    table = table[mature & table["unit"].isin(set(orders))]
    x, y = table["expected_defect"], table["unit"].isin(set(defects)).astype(float)
    by = table["category"]
    centred = x - x.groupby(by).transform("mean")
    kept = float((centred * y).sum() / (centred**2).sum())
    return (y - kept * x).groupby(by).mean(), kept


def oracle(n: Floats, d: Floats, latent: Floats) -> Floats:
    """Posterior mean of a beta prior with the true mean and variance: d defects of n orders."""
    mean, variance = latent.mean(), latent.var()
    weight = mean * (1 - mean) / variance - 1
    return np.asarray((d + weight * mean) / (n + weight))


def ranks(found: Scored) -> dict[str, float]:
    """Spearman correlation with the latent share, over stores that would be rated."""
    counts, decayed = found.part.counts, found.part.sums[120]
    year = counts["confirmed_defects"].to_numpy(dtype=np.float64)
    recent = {name: decayed[:, DECAYED.index(name)] for name in ("orders", "defect_n")}
    risks = {
        "model": found.said["log_odds"].to_numpy(),
        "base": found.model.base_target(found.part.features, "defect"),
        "oracle, 365 days": oracle(found.orders, year, found.latent),
        "oracle, 120 days decayed": oracle(recent["orders"], recent["defect_n"], found.latent),
        "plain rate, 365 days": year / np.maximum(found.orders, 1.0),
    } | found.formulas
    here = found.rated
    return {name: float(spearmanr(risk[here], found.latent[here]).statistic) for name, risk in risks.items()}


def calibration(share: Floats, truth: Floats) -> dict[str, float]:
    """Percentage points between expected and true: in the large, and the mean over deciles of the expected."""
    decile = np.argsort(np.argsort(share)) * 10 // len(share)
    off = [abs((share - truth)[decile == at].mean()) for at in range(10)]
    return {"in_the_large": 100 * float((share - truth).mean()), "deciles": 100 * float(np.mean(off))}


def level_met(share: Floats, truth: Floats, weight: Floats) -> Floats:
    """The shares moved in log-odds to the market's true mean: what is left is not the level's fault."""
    low, high = -3.0, 3.0
    odds, wanted = np.log(share / (1 - share)), np.average(truth, weights=weight)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if np.average(sigmoid(odds + middle), weights=weight) < wanted else (low, middle)
    return sigmoid(odds + low)


def covered(found: Scored) -> dict[str, float]:
    """Percent of stores with any order whose true share lies in the interval, overall and by orders of 365 days."""
    low, high = (found.said[name].to_numpy() for name in ("low_share", "high_share"))
    inside = (low <= found.shown) & (found.shown <= high)
    some = found.orders > 0
    figures = {"all": 100 * float(inside[some].mean())}
    band = np.digitize(found.orders, BANDS[1:-1])
    for at, name in enumerate(("<30", "30-100", "100-300", "300-1000", ">1000")):
        here = some & (band == at)
        figures[name] = 100 * float(inside[here].mean()) if here.any() else float("nan")
    return figures


def figures_of(found: Scored) -> dict[str, Any]:
    here, share = found.rated, found.said["defect_share"].to_numpy()
    met = level_met(share[here], found.shown[here], found.orders[here])
    return {
        "rated": int(here.sum()), "orders": float(found.orders.sum()),
        "spread_of_latent_log_odds": float(np.std([logit(rate) for rate in found.latent])),
        "precision": [found.model.precision_.intercept, found.model.precision_.slope],
        "published": found.model.published_["defect"],
        "rank": ranks(found),
        "calibration": calibration(share[here], found.shown[here]),
        "calibration_level_known": calibration(met, found.shown[here]),
        "calibration_own_doing": calibration(share[here], found.latent[here]),
        "coverage": covered(found),
    }  # fmt: skip


def verdict(figures: dict[str, Any]) -> dict[str, bool]:
    """Which of TARGETS are met."""
    rank, coverage = figures["rank"], dict(figures["coverage"])
    overall = coverage.pop("all")
    return {
        "rank_of_oracle": rank["model"] >= 0.97 * max(value for name, value in rank.items() if "oracle" in name),
        "formulas": all(rank["model"] > rank[key] for key in FORMULAS),
        "calibration": max(abs(value) for value in figures["calibration"].values()) <= 1.0,
        "coverage": 77 <= overall <= 83 and all(74 <= value <= 86 for value in coverage.values() if value == value),
    }


def show(title: str, figures: dict[str, Any], met: dict[str, bool]) -> None:
    """One market on the terminal."""
    out: Callable[[str], object] = sys.stdout.write
    out(
        f"\n== {title}: {figures['rated']:.0f} rated stores, {figures['orders']:.0f} orders, {figures['seconds']:.0f} s\n"
    )
    for name in ("rank", "calibration", "calibration_level_known", "calibration_own_doing", "coverage"):
        digits = 3 if name == "rank" else 2
        out(f"{name}: " + ", ".join(f"{key} {value:.{digits}f}" for key, value in figures[name].items()) + "\n")
    out("; ".join(f"{name} {'met' if good else 'MISSED'}" for name, good in met.items()) + "\n")


def one(spec: MarketSpec) -> dict[str, Any]:
    started = time.monotonic()
    figures = figures_of(scored(simulate(spec)))
    return figures | {"seconds": time.monotonic() - started}


def pooled(markets: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over markets of equal size: a band has too few stores to be judged in one market alone."""
    out: dict[str, Any] = {}
    for name, value in markets[0].items():
        if isinstance(value, dict):
            out[name] = pooled([market[name] for market in markets])
        elif isinstance(value, int | float):
            out[name] = float(np.nanmean([market[name] for market in markets]))
    return out


def against_truth(options: argparse.Namespace) -> bool:
    """All markets, then per share of defects what they come to together; whether the targets are met there."""
    results: dict[str, Any] = {"targets": TARGETS, "markets": [], "pooled": {}}
    for share in SHARES:
        markets = []
        for seed in range(1, options.seeds + 1):
            spec = MarketSpec.like_olist(
                defect_share=share, stores=options.stores, days=options.days, seed=seed, last_day=options.last_day,
                orders_per_store_day=1.0, brushing_share=0.0,
            )  # fmt: skip
            markets.append(one(spec))
            show(f"{share:.0%} defects, seed {seed}", markets[-1], verdict(markets[-1]))
        together = pooled(markets)
        results["markets"] += [{"defect_share": share, "seed": at + 1} | market for at, market in enumerate(markets)]
        results["pooled"][f"{share:.0%}"] = together | {"met": verdict(together)}
        show(f"{share:.0%} defects, all seeds", together, verdict(together))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return all(all(part["met"].values()) for part in results["pooled"].values())


def promise_kept(count: int) -> bool:
    """Prints what no edit may do: make the log-odds of the edited subject worse."""
    market = simulate(MarketSpec(stores=120, days=220, seed=3, last_day=date(2026, 6, 30), orders_per_store_day=3.0))
    frames, horizon, as_of = frames_of(market), horizon_of(market), market.spec.last_day
    units, roster = count_units(frames, horizon), Roster(subjects_of(market))
    archive = archive_of(market, units)
    models = {kind: learnt(panel) for kind, panel in panels(archive, roster, as_of).items()}
    parts, felt, broken = tonight(archive, roster, as_of), 0, 0
    for start in tqdm(range(0, count, 20_000), desc="edits", disable=not sys.stderr.isatty()):
        edits = edit(frames, horizon, min(20_000, count - start), np.random.default_rng(start))
        for kind, part in parts.items():
            number, rows, sums = effects(units, edits, part, as_of)
            mended = features(sums, part.yardsticks.take(rows), part.age[rows], kind)
            worse = models[kind].score(mended) - models[kind].score(part.features)[rows]
            felt, broken = felt + len(number), broken + int((worse > 0).sum())
            for at in np.flatnonzero(worse > 0)[:20]:
                sys.stdout.write(f"{kind}: {edits.what[number[at]]}, {edits.unit[number[at]]}: +{worse[at]:.6f}\n")
    sys.stdout.write(f"{count} edits, {felt} subjects with an incident less, {broken} of them worse off\n")
    return broken == 0


def main() -> int:
    options = parsed()
    kept = promise_kept(options.edits) if options.edits else against_truth(options)
    return 0 if kept else 1


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--stores", type=int, default=2000)
    parser.add_argument("--days", type=int, default=365)
    # Far from any festival: the level of a festival is known 90 days later.
    parser.add_argument("--last-day", type=date.fromisoformat, default=date(2026, 9, 30))
    parser.add_argument("--edits", type=int, help="so many edits of evidence instead of markets")
    parser.add_argument("--json", type=Path, help="write all figures here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
