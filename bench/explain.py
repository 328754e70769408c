"""Explanations: what a page costs in a web process, and what a night pays to make them possible.

`python bench/explain.py [SUBJECTS]`: SUBJECTS standings are packed and copied into PostgreSQL (default 100,000). Pages
are told in processor time, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
LIMIT_MS = 200.0  # for one subject, all explanations together
NIGHT = date(2026, 6, 30)
_FRESH = """
import json, sys, time
started = time.process_time()
import pandas, scipy.sparse, scipy.special, scipy.optimize, pyarrow, lightgbm
imported = time.process_time()
from bench.explain import answers, page, read
rated, about = read(sys.argv[1])
page(rated, about)
first = time.process_time()
def middle(work):
    laps = []
    for _ in range(20):
        began = time.process_time()
        work()
        laps.append(time.process_time() - began)
    return sorted(laps)[10]
laps = {name: middle(work) for name, work in answers(rated, about, sys.argv[1]).items()}
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(json.dumps({"libraries": imported - started, "first": first - imported, "laps": laps,
                  "mib": int(peak) / 1024}))
"""


def read(folder: str) -> Any:
    """One subject, from the text of its model on."""
    from scoring.explain.again import Rated, light
    from scoring.explain.standing import unpack

    about = json.loads((Path(folder) / "peers.json").read_text())
    standing = unpack("store", "category 0", (Path(folder) / "standing").read_bytes(), about["totals"])
    scale = json.loads((Path(folder) / "scale.json").read_text())
    return Rated(light((Path(folder) / "model.json").read_text()), standing, scale), about


def answers(rated, about, folder: str) -> dict[str, Callable[[], object]]:
    """What pages ask of a warm process, each for itself."""
    from scoring.explain.changes import what_if
    from scoring.explain.course import course, path

    changes = {"late_dispatch": 0.02, "quality_return": 0.01}
    anchor, goods = _sellers(rated.standing, folder)
    return {
        "any page after it": lambda: page(rated, about),
        "slider: star and way to a goal": lambda: (
            what_if(rated, {}), what_if(rated, changes), path(rated, {}),
            course(rated, changes, 5.0, about["quick"]),
        ),
        "next stream, 30 stores": lambda: goods(anchor, 30),
        "next stream, 3 stores": lambda: goods(anchor, 3),
    }  # fmt: skip


def _sellers(store, folder: str):
    """An anchor, and what its stream with so many stores comes to."""
    from scoring.explain.again import Rated, light
    from scoring.explain.standing import unpack
    from scoring.explain.stream import goods, stream

    about = json.loads((Path(folder) / "anchor-peers.json").read_text())
    standing = unpack("anchor", "category 0", (Path(folder) / "anchor-standing").read_bytes(), about["totals"])
    scale = json.loads((Path(folder) / "anchor-scale.json").read_text())
    rated = Rated(light((Path(folder) / "anchor-model.json").read_text()), standing, scale)
    return rated, lambda anchor, size: stream(anchor, [goods(store, anchor.standing) for _ in range(size)], 500)


def _set_aside() -> None:
    """Accepting what is open: thirty orders of a store of a simulated market, and a hundred as an appeal may have."""
    from scoring.explain.without import counts_gone, without
    from tests.scoring.explained_market import AS_OF, counted

    market = counted()
    at = max(range(len(market.ids("store"))), key=lambda at: len(market.against("store", at)))
    rated, store, units = market.rated("store", at), market.ids("store")[at], market.against("store", at)
    for size in (1, 30, 100):
        chosen = [(unit, "attack") for unit in (units * 100)[:size]]
        frames = market.of_units([unit for unit, _reason in chosen])
        small = _only(frames, {unit[2:] for unit, _reason in chosen})
        began = time.process_time()
        without(rated, counts_gone(small, dict(chosen).items(), market.horizon, "store", store), AS_OF)
        ms = 1000 * (time.process_time() - began)
        print(f"{f'{len(dict(chosen))} incidents set aside':37} {ms:8.0f} ms   {ms / LIMIT_MS:.2f} of the limit")


def _only(frames, orders: set[str]):
    """The evidence of some orders, as a database hands it out."""
    tables = {
        name: table[table["order_id"].isin(orders)].reset_index(drop=True)
        for name, table in vars(frames).items()
        if name in ("orders", "shipments", "returns", "complaints", "responses", "exclusions")
    }
    return replace(frames, **tables)


def page(rated, about) -> None:
    """Everything that the pages of a merchant ask of the model."""
    from scoring.explain.changes import raises, reasons, what_if
    from scoring.explain.trajectory import trajectory

    reasons(rated, about["medians"])
    raises(rated, about["quick"])
    trajectory(rated)
    what_if(rated, {"late_dispatch": 0.02})


def _in_a_fresh_process() -> None:
    from tests.scoring.explained import night

    made = night("store")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.json").write_text(made.model.save())
        (folder / "scale.json").write_text(json.dumps(made.scale))
        (folder / "peers.json").write_text(json.dumps(made.figures("category 0")))
        (folder / "standing").write_bytes(made.standings["standing"][0])
        anchor = night("anchor")
        (folder / "anchor-model.json").write_text(anchor.model.save())
        (folder / "anchor-scale.json").write_text(json.dumps(anchor.scale))
        (folder / "anchor-peers.json").write_text(json.dumps(anchor.figures("category 0")))
        (folder / "anchor-standing").write_bytes(anchor.standings["standing"][0])
        root = Path(__file__).resolve().parents[1]
        done = subprocess.run(
            [sys.executable, "-c", _FRESH, name], cwd=root, check=True, capture_output=True, text=True
        )
    found = json.loads(done.stdout)
    print(f"libraries, once per process           {1000 * found['libraries']:8.0f} ms")
    for label, seconds in {"first page, with the model's text": found["first"], **found["laps"]}.items():
        ms = 1000 * seconds
        print(f"{label:37} {ms:8.0f} ms   {ms / LIMIT_MS:.2f} of the limit")
    print(f"peak memory                           {found['mib']:8.0f} MiB")


def _timed(label: str, work: Callable[[], object]) -> object:
    started, used = time.perf_counter(), time.process_time()
    done = work()
    print(f"{label:37} {time.perf_counter() - started:8.1f} s   {time.process_time() - used:.1f} s of processor")
    return done


def _night(subjects: int) -> None:
    """Packing and COPY of many subjects: those of the toy night over and over, each under its own id."""
    import numpy as np

    from scoring.explain.files import Explained
    from scoring.explain.peers import peers_frame
    from scoring.explain.standing import standings_frame
    from scoring.explain.stores import StoreSplit
    from tests.scoring.explained import night

    part = night("store").part
    rows = np.arange(subjects) % len(part.age)
    many = replace(
        part, features=part.features.iloc[rows], age=part.age[rows], yardsticks=part.yardsticks.take(rows),
        counts=part.counts.iloc[rows].assign(subject_id=[f"s{at}" for at in range(subjects)]).reset_index(drop=True),
        sums={half_life: table[rows] for half_life, table in part.sums.items()},
    )  # fmt: skip
    print(f"-- {subjects:,} subjects")
    standings = _timed("pack", lambda: standings_frame(many))
    peers = _timed("totals and medians", lambda: peers_frame(many))
    size = sum(map(len, standings["standing"]))
    print(f"bytes each                            {size / subjects:8.0f}")
    _copy(Explained(standings, peers, StoreSplit(NIGHT).frame()))


def _copy(explained) -> None:
    """Into a server of its own, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "LIVESTAR_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "reputation.config.settings",
            "DATABASE_URL": "",
        }
        import django
        from django.conf import settings
        from django.core.management import call_command

        from reputation.config import database

        django.setup()
        database.ensure_running(settings.EMBEDDED_POSTGRES)
        try:
            call_command("migrate", verbosity=0)
            from reputation.ratings.standings import standings_write

            _timed("COPY into PostgreSQL", lambda: standings_write(night=NIGHT, explained=explained))
        finally:
            database.stop(settings.EMBEDDED_POSTGRES)


if __name__ == "__main__":
    _in_a_fresh_process()
    _set_aside()
    _night(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
