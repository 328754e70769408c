"""The child process: real files, a real process, real exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.daily import write_day
from scoring.jobs import main
from scoring.metrics import ASPECTS, EXCLUSION_REASONS
from scoring.model import StarModel
from tests.scoring.toy_market import LAST_DAY, toy

ROOT = Path(__file__).resolve().parents[2]


def request(folder: Path, **changes: Any) -> dict[str, Any]:
    """A market on disk and the request about it."""
    stores, anchors = toy(stores=120, days=180, orders=3.0), toy(stores=5, days=180, kind="anchor")
    manifest: dict[str, dict[str, str]] = {}
    for family in ("counters", "outcomes"):
        manifest[family] = {}
        for day, frame in stores.frames[family].items():
            table = pd.concat([anchors.frames[family][day], frame], ignore_index=True)
            manifest[family][day.isoformat()] = write_day(table, folder)[0]
    pd.concat([stores.subjects, anchors.subjects]).to_parquet(folder / "subjects.parquet")
    (folder / "out").mkdir()
    return {
        "as_of": LAST_DAY.isoformat(),
        "folder": str(folder),
        "manifest": manifest | {"reported": {}},
        "subjects": str(folder / "subjects.parquet"),
        "out": str(folder / "out"),
        "threads": 1,
        "seed": 1,
        "models": {kind: str(folder / "out" / f"model-{kind}.json") for kind in ("store", "anchor")},
    } | changes


def run(job: str, wanted: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "request.json"
    path.write_text(json.dumps(wanted))
    return subprocess.run(
        [sys.executable, "-m", "scoring.jobs", job, str(path)], capture_output=True, text=True, cwd=ROOT, check=False
    )


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("night")
    wanted = request(folder)
    for job in ("train", "score"):
        done = run(job, wanted, folder)
        assert done.returncode == 0, done.stderr
    return folder


def test_training_leaves_models_and_figures(night: Path) -> None:
    figures = json.loads((night / "out" / "figures.json").read_text())
    assert figures["store"]["model"] == "lightgbm"
    assert figures["anchor"]["model"].startswith("base")
    assert figures["store"]["cutoffs"] == sorted(figures["store"]["levels"])
    losses = figures["store"]["in_sample"]["defect"]
    assert losses["lightgbm"] <= losses["level"]
    assert figures["seconds"] > 0
    assert figures["peak_mib"] > 0
    assert StarModel.load((night / "out" / "model-store.json").read_text()).kind == "store"
    assert not list((night / "out").glob("*.part"))


def test_the_score_table_has_every_subject_and_column(night: Path) -> None:
    table = pd.read_parquet(night / "out" / "scores.parquet")
    assert list(zip(table["kind"], table["subject_id"], strict=True)) == (
        [("anchor", f"s{n:05d}") for n in range(5)] + [("store", f"s{n:05d}") for n in range(120)]
    )
    columns = {
        "category",
        "basis",
        "orders_counted",
        "buyers",
        "confirmed_defects",
        "excluded_orders",
        "held",
        "log_odds",
        "defect_share",
        "all_causes_share",
        *(f"log_odds_{a}" for a in ASPECTS),
        *(f"excluded_{reason}" for reason in EXCLUSION_REASONS),
    }
    assert columns <= set(table.columns)
    assert table["log_odds"].notna().all()
    assert table["defect_share"].between(0, 1).all()
    assert (table["all_causes_share"] >= table["defect_share"]).all()
    assert table.loc[table["kind"] == "anchor", "log_odds_logistics"].isna().all()
    assert table.loc[table["kind"] == "store", "log_odds_logistics"].notna().all()


def test_a_night_again_gives_the_same_bytes(night: Path, tmp_path: Path) -> None:
    wanted = json.loads((night / "request.json").read_text()) | {"out": str(tmp_path)}
    for job in ("train", "score"):
        assert run(job, wanted, tmp_path).returncode == 0
    for name in ("model-store.json", "model-anchor.json", "scores.parquet"):
        assert (tmp_path / name).read_bytes() == (night / "out" / name).read_bytes()


def test_days_after_the_night_are_not_read(night: Path, tmp_path: Path) -> None:
    wanted = json.loads((night / "request.json").read_text())
    later = {"2026-07-01": "0" * 64}
    manifest = {family: days | later for family, days in wanted["manifest"].items()}
    done = run("score", wanted | {"out": str(tmp_path), "manifest": manifest}, tmp_path)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(
        pd.read_parquet(tmp_path / "scores.parquet")["log_odds"],
        pd.read_parquet(night / "out" / "scores.parquet")["log_odds"],
    )


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("train", {"as_of": "yesterday"}, "as_of"),
    ("train", {"threads": 0}, "threads"),
    ("train", {"seed": "x"}, "seed"),
    ("train", {"manifest": {"counters": {"2026-13-01": "a"}}}, "counters"),
    ("train", {"manifest": {"counters": {"2026-06-01": "missing"}}}, "manifest.counters.2026-06-01"),
    ("train", {"subjects": "nowhere.parquet"}, "subjects"),
    ("train", {"out": "nowhere"}, "out"),
    ("score", {"models": None}, "models.store"),
    ("score", {"models": {"store": "nowhere.json"}}, "models.store"),
]


@pytest.mark.parametrize(("job", "changes", "field"), BROKEN)
def test_a_bad_request_names_its_field(
    job: str, changes: dict[str, Any], field: str, night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = json.loads((night / "request.json").read_text()) | changes
    (tmp_path / "request.json").write_text(json.dumps(wanted))
    assert main([job, str(tmp_path / "request.json")]) == 2
    assert field in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"as_of": "2026-06-30"}', "\x00"])
def test_a_request_that_is_none_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "request.json").write_text(text)
    assert main(["train", str(tmp_path / "request.json")]) == 2
    assert "request.json" in capsys.readouterr().err


def test_a_wrong_call_says_how_to_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "x"]) == 2
    assert "train|gate|score" in capsys.readouterr().err
    assert main(["train", str(tmp_path / "none.json")]) == 2


def test_a_subject_table_of_strangers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = {
        "as_of": "2026-06-30",
        "folder": str(tmp_path),
        "manifest": {"counters": {}},
        "out": str(tmp_path),
        "subjects": str(tmp_path / "subjects.parquet"),
    }
    (tmp_path / "request.json").write_text(json.dumps(wanted))
    strange = pd.DataFrame({"kind": ["shop"], "subject_id": "a", "category": "", "opened_on": None})
    for table, said in ((pd.DataFrame({"kind": ["store"]}), "subject_id"), (strange, "shop")):
        table.to_parquet(tmp_path / "subjects.parquet")
        assert main(["train", str(tmp_path / "request.json")]) == 2
        assert said in capsys.readouterr().err


def test_lightgbm_stays_out_of_processes_that_only_read() -> None:
    code = (
        "import sys, scoring.stars, scoring.windows, scoring.model, scoring.jobs; sys.exit('lightgbm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
