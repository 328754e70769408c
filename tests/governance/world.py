"""Published nights with day files behind them, as nights leave them, and policies to try on them."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd
from django.conf import settings

from reputation.base.time import now
from reputation.ratings.models import Publication, Rating, Scale, StarModelRecord
from scoring.daily import write_day
from tests.scoring.toy_market import LAST_DAY, Toy, toy

RULE = """\
  - id: {id}
    scope: store
    severity: low
    when:
      all:
        - {{metric: {metric}, window: 30, read: low, op: ">=", than: {than}}}
    action: {action}
    expires: 7
    reason: {{en: Because, zh-hans: 因为}}
"""


def policy(*rules: str, name: str = "tried") -> str:
    return f"policy: {name}\nabout: {{en: A try, zh-hans: 试行}}\nrules:\n" + "".join(rules)


def rule(id: str = "late", metric: str = "late_dispatch", than: str = "0.05", action: str = "notice") -> str:  # noqa: A002
    return RULE.format(id=id, metric=metric, than=than, action=action)


LOW_STAR = rule("low_star").replace(
    "{metric: late_dispatch, window: 30, read: low, op: \">=\", than: 0.05}",
    "{metric: low_star_days, read: value, op: \">=\", than: 3}",
)  # fmt: skip


@cache
def market() -> Toy:
    return toy(stores=60, days=200, seed=8, orders=4.0, spread=1.0)


@cache
def _written() -> tuple[tempfile.TemporaryDirectory[str], dict[str, dict[date, str]]]:
    """The day files of the market, written once: tests get links to them."""
    folder = tempfile.TemporaryDirectory(prefix="livestar-days-")
    return folder, {
        family: {day: write_day(frame, folder.name)[0] for day, frame in frames.items()}
        for family, frames in market().frames.items()
    }


def publish(nights: int = 3, last: date = LAST_DAY) -> list[date]:
    """Publish nights in a row, the newest `last`, all with the files of the toy market up to it."""
    days = [last - timedelta(days=back) for back in range(nights - 1, -1, -1)]
    folder = Path(settings.LIVESTAR_VAR)
    source, digests = _written()
    (folder / "days").mkdir(exist_ok=True)
    for path in Path(source.name).iterdir():
        if not (folder / "days" / path.name).exists():
            (folder / "days" / path.name).hardlink_to(path)
    (folder / "subjects").mkdir(exist_ok=True)
    subjects = market().subjects.assign(name="n", retracted=False)
    subjects.to_parquet(folder / "subjects" / "known.parquet")
    for day in days:
        _publication(day, digests)
    return days


def _publication(night: date, digests: dict[str, dict[date, str]]) -> None:
    manifest = {
        family: {str(day): digest for day, digest in of.items() if day <= night - timedelta(days=back)}
        for (family, of), back in zip(digests.items(), (0, 60), strict=True)
    }
    Publication.objects.create(
        night=night,
        published_at=now(),
        model=StarModelRecord.objects.get_or_create(
            name="m", defaults={"night": night, "artefacts": {}, "figures": {}}
        )[0],
        scale=Scale.objects.get_or_create(version=1, defaults={"breakpoints": {}, "fitted_on": night})[0],
        closed_through={},
        manifest=manifest,
        figures={},
        inputs={"subjects": "known"},
    )


def rate(subject: str, night: date, stars: float | None, revision: int = 0) -> None:
    Rating.objects.create(
        kind="store", subject_id=subject, night=night, revision=revision, name="n", category="category 0", basis="orders",
        state="rated" if stars else "withheld", stars=Decimal(str(stars)) if stars else None, orders_counted=90,
        confirmed_defects=2, aspects={}, excluded={},
    )  # fmt: skip


def flagged_slowly(than: float, night: date = LAST_DAY, metric: str = "late_dispatch") -> set[str]:
    """By hand: who has a lower bound of at least `than` over the last 30 days."""
    from tests.scoring.policy_oracle import rate as bound

    known: pd.DataFrame = pd.concat([market().frames["counters"][night - timedelta(days=back)] for back in range(30)])
    sums = known.groupby("subject_id")[[f"{metric}_n", f"{metric}_d"]].sum()
    return {
        str(subject)
        for subject, (n, d) in zip(sums.index, sums.to_numpy(), strict=True)
        if n >= 5 and (bound(metric, "low", n, d) or 0) >= than
    }
