"""What really was: for tests and evaluation. The product never reads it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from scoring.market.arrays import Floats, Ints
from scoring.market.fates import NONE, Fates
from scoring.market.grievances import Returns
from scoring.market.quality import ASPECTS, DRIFTS, PROMISE_REPORTED, store_rates
from scoring.market.world import World

STEP_DAYS = 30
# Ties between aspects of one order go to the graver.
GRAVITY = ("product", "logistics", "after_sales", "service")
PARTIES = pd.CategoricalDtype(["store", "anchor", "carrier", "platform", "buyer"])
NAMED = ("fault_party", "fault_aspect")
FAULT_ASPECTS = pd.CategoricalDtype([*GRAVITY, "honesty"])


def subject_truth(world: World) -> dict[str, pd.DataFrame]:
    """Frames stores, store_paths, anchors, anchor_paths; see `Market.truth`."""
    stores, paths = world.stores, world.paths
    ids = np.array([f"S{i + 1:06d}" for i in range(world.spec.stores)], dtype=object)
    rates = store_rates(stores, paths)
    latent = {f"quality_{a}": -paths.badness[a] for a in ASPECTS}
    extra = {
        "drift": np.array(DRIFTS, dtype=object)[paths.drift],
        "brushing": stores.brushing,
        "orders_per_day": stores.size,
    }
    hosts = np.array([f"A{i + 1:05d}" for i in range(len(world.anchors.followers))], dtype=object)
    host_rates, host_latent = _anchor_rates(world, rates["product"]), {"quality_honesty": -paths.honesty}
    return {
        "stores": _now(world, "store_id", ids, latent, rates).assign(**extra),
        "store_paths": _path(world, "store_id", ids, latent, rates),
        "anchors": _now(world, "anchor_id", hosts, host_latent, host_rates),
        "anchor_paths": _path(world, "anchor_id", hosts, host_latent, host_rates),
    }


def _anchor_rates(world: World, product: Floats) -> dict[str, Floats]:
    """(anchors, days): an anchor answers for its promises and, by its choice of stores, for the goods."""
    shape = world.paths.honesty.shape
    bought, faulty = np.zeros(shape), np.zeros(shape)
    for place in range(world.stores.partners.shape[1]):
        partner = world.stores.partners[:, place]
        stores = np.nonzero(partner >= 0)[0]
        np.add.at(bought, partner[stores], world.paths.orders[stores])
        np.add.at(faulty, partner[stores], world.paths.orders[stores] * product[stores])
    goods = np.divide(faulty, bought, out=np.zeros(shape), where=bought > 0)
    honesty = world.paths.false_promise * PROMISE_REPORTED
    return {
        "honesty": honesty,
        "product": goods,
        "defect": 1 - (1 - honesty) * (1 - goods),
        "viewer_false_promotion": world.paths.viewer_yes,
    }


def _now(
    world: World,
    key: str,
    ids: np.ndarray[tuple[int], np.dtype[np.object_]],
    latent: dict[str, Floats],
    rates: dict[str, Floats],
) -> pd.DataFrame:
    window = slice(max(0, world.clock.days - STEP_DAYS), world.clock.days)
    columns: dict[str, object] = {key: ids}
    columns |= {name: values[:, -1] for name, values in latent.items()}
    columns |= {f"{name}_rate_30d": values[:, window].mean(axis=1) for name, values in rates.items()}
    return pd.DataFrame(columns)


def _path(
    world: World,
    key: str,
    ids: np.ndarray[tuple[int], np.dtype[np.object_]],
    latent: dict[str, Floats],
    rates: dict[str, Floats],
) -> pd.DataFrame:
    """One row per subject and span of 30 days, counted back from the last day;
    `until` is the span's last day."""
    ends = list(range(world.clock.days, 0, -STEP_DAYS))[::-1]
    untils = [world.clock.first_day + timedelta(days=end - 1) for end in ends]
    columns: dict[str, object] = {
        key: np.repeat(ids, len(ends)),
        "until": np.tile(np.array(untils, dtype=object), len(ids)),
    }
    for name, values in latent.items():
        columns[name] = np.stack([values[:, end - 1] for end in ends], axis=1).ravel()
    for name, values in rates.items():
        spans = [values[:, max(0, end - STEP_DAYS) : end].mean(axis=1) for end in ends]
        columns[f"{name}_rate_30d"] = np.stack(spans, axis=1).ravel()
    return pd.DataFrame(columns)


def order_flags(world: World, fates: Fates, returns: Returns) -> pd.DataFrame:
    """Truth of the genuine orders, in their order: who was at fault for what,
    as it will be reported sooner or later."""
    n = len(world.orders.store)
    faults = {
        "product": fates.product_told,
        "logistics": fates.logistics != NONE,
        "service": fates.service_told,
    }
    faults["after_sales"] = np.zeros(n, dtype=bool)
    faults["after_sales"][returns.order] = returns.mishandled
    defect = faults["product"] | faults["logistics"] | faults["service"] | faults["after_sales"]
    carrier = fates.carrier_late | fates.carrier_damage
    regret = np.zeros(n, dtype=bool)
    regret[returns.order] = returns.regret
    own = [faults[a] for a in GRAVITY]
    aspect: Ints = np.select([*own, fates.promise_told], [0, 1, 2, 3, 4], -1)
    causes = [defect, fates.promise_told, carrier, fates.canceller == 2, regret | (fates.canceller == 0)]
    party: Ints = np.select(causes, [0, 1, 2, 3, 4], -1)
    flags: dict[str, object] = {f"fault_{a}": faults[a] for a in ASPECTS}
    risk = world.at_orders(store_rates(world.stores, world.paths)["defect"])
    flags |= {
        "fault_honesty": fates.promise_told,
        "defect": defect,
        "anchor_defect": (world.orders.anchor >= 0) & (fates.promise_told | fates.product_told),
        "problem": defect | fates.promise_told | carrier,
        "valid": (fates.canceller != 0) & (fates.canceller != 2),
        "brushing": np.zeros(n, dtype=bool),
        "expected_defect": risk,
        "fault_party": pd.Categorical.from_codes(party, dtype=PARTIES),
        "fault_aspect": pd.Categorical.from_codes(aspect, dtype=FAULT_ASPECTS),
    }
    return pd.DataFrame(flags)


def order_truth(order_ids: pd.Series, genuine: pd.DataFrame, fakes: int, ranks: Ints) -> pd.DataFrame:
    """Frame orders: the flags of `genuine` orders, then of `fakes` brushed ones,
    sorted as the evidence is."""
    # Nothing went wrong with a fake: every flag false, every probability 0, nobody at fault.
    blank = pd.DataFrame(index=range(len(genuine), len(genuine) + fakes))
    for name in genuine:
        blank[name] = pd.Series(None if name in NAMED else False, blank.index, dtype=genuine[name].dtype)
    blank = blank.assign(brushing=True, valid=True, expected_defect=0.0)
    out = pd.concat([genuine, blank]).iloc[ranks].reset_index(drop=True)
    out.insert(0, "order_id", order_ids)
    return out
