"""How long a night takes at 1,000, 10,000 and 100,000 stores, stage by stage, and how much memory.

    python bench/night.py [STORES …]

Each size gets a database and a folder of its own, thrown away afterwards. In place before the night: a year of day
files (thirty different days, repeated) and one day of evidence with its marks. Orders per store follow a long tail
with a mean of 2 a day. The night sees as many older orders, delivered on the day, as new ones; 4 in 100 of the older
ones are returned, 1.5 complained about, 6 answered for, and 15 in 100 new ones come with a conversation.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 10_000, 100_000)
MEAN_ORDERS = 2.0
TAIL = 2.05  # standard deviation of log store size, as in the simulated market
HISTORY_DAYS = 365
DIFFERENT_DAYS = 30
NIGHT = date(2026, 6, 30)
CATEGORIES = 40
LIVE_SHARE = 0.6
RATES = {
    "late_dispatch": (0.04, 1.0), "late_delivery": (0.02, 0.9), "fulfilment_return": (0.01, 0.9),
    "quality_return": (0.015, 0.9), "described_return": (0.01, 0.9), "negative_answer": (0.05, 0.06),
    "described_low": (0.04, 0.06), "service_low": (0.05, 0.06), "logistics_low": (0.04, 0.06),
    "complaint_product": (0.004, 1.0), "complaint_service": (0.003, 1.0), "slow_refund": (0.2, 0.04),
    "slow_reply": (0.1, 0.15), "chat_low": (0.1, 0.05), "defect": (0.05, 1.0), "problem": (0.08, 1.0),
}  # fmt: skip
ANCHOR_RATES = (
    "quality_return",
    "described_return",
    "negative_answer",
    "described_low",
    "complaint_product",
    "defect",
    "problem",
)


def main(sizes: list[int]) -> None:
    results = []
    for stores in sizes:
        with tempfile.TemporaryDirectory(prefix="lsb", dir=os.environ.get("TMPDIR", "/tmp")) as folder:
            environment = os.environ | {"LIVESTAR_VAR": folder, "MARKET_TIME_ZONE": "Asia/Shanghai"}
            os.chmod(folder, 0o755)
            try:
                subprocess.run([sys.executable, __file__, "--fill", str(stores)], env=environment, check=True, cwd=ROOT)
                results.append((stores, _night(environment, Path(folder))))
            finally:
                subprocess.run([sys.executable, "manage.py", "stop"], env=environment, cwd=ROOT, check=False)
        _print(*results[-1])
    _growth(results)


def _night(environment: dict[str, str], folder: Path) -> dict[str, float]:
    began, used = time.monotonic(), _cpu_seconds()
    command = [sys.executable, "manage.py", "nightly", "--as-of", str(NIGHT), "--json", str(folder / "night.json")]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    whole = time.monotonic() - began
    [told] = json.loads((folder / "night.json").read_text())
    return told["seconds"] | {
        "whole": round(whole, 1),
        "cpu": round(_cpu_seconds() - used, 1),
        "peak_mib": told["peak_mib"],
    }


def _cpu_seconds() -> float:
    """Of the night and its children, without the database server: what a busy machine does not change."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _print(stores: int, figures: dict[str, float]) -> None:
    stages = "  ".join(f"{name} {value:g}" for name, value in figures.items())
    print(f"{stores:>7,} stores  {stages}", flush=True)


def _growth(results: list[tuple[int, dict[str, float]]]) -> None:
    for (few, before), (many, after) in itertools.pairwise(results):
        ratios = "  ".join(f"{name} {after[name] / before[name]:.1f}x" for name in after if before[name] >= 0.1)
        print(f"{few:,} -> {many:,} stores ({many / few:.0f}x): {ratios}")


# Everything below runs in the process that fills a database


def fill(stores: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "reputation.config.settings"
    from django.conf import settings

    from reputation.config import database

    database.ensure_running(settings.EMBEDDED_POSTGRES)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    rng = np.random.default_rng(7)
    size = rng.lognormal(sigma=TAIL, size=stores)
    size *= MEAN_ORDERS / size.mean()
    anchors = rng.integers(0, max(1, stores * 15 // 100), size=(stores, 2))  # two that sell for each store
    _subjects(stores, anchors)
    _history(rng, size, anchors, settings.LIVESTAR_VAR / "days")
    _evidence(rng, size, anchors)


def copy(table: str, frame: pd.DataFrame) -> None:
    from django.db import connection

    text = io.StringIO()
    frame.to_csv(text, index=False, header=False)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(frame)}) FROM STDIN (FORMAT csv)") as to:
        to.write(text.getvalue())


def base(frame: pd.DataFrame, observed: object) -> pd.DataFrame:
    return frame.assign(
        observed_at=observed, first_observed_at=observed, sent=0, versions=1, retracted=False, batch_id=1
    )


def names(prefix: str, numbers: np.ndarray) -> pd.Series:
    return pd.Series(prefix + pd.Series(numbers).astype(str))


def _subjects(stores: int, anchors: np.ndarray) -> None:
    numbers = np.arange(stores)
    opened = datetime(2024, 1, 1, tzinfo=UTC)
    frame = pd.DataFrame({"store_id": names("S", numbers), "name": names("Store ", numbers)})
    frame = frame.assign(category=names("C", numbers % CATEGORIES), opened_on=opened.date())
    copy("subjects_store", base(frame, opened))
    known = np.unique(anchors)
    copy(
        "subjects_anchor", base(pd.DataFrame({"anchor_id": names("A", known), "name": names("Anchor ", known)}), opened)
    )


def _history(rng: np.random.Generator, size: np.ndarray, anchors: np.ndarray, folder: Path) -> None:
    from reputation.nightly.models import DayFile
    from scoring.daily import write_day

    folder.mkdir(parents=True, exist_ok=True)
    days = [NIGHT - timedelta(days=n) for n in range(1, HISTORY_DAYS + 1)]
    written: list[tuple[tuple[str, int], tuple[str, int]]] = []
    for _ in range(min(DIFFERENT_DAYS, HISTORY_DAYS)):
        counters = _day_table(rng, size, anchors)
        outcomes = counters[["kind", "subject_id", "via", "orders"]].assign(
            defect=counters["defect_n"], defect_logistics=counters["late_dispatch_n"].clip(upper=counters["defect_n"]),
            defect_product=counters["quality_return_n"].clip(upper=counters["defect_n"]),
            problem=counters["problem_n"],
        )  # fmt: skip
        written.append((write_day(counters, folder), write_day(outcomes, folder)))
    files = []
    for number, day in enumerate(days):
        for family, (digest, rows) in zip(("counters", "outcomes"), written[number % len(written)], strict=True):
            files.append(DayFile(family=family, day=day, digest=digest, rows=rows))
    DayFile.objects.bulk_create(files)


def _day_table(rng: np.random.Generator, size: np.ndarray, anchors: np.ndarray) -> pd.DataFrame:
    orders = rng.poisson(size)
    active = np.flatnonzero(orders)
    store = _counted(rng, orders[active], tuple(RATES)).assign(
        kind="store", subject_id=names("S", active).to_numpy(), via=""
    )
    parts = [store]
    live = rng.binomial(orders, LIVE_SHARE)
    first = rng.binomial(live, 0.7)
    for column, sold in ((0, first), (1, live - first)):
        here = np.flatnonzero(sold)
        part = _counted(rng, sold[here], ANCHOR_RATES)
        parts.append(part.assign(kind="anchor", subject_id=names("A", anchors[here, column]).to_numpy(),
                                 via=names("S", here).to_numpy()))  # fmt: skip
    table = (
        pd.concat(parts)
        .fillna(0)
        .drop_duplicates(["kind", "subject_id", "via"])
        .sort_values(["kind", "subject_id", "via"])
    )
    sketches = [f"b{n}" for n in range(1, 6)]
    keys = ["kind", "subject_id", "via", *sketches]
    counts = table.drop(columns=keys).astype("int64")
    return pd.concat([table[keys[:3]], counts, table[sketches].astype("uint32")], axis=1).reset_index(drop=True)


def _counted(rng: np.random.Generator, orders: np.ndarray, keys: tuple[str, ...]) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {"orders": orders}
    for key in keys:
        rate, exposed = RATES[key]
        columns[f"{key}_d"] = rng.binomial(orders, exposed) if exposed < 1 else orders
        columns[f"{key}_n"] = rng.binomial(columns[f"{key}_d"], rate)
    hashes = np.sort(rng.integers(0, 2**32 - 1, size=(len(orders), 5)), axis=1)
    hashes[np.arange(5) >= orders[:, None]] = 2**32 - 1
    return pd.DataFrame(columns | {f"b{n + 1}": hashes[:, n] for n in range(5)})


def _evidence(rng: np.random.Generator, size: np.ndarray, anchors: np.ndarray) -> None:
    from django.db import connection

    day = np.datetime64(f"{NIGHT - timedelta(days=1)}T16:00")  # midnight in Shanghai
    new = _orders(rng, size, anchors, day, "N")
    older = _orders(rng, size, anchors, day - np.timedelta64(4, "D"), "M")
    orders = pd.concat([new, older])
    copy("evidence_order", base(orders.drop(columns="seconds"), orders["placed_at"]))
    _shipments(rng, new, older, day)
    _after(rng, older, day)
    _conversations(rng, new)
    lives = _voices(rng, anchors, day)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO evidence_dirtyunit (unit) SELECT 'o:' || order_id FROM evidence_order")
        cursor.execute("INSERT INTO evidence_dirtyunit (unit) SELECT 'o:' || order_id FROM evidence_shipment")
        cursor.execute(
            "INSERT INTO evidence_dirtyunit (unit) SELECT 'h:' || conversation_id FROM evidence_conversation"
        )
        cursor.execute("INSERT INTO evidence_closedday (kind, day, closed_at) SELECT kind, %s, now() FROM"
                       " unnest(ARRAY['orders','shipments','returns','complaints']) kind", [NIGHT])  # fmt: skip
        cursor.execute(
            "INSERT INTO evidence_dirtyunit (unit)"
            " SELECT 'v:' || live_id || '|' || respondent_ref FROM evidence_response WHERE live_id IS NOT NULL"
        )
        cursor.execute("VACUUM ANALYZE")
    print(f"{len(size):>7,} stores: {len(orders):,} orders touched, {lives:,} viewers asked", flush=True)


def seconds(day: np.datetime64, offset: np.ndarray) -> pd.Series:
    return pd.Series(pd.DatetimeIndex(day + (offset * 1e6).astype("timedelta64[us]"), tz="UTC"))


def _orders(
    rng: np.random.Generator, size: np.ndarray, anchors: np.ndarray, day: np.datetime64, prefix: str
) -> pd.DataFrame:
    store = np.repeat(np.arange(len(size)), rng.poisson(size))
    count = len(store)
    offset = np.sort(rng.uniform(0, 86_000, count))
    store = rng.permutation(store)
    anchor = names("A", anchors[store, rng.integers(0, 2, count)]).where(rng.random(count) < LIVE_SHARE)
    buyer = rng.integers(0, max(50, count), count)
    return pd.DataFrame({
        "order_id": names(prefix, rng.permutation(count)), "store_id": names("S", store), "anchor_id": anchor,
        "buyer_ref": names("B", buyer), "device_ref": names("D", buyer), "payment_ref": names("P", buyer),
        "region": names("R", rng.integers(0, 30, count)), "amount": np.round(rng.uniform(5, 500, count), 2),
        "currency": "CNY", "placed_at": seconds(day, offset), "ship_by": seconds(day, offset + 2 * 86_400),
        "deliver_by": seconds(day, offset + 7 * 86_400), "seconds": offset,
    })  # fmt: skip


def _shipments(rng: np.random.Generator, new: pd.DataFrame, older: pd.DataFrame, day: np.datetime64) -> None:
    sent = new[(rng.random(len(new)) < 0.5).tolist()]
    shipped = sent["placed_at"] + pd.Timedelta(hours=3)
    copy("evidence_shipment", base(pd.DataFrame({"order_id": sent["order_id"], "shipped_at": shipped,
                                                 "shipped_known_at": shipped}), shipped))  # fmt: skip
    shipped = older["placed_at"] + pd.to_timedelta(rng.choice([1, 1, 1, 2.5], len(older)), unit="D")
    arrived = seconds(day, rng.uniform(0, 80_000, len(older)))
    copy("evidence_shipment", base(pd.DataFrame({"order_id": older["order_id"], "shipped_at": shipped,
         "delivered_at": arrived,
         "shipped_known_at": shipped, "delivered_known_at": arrived}), arrived))  # fmt: skip


def _after(rng: np.random.Generator, older: pd.DataFrame, day: np.datetime64) -> None:
    back = older.sample(frac=0.04, random_state=1)
    opened = seconds(day, rng.uniform(0, 80_000, len(back))).set_axis(back.index)
    reason = rng.choice(["quality", "size", "no_reason", "damaged", "not_as_described"], len(back))
    copy("evidence_return", base(pd.DataFrame({"return_id": "T" + back["order_id"], "order_id": back["order_id"],
         "opened_at": opened, "reason": reason, "first_reason": reason}), opened))  # fmt: skip
    cross = older.sample(frac=0.015, random_state=2)
    opened = seconds(day, rng.uniform(0, 80_000, len(cross))).set_axis(cross.index)
    copy("evidence_complaint", base(pd.DataFrame({"complaint_id": "C" + cross["order_id"],
         "order_id": cross["order_id"],
         "opened_at": opened, "category": "quality", "first_response_at": opened, "closed_at": opened,
         "outcome": rng.choice(["upheld", "rejected"], len(cross)), "first_response_known_at": opened,
         "outcome_known_at": opened}), opened))  # fmt: skip
    told = older.sample(frac=0.06, random_state=3)
    at = seconds(day, rng.uniform(0, 80_000, len(told))).set_axis(told.index)
    score = rng.choice([1, 2, 4, 5], len(told), p=[0.05, 0.05, 0.2, 0.7])
    copy("evidence_response", base(pd.DataFrame({"response_id": "P" + told["order_id"], "order_id": told["order_id"],
         "respondent_ref": told["buyer_ref"], "answered_at": at, "overall": score, "as_described": score,
         "service": score, "logistics": score}), at))  # fmt: skip


def _conversations(rng: np.random.Generator, new: pd.DataFrame) -> None:
    talked = new.sample(frac=0.15, random_state=4)
    replied = talked["placed_at"] + pd.to_timedelta(rng.exponential(120, len(talked)), unit="s")
    copy("evidence_conversation", base(pd.DataFrame({"conversation_id": "H" + talked["order_id"],
         "store_id": talked["store_id"], "started_at": talked["placed_at"], "first_reply_at": replied,
         "first_reply_known_at": replied}), talked["placed_at"]))  # fmt: skip


def _voices(rng: np.random.Generator, anchors: np.ndarray, day: np.datetime64) -> int:
    known = np.unique(anchors)
    lives = names("L", known)
    at = pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=9)
    copy(
        "subjects_livesession",
        base(pd.DataFrame({"live_id": lives, "anchor_id": names("A", known), "started_at": at}), at),
    )
    asked = pd.DataFrame({"live_id": lives.repeat(15).to_numpy()})
    asked = asked.assign(respondent_ref=names("V", np.arange(len(asked))), sent_at=at)
    copy("evidence_invitation", base(asked.assign(invitation_id=names("I", np.arange(len(asked)))), at))
    told = asked[["live_id", "respondent_ref"]].sample(frac=0.1, random_state=5)
    yes = rng.random(len(told)) < 0.1
    copy("evidence_response", base(told.assign(response_id="Q" + told["respondent_ref"], answered_at=at,
                                               false_promotion=yes, hype=yes), at))  # fmt: skip
    return len(asked)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill"]:
        sys.path.insert(0, str(ROOT))
        fill(int(sys.argv[2]))
    else:
        main([int(word) for word in sys.argv[1:]] or list(SIZES))
