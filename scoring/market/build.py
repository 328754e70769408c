"""The market from its spec, and its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.market.arrays import Ints, stack
from scoring.market.brushing import make_fakes, make_praise
from scoring.market.evidence import Happenings, evidence
from scoring.market.fates import make_fates, make_strikes
from scoring.market.grievances import make_complaints, make_returns, outside_complaints
from scoring.market.spec import MarketSpec, streams
from scoring.market.tables import to_table
from scoring.market.truth import order_flags, order_truth, subject_truth
from scoring.market.voices import (
    make_conversations,
    make_invitations,
    make_responses,
    uninvited_responses,
)
from scoring.market.world import Streams, World, make_world


@dataclass(frozen=True)
class Market:
    """A simulated market.

    `evidence`: kind -> frame with the fields of that kind. Ids and refs are str, times datetime64[us,
    UTC], `opened_on`
    datetime.date, `amount` decimal128(12, 2), `answers` an Arrow struct, flags and scores nullable; absent
    is null.
    Rows stand in order of time and hold nothing that was unknown at the end of the last day.

    `truth`: what the product never sees.
    - stores: store_id; quality_<aspect>, latent log-odds on the last day, more is better;
      <aspect>_rate_30d and
      defect_rate_30d, the probability (0 to 1) that a valid order of the last 30 days becomes the store's
      defect,
      mean over those days; drift (steady, improving, decaying, sudden); brushing; orders_per_day.
    - store_paths: the same qualities and rates per store and span of 30 days, by its last day `until` (date).
    - anchors, anchor_paths: anchor_id, quality_honesty, honesty_rate_30d, product_rate_30d (the goods of
      the stores
      it sells for), defect_rate_30d (either), viewer_false_promotion_rate_30d (share of viewers who would
      say so).
    - orders: order_id; fault_<aspect>, faults that are reported sooner or later, even after the last day;
      defect (the
      store's), anchor_defect, problem (any cause but the buyer's); valid; brushing; expected_defect
      (probability);
      fault_party and fault_aspect of the gravest fault, null if none.
    """

    spec: MarketSpec
    evidence: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]


def simulate(spec: MarketSpec) -> Market:
    """The market of `spec`; the same spec gives equal frames on every run."""
    rng = streams(spec.seed)
    world = make_world(spec, rng)
    happenings, flags, fakes = _happen(world, rng)
    frames = evidence(happenings, rng["exclusions"])
    truth = subject_truth(world)
    truth["orders"] = order_truth(frames["orders"]["order_id"], flags, fakes, happenings.ranks)
    return Market(spec, frames, truth)


def _happen(world: World, rng: Streams) -> tuple[Happenings, pd.DataFrame, int]:
    strikes = make_strikes(world.spec, world.clock, rng["carriers"])
    fates = make_fates(world, strikes, rng["fates"])
    returns = make_returns(world, fates, rng["returns"])
    complaints = make_complaints(world, fates, returns, rng["complaints"])
    invitations = make_invitations(world, fates, rng["invitations"])
    responses = make_responses(world, fates, returns, invitations, rng["responses"])
    conversations = make_conversations(world, fates, rng["conversations"])
    responses = stack(responses, uninvited_responses(world, len(responses.store), rng["outsiders"]))
    fakes = make_fakes(world, rng["brushing"])
    asked, praise = make_praise(world, fakes, len(invitations.sent), rng["brushing"])
    orders = stack(world.orders, fakes.orders)
    ranks = np.argsort(orders.placed, kind="stable").astype(np.int64)
    happenings = Happenings(
        world=world, orders=orders, fates=stack(fates, fakes.fates), strikes=strikes, returns=returns,
        complaints=stack(complaints, outside_complaints(world, rng["outsiders"])),
        conversations=conversations, invitations=stack(invitations, asked),
        responses=stack(responses, praise), ranks=ranks, number=_inverse(ranks),
    )  # fmt: skip
    return happenings, order_flags(world, fates, returns), len(fakes.orders.store)


def _inverse(ranks: Ints) -> Ints:
    number = np.empty_like(ranks)
    number[ranks] = np.arange(len(ranks))
    return number


def write(market: Market, out_dir: Path) -> list[Path]:
    """Writes `out_dir/evidence/<kind>.parquet` and `out_dir/truth/<name>.parquet`; returns the paths written.

    Files of the same names are replaced. Raises OSError if `out_dir` cannot be written.
    """
    tables = {f"evidence/{kind}": to_table(kind, data) for kind, data in market.evidence.items()}
    plain = {name: pa.Table.from_pandas(data, preserve_index=False) for name, data in market.truth.items()}
    tables |= {f"truth/{name}": table.replace_schema_metadata(None) for name, table in plain.items()}
    return [_write_table(table, out_dir / f"{name}.parquet") for name, table in tables.items()]


def _write_table(table: pa.Table, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return path
