"""Models, terms and nights as nights and people leave them in the registry."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from reputation.base.time import now
from reputation.ratings.models import ChampionTerm, Publication, Scale, StarModelRecord
from reputation.ratings.registry import champion_appoint
from scoring.features import catalogue
from scoring.gate import judge
from scoring.metrics import KIND_ASPECTS, OUTCOMES, SubjectKind
from scoring.model import StarModel
from scoring.windows import Panel

FIRST = date(2026, 11, 1)
Reason = ChampionTerm.Reason


@cache
def text(kind: SubjectKind) -> str:
    """A real model: what a market without any evidence starts with."""
    return StarModel(kind).fit(empty(kind)).save()


def empty(kind: SubjectKind) -> Panel:
    columns = [feature.name for feature in catalogue(kind)]
    shares = dict.fromkeys(["defect", "problem", *(f"defect_{aspect}" for aspect in KIND_ASPECTS[kind])], 0.02)
    return Panel(
        kind,
        np.array([], dtype=np.str_),
        pd.DataFrame(np.zeros((0, len(columns)), dtype=np.float32), columns=columns),
        pd.DataFrame(np.zeros((0, len(OUTCOMES))), columns=list(OUTCOMES)),
        np.array([], dtype=np.int64),
        shares,
        {},
    )


def verdicts() -> dict[str, Any]:
    """What the gate says of the first night of an empty market."""
    kinds: tuple[SubjectKind, ...] = ("store", "anchor")
    return {kind: judge(StarModel.load(text(kind)), None, empty(kind), None).as_json() for kind in kinds}


def model(name: str, night: date = FIRST, **fields: Any) -> StarModelRecord:
    values = {"night": night, "artefacts": {"store": text("store"), "anchor": text("anchor")}, "figures": {}} | fields
    return StarModelRecord.objects.create(name=name, **values)


def publish(record: StarModelRecord, night: date, **fields: Any) -> Publication:
    scale, _ = Scale.objects.get_or_create(version=1, defaults={"breakpoints": {}, "fitted_on": FIRST})
    values = {"closed_through": {}, "manifest": {}, "figures": {}} | fields
    return Publication.objects.create(night=night, published_at=now(), model=record, scale=scale, **values)


def nights(*names: str, first: date = FIRST) -> dict[str, StarModelRecord]:
    """One published night per name, in a row; whoever is new is appointed by the gate."""
    records: dict[str, StarModelRecord] = {}
    for back, name in enumerate(names):
        night = first + timedelta(days=back)
        if name not in records:
            records[name] = model(name, night)
            champion_appoint(model=records[name], night=night, reason=Reason.GATE if back else Reason.FIRST)
        publish(records[name], night)
    return records
