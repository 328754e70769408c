"""StarModel: the probability that an order of the next 30 days becomes this subject's defect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring import base, levels, trees
from scoring.base import Base, Sample
from scoring.features import catalogue, names_for, targets
from scoring.intervals import Precision, fit_precision, interval
from scoring.metrics import KIND_ASPECTS, SubjectKind
from scoring.trees import Growth
from scoring.windows import Panel

Floats = NDArray[np.float64]
Published = Literal["lightgbm", "base"]
FORMAT = 3
_PUBLISHED: tuple[Published, ...] = get_args(Published)
_AS_THEY_ARE = ("targets", "features", "tonight", "reference", "columns", "boosters", "published", "slopes", "figures")
_PROBLEMS_PER_DEFECT = 1.6  # at the reference level: others cause some more
_ENOUGH_ROWS = 200  # rows with orders
_ENOUGH_DEFECTS = 50
_LEAST_SPREAD = 0.02  # standard deviation in log-odds or logs: a metric that nobody has ever shown has less


class OtherFormatError(ValueError):
    """The text is no model of this version's format."""


class StarModel:
    """One kind's models: per target LightGBM beside the logistic base; their mean is published, or the base alone.

    Follows scikit-learn's manners: parameters are stored as given, `fit` learns attributes ending in "_", forgets
    what was learnt before and returns the model. Log-odds are published at a reference level that never moves, so a
    season or a strike moves nobody's star; shares are given at tonight's level (scoring.levels).
    `targets`: outcome columns to learn; None for those that a kind is rated on, which no list may leave out.
    """

    def __init__(
        self,
        kind: SubjectKind = "store",
        *,
        growth: Growth | None = None,
        base_l2: float = 20.0,
        reference_share: float = 0.05,
        targets: Sequence[str] | None = None,
    ) -> None:
        self.kind: SubjectKind = kind
        self.growth = growth
        self.base_l2 = base_l2
        self.reference_share = reference_share
        self.targets = targets

    def fit(self, panel: Panel) -> Self:
        """Learn from a panel of this kind. Never fails for want of data: then the bases stay at their priors.

        Every target that has enough data gets its trees and publishes them, until `calibrate` has compared.
        Raises ValueError for a panel of another kind or targets that lack one that the kind is rated on.
        """
        self._of_kind(panel)
        self.targets_ = self._targets()
        self.features_ = [feature.name for feature in catalogue(self.kind)]
        self.levels_ = {target: base.levels(panel.outcomes, panel.cutoffs, target) for target in self.targets_}
        self.tonight_ = {target: levels.tonight(panel, target) for target in self.targets_}
        self.reference_ = {target: self._reference(target) for target in self.targets_}
        samples = {target: _sample(panel, target, self.levels_[target]) for target in self.targets_}
        self.bases_ = {target: base.fit(self.kind, target, sample, self.base_l2) for target, sample in samples.items()}
        self.columns_ = {target: self._columns(target, sample) for target, sample in samples.items()}
        self.boosters_ = {target: self._grow(target, sample) for target, sample in samples.items()}
        self.published_: dict[str, Published] = {
            target: "base" if booster is None else "lightgbm" for target, booster in self.boosters_.items()
        }
        self.slopes_: dict[str, dict[Published, float]] = {
            target: dict.fromkeys(_PUBLISHED, 1.0) for target in self.targets_
        }
        self.precision_ = self._precision(panel, samples["defect"])
        self.figures_ = self._size(samples["defect"]) | {"in_sample": self._losses(samples)}
        return self

    def calibrate(self, panel: Panel) -> Self:
        """Learn from a later panel, which the fit has not seen, how large differences are, what to publish, and how sure.

        Base and mean with trees each get the factor on their log-odds that is most likely there (`base.slope`; 1 after a
        fit alone). A target publishes the base unless the mean then has the lower log loss. Without rows nothing changes.
        """
        self._of_kind(panel)
        if not len(panel.cutoffs):
            return self
        samples = {
            target: _sample(panel, target, base.levels(panel.outcomes, panel.cutoffs, target))
            for target in self.targets_
        }
        self.slopes_ = {target: self._slopes(target, sample) for target, sample in samples.items()}
        losses = self._losses(samples)
        for target, found in losses.items():
            self.published_[target] = "lightgbm" if found.get("lightgbm", np.inf) < found["base"] else "base"
        self.precision_ = self._precision(panel, samples["defect"])
        self.figures_ = self.figures_ | {"model": self._name(), "out_of_time": losses}
        return self

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """One row per row of `features` (columns as in features.catalogue).

        log_odds: own defect at the reference level; defect_share, all_causes_share: 0 to 1, at tonight's level;
        low_share, high_share: 80 % interval of the subject's long-run defect_share; log_odds_<aspect>: at the
        reference level. Raises ValueError when the columns are not those of the fit.
        """
        above = self.predict_target(features, "defect")
        share = base.sigmoid(above + self.tonight_["defect"])
        problem = base.sigmoid(self.predict_target(features, "problem") + self.tonight_["problem"])
        low, high = interval(share, _volume(features), self.precision_)
        columns = {
            "log_odds": above + self.reference_["defect"],
            "defect_share": share,
            "low_share": low,
            "high_share": high,
            "all_causes_share": np.maximum(problem, share),
        }
        aspects = {f"log_odds_{aspect}": self.score_aspect(features, aspect) for aspect in KIND_ASPECTS[self.kind]}
        return pd.DataFrame(columns | aspects)

    def score(self, features: pd.DataFrame) -> Floats:
        """`predict`'s log_odds alone, at a fraction of its cost."""
        return self.predict_target(features, "defect") + self.reference_["defect"]

    def score_aspect(self, features: pd.DataFrame, aspect: str) -> Floats:
        """`predict`'s log_odds_<aspect> alone. Raises KeyError for an aspect that the kind does not have."""
        return self.predict_target(features, f"defect_{aspect}") + self.reference_[f"defect_{aspect}"]

    def predict_target(self, features: pd.DataFrame, target: str) -> Floats:
        """Log-odds of an outcome above its period's level. Raises KeyError for a target that was not learnt."""
        return self._above(features, target, self.published_[target])

    def base_target(self, features: pd.DataFrame, target: str) -> Floats:
        """What the base alone would say: log-odds of an outcome above its period's level."""
        return self._above(features, target, "base")

    def directions(self, target: str) -> dict[str, int]:
        """Feature -> 1 (up is never better) or 0 (free), of all that may predict a target."""
        allowed = set(names_for(self.kind, target))
        return {feature.name: feature.direction for feature in catalogue(self.kind) if feature.name in allowed}

    def columns(self, target: str) -> list[str]:
        """Features that the trees of a target take, in their order; none where there are no trees."""
        return self.columns_[target]

    def save(self) -> str:
        """The whole model as one JSON text."""
        learnt = {
            "targets": self.targets_, "features": self.features_, "levels": self.levels_, "tonight": self.tonight_,
            "reference": self.reference_, "bases": {target: asdict(fitted) for target, fitted in self.bases_.items()},
            "columns": self.columns_, "boosters": self.boosters_, "published": self.published_, "slopes": self.slopes_,
            "precision": asdict(self.precision_), "figures": self.figures_,
        }  # fmt: skip
        params = {
            "growth": self.growth and asdict(self.growth),
            "base_l2": self.base_l2,
            "reference_share": self.reference_share,
            "targets": self.targets and list(self.targets),
        }
        return json.dumps({"format": FORMAT, "kind": self.kind, "params": params, "learnt": learnt}, allow_nan=False)

    @classmethod
    def load(cls, text: str) -> StarModel:
        """The model of a saved text. Raises ValueError for a text that is not one, or of another format."""
        stored = json.loads(text)
        if not isinstance(stored, dict) or stored.get("format") != FORMAT:
            raise OtherFormatError(f"not a model of format {FORMAT}: train it again with this version")
        params, learnt = stored["params"], stored["learnt"]
        params["growth"] = params["growth"] and Growth(**params["growth"])
        model = cls(stored["kind"], **params)
        for name in _AS_THEY_ARE:
            setattr(model, f"{name}_", learnt[name])
        model.levels_ = {
            target: {int(day): level for day, level in known.items()} for target, known in learnt["levels"].items()
        }
        model.bases_ = {
            target: Base(tuple(part["features"]), tuple(part["coefficients"]), part["intercept"])
            for target, part in learnt["bases"].items()
        }
        model.precision_ = Precision(**learnt["precision"])
        return model

    def _targets(self) -> list[str]:
        rated = targets(self.kind)
        wanted = rated if self.targets is None else list(self.targets)
        if missing := [target for target in rated if target not in wanted]:
            raise ValueError(f"targets lack {missing[0]!r}, which a {self.kind} is rated on")
        return wanted

    def _reference(self, target: str) -> float:
        if target == "defect":
            return base.logit(self.reference_share)
        if target.startswith("defect_"):
            return base.logit(self.reference_share / len(KIND_ASPECTS[self.kind]))
        return base.logit(_PROBLEMS_PER_DEFECT * self.reference_share)

    def _grow(self, target: str, sample: Sample) -> str | None:
        columns = self.columns_[target]
        if not columns:
            return None
        directions = self.directions(target)
        return trees.grow(sample, {name: directions[name] for name in columns}, self.growth or Growth())

    def _columns(self, target: str, sample: Sample) -> list[str]:
        """What the trees of a target take: nothing on thin data, and no metric without any spread in this market. That
        one would only tell volume again, and be drawn in place of one that has something to say."""
        if len(sample.share) < _ENOUGH_ROWS or float(sample.share @ sample.weight) < _ENOUGH_DEFECTS:
            return []
        return [name for name in self.directions(target) if sample.features[name].std() >= _LEAST_SPREAD]

    def _above(self, features: pd.DataFrame, target: str, published: Published) -> Floats:
        self._check(features)
        return self.slopes_[target][published] * self._plain(features, target, published)

    def _plain(self, features: pd.DataFrame, target: str, published: Published) -> Floats:
        """As fitted: before the slope."""
        return self.bases_[target].predict(features) if published == "base" else self._both(features, target)

    def _slopes(self, target: str, sample: Sample) -> dict[Published, float]:
        there = [name for name in _PUBLISHED if name == "base" or self.boosters_[target] is not None]
        return {name: base.slope(self._plain(sample.features, target, name), sample) for name in there}

    def _both(self, features: pd.DataFrame, target: str) -> Floats:
        """The mean of base and trees: better out of time than either, and as monotone as both."""
        booster = self.boosters_[target]
        if booster is None:
            raise KeyError(f"no trees for {target!r}")
        grown = trees.predict(booster, features[self.columns_[target]], (self.growth or Growth()).threads)
        return (self.bases_[target].predict(features) + grown) / 2.0

    def _precision(self, panel: Panel, sample: Sample) -> Precision:
        share = base.sigmoid(self.predict_target(panel.features, "defect") + sample.level)
        return fit_precision(share, sample.weight, sample.share * sample.weight, _volume(panel.features))

    def _of_kind(self, panel: Panel) -> None:
        if panel.kind != self.kind:
            raise ValueError(f"panel is of kind {panel.kind!r}, the model of kind {self.kind!r}")

    def _check(self, features: pd.DataFrame) -> None:
        if list(features.columns) != self.features_:
            unlike = sorted(set(features.columns) ^ set(self.features_)) or "their order"
            raise ValueError(f"columns are not those of the fit: {unlike}")

    def _size(self, sample: Sample) -> dict[str, Any]:
        return {
            "model": self._name(),
            "rows": len(sample.share),
            "orders": float(sample.weight.sum()),
            "defects": float(sample.share @ sample.weight),
        }

    def _name(self) -> str:
        return "lightgbm" if self.published_["defect"] == "lightgbm" else "base only"

    def _losses(self, samples: dict[str, Sample]) -> dict[str, dict[str, float]]:
        """Per target the log loss of base, bare level and (where there are trees) both, each at the period's level."""
        losses: dict[str, dict[str, float]] = {}
        for target, sample in samples.items():
            said = {"base": self.base_target(sample.features, target), "level": np.zeros(len(sample.share))}
            if self.boosters_[target] is not None:
                said["lightgbm"] = self._above(sample.features, target, "lightgbm")
            losses[target] = {
                name: base.log_loss(sample.share, sample.weight, above + sample.level) for name, above in said.items()
            }
        return losses


def _volume(features: pd.DataFrame) -> Floats:
    return np.asarray(np.expm1(features["log_orders"].to_numpy(dtype=np.float64)))


def _sample(panel: Panel, target: str, known: dict[int, float]) -> Sample:
    orders = panel.outcomes["orders"].to_numpy(dtype=np.float64)
    share = np.minimum(panel.outcomes[target].to_numpy(dtype=np.float64) / np.maximum(orders, 1e-9), 1.0)
    level = np.array([known[day] for day in panel.cutoffs.tolist()])
    return Sample(panel.features, share, orders, level)
