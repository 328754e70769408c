"""StarModel: the probability that an order of the next 30 days becomes this subject's defect."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring import base, trees
from scoring.base import Base, Sample
from scoring.features import catalogue, names_for, targets
from scoring.metrics import KIND_ASPECTS, SubjectKind
from scoring.trees import Growth
from scoring.windows import Panel

Floats = NDArray[np.float64]
FORMAT = 1
_PROBLEMS_PER_DEFECT = 1.6  # at the reference level: others cause some more
_ENOUGH_ROWS = 200  # rows with orders
_ENOUGH_DEFECTS = 50


class StarModel:
    """One kind's models: LightGBM and logistic base for the defect, the base for each aspect and for all causes.

    Follows scikit-learn's manners: parameters are stored as given, `fit` learns attributes ending in "_", forgets
    what was learnt before and returns the model. Log-odds are published at a reference level that never moves, so a
    season or a strike moves nobody's star; shares are given at tonight's level, that of the newest mature period.
    """

    def __init__(
        self,
        kind: SubjectKind = "store",
        *,
        growth: Growth | None = None,
        base_l2: float = 20.0,
        reference_share: float = 0.05,
    ) -> None:
        self.kind: SubjectKind = kind
        self.growth = growth
        self.base_l2 = base_l2
        self.reference_share = reference_share

    def fit(self, panel: Panel) -> Self:
        """Learn from a panel of this kind. Never fails for want of data: then the bases stay at their priors."""
        if panel.kind != self.kind:
            raise ValueError(f"panel is of kind {panel.kind!r}, the model of kind {self.kind!r}")
        self.features_ = [feature.name for feature in catalogue(self.kind)]
        self.levels_ = {target: base.levels(panel.outcomes, panel.cutoffs, target) for target in targets(self.kind)}
        self.tonight_ = {
            target: levels[max(levels)] if levels else base.logit(panel.market[target])
            for target, levels in self.levels_.items()
        }
        self.reference_ = self._reference()
        samples = {target: self._sample(panel, target) for target in targets(self.kind)}
        self.bases_ = {target: base.fit(self.kind, target, sample, self.base_l2) for target, sample in samples.items()}
        self.booster_ = self._grow(samples["defect"])
        self.figures_ = self._figures(panel, samples["defect"])
        return self

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """One row per row of `features` (columns as in features.catalogue).

        log_odds: own defect at the reference level; defect_share, all_causes_share: 0 to 1, at tonight's level;
        log_odds_<aspect>: at the reference level. Raises ValueError when the columns are not those of the fit.
        """
        self._check(features)
        above = self._above(features)
        share = base.sigmoid(above + self.tonight_["defect"])
        problem = base.sigmoid(self.bases_["problem"].predict(features) + self.tonight_["problem"])
        columns = {
            "log_odds": above + self.reference_["defect"],
            "defect_share": share,
            "all_causes_share": np.maximum(problem, share),
        }
        for aspect in KIND_ASPECTS[self.kind]:
            target = f"defect_{aspect}"
            columns[f"log_odds_{aspect}"] = self.bases_[target].predict(features) + self.reference_[target]
        return pd.DataFrame(columns)

    def predict_base(self, features: pd.DataFrame) -> Floats:
        """What the base alone would say: log-odds of the own defect at the reference level."""
        self._check(features)
        return self.bases_["defect"].predict(features) + self.reference_["defect"]

    def save(self) -> str:
        """The whole model as one JSON text."""
        learnt = {
            "features": self.features_, "levels": self.levels_, "tonight": self.tonight_, "reference": self.reference_,
            "bases": {target: asdict(fitted) for target, fitted in self.bases_.items()}, "booster": self.booster_,
            "figures": self.figures_,
        }  # fmt: skip
        params = {
            "growth": self.growth and asdict(self.growth),
            "base_l2": self.base_l2,
            "reference_share": self.reference_share,
        }
        return json.dumps({"format": FORMAT, "kind": self.kind, "params": params, "learnt": learnt}, allow_nan=False)

    @classmethod
    def load(cls, text: str) -> StarModel:
        """The model of a saved text. Raises ValueError for a text that is not one, or of another format."""
        stored = json.loads(text)
        if not isinstance(stored, dict) or stored.get("format") != FORMAT:
            raise ValueError(f"not a model of format {FORMAT}: train it again with this version")
        params, learnt = stored["params"], stored["learnt"]
        params["growth"] = params["growth"] and Growth(**params["growth"])
        model = cls(stored["kind"], **params)
        model.features_, model.tonight_, model.reference_ = learnt["features"], learnt["tonight"], learnt["reference"]
        model.levels_ = {
            target: {int(day): level for day, level in levels.items()} for target, levels in learnt["levels"].items()
        }
        model.bases_ = {
            target: Base(tuple(part["features"]), tuple(part["coefficients"]), part["intercept"])
            for target, part in learnt["bases"].items()
        }
        model.booster_, model.figures_ = learnt["booster"], learnt["figures"]
        return model

    def _reference(self) -> dict[str, float]:
        aspects = KIND_ASPECTS[self.kind]
        shares = {"defect": self.reference_share, "problem": _PROBLEMS_PER_DEFECT * self.reference_share}
        shares |= {f"defect_{aspect}": self.reference_share / len(aspects) for aspect in aspects}
        return {target: base.logit(share) for target, share in shares.items()}

    def _sample(self, panel: Panel, target: str) -> Sample:
        orders = panel.outcomes["orders"].to_numpy(dtype=np.float64)
        share = np.minimum(panel.outcomes[target].to_numpy(dtype=np.float64) / np.maximum(orders, 1e-9), 1.0)
        level = np.array([self.levels_[target][day] for day in panel.cutoffs.tolist()])
        return Sample(panel.features, share, orders, level)

    def _grow(self, sample: Sample) -> str | None:
        if len(sample.share) < _ENOUGH_ROWS or float(sample.share @ sample.weight) < _ENOUGH_DEFECTS:
            return None
        return trees.grow(sample, self._directions(), self.growth or Growth())

    def _directions(self) -> dict[str, int]:
        allowed = set(names_for(self.kind, "defect"))
        return {feature.name: feature.direction for feature in catalogue(self.kind) if feature.name in allowed}

    def _above(self, features: pd.DataFrame) -> Floats:
        if self.booster_ is None:
            return self.bases_["defect"].predict(features)
        threads = (self.growth or Growth()).threads
        return trees.predict(self.booster_, features[list(self._directions())], threads)

    def _check(self, features: pd.DataFrame) -> None:
        if list(features.columns) != self.features_:
            unlike = sorted(set(features.columns) ^ set(self.features_)) or "their order"
            raise ValueError(f"columns are not those of the fit: {unlike}")

    def _figures(self, panel: Panel, sample: Sample) -> dict[str, Any]:
        """What to know about a fit: its size, and log loss in sample beside the base's and the bare level's."""
        at_base = self.bases_["defect"].predict(panel.features) + sample.level
        return {
            "model": "lightgbm" if self.booster_ else "base only",
            "rows": len(sample.share), "orders": float(sample.weight.sum()),
            "defects": float(sample.share @ sample.weight),
            "log_loss": base.log_loss(sample.share, sample.weight, self._above(panel.features) + sample.level),
            "log_loss_base": base.log_loss(sample.share, sample.weight, at_base),
            "log_loss_level": base.log_loss(sample.share, sample.weight, sample.level),
        }  # fmt: skip
