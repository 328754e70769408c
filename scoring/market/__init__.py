"""A simulated live-commerce market with known truth, for demonstrations, benchmarks and tests.

`simulate(MarketSpec(stores=400, days=180, seed=7, last_day=date(2026, 6, 30)))` draws stores and anchors
of known
quality and everything that follows from it; `write` puts it into Parquet files that the product loads as
evidence.
"""

from scoring.market.build import Market, simulate, write
from scoring.market.spec import MarketSpec
from scoring.market.tables import KINDS

__all__ = ["KINDS", "Market", "MarketSpec", "simulate", "write"]
