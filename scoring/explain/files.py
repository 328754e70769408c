"""What the score job leaves for the explanations: three Parquet files beside scores.parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from scoring.explain.peers import peers_frame
from scoring.explain.standing import standings_frame
from scoring.explain.stores import StoreSplit
from scoring.metrics import SubjectKind
from scoring.windows import Tonight


@dataclass(frozen=True)
class Explained:
    """standings: as of `standings_frame`; peers: as of `peers_frame`; stores: as of `StoreSplit.frame`."""

    standings: pd.DataFrame
    peers: pd.DataFrame
    stores: pd.DataFrame

    @classmethod
    def of(cls, parts: Mapping[SubjectKind, Tonight], split: StoreSplit) -> Explained:
        """Of a whole night; `split` has been tapped while `parts` were made."""
        return cls(
            pd.concat(map(standings_frame, parts.values()), ignore_index=True),
            pd.concat(map(peers_frame, parts.values()), ignore_index=True),
            split.frame(),
        )

    def write(self, folder: Path) -> None:
        """explain-<table>.parquet, each whole or not at all."""
        for name, table in vars(self).items():
            unfinished = folder / f"explain-{name}.parquet.part"
            table.to_parquet(unfinished, index=False, compression="zstd")
            unfinished.replace(folder / f"explain-{name}.parquet")

    @classmethod
    def read(cls, folder: Path) -> Explained:
        """Raises OSError where a file is missing."""
        return cls(*(pd.read_parquet(folder / f"explain-{name}.parquet") for name in ("standings", "peers", "stores")))
