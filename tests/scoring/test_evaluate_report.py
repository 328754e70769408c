"""What is said of an evaluation: the text, the page, and the job that makes them."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import plotly.graph_objects
import pytest

from scoring.daily import write_day
from scoring.evaluate import job
from scoring.evaluate.contenders import LABELS
from scoring.evaluate.html import page
from scoring.evaluate.table import best_first, text
from tests.scoring.evaluate_market import evaluated_market, evaluated_report
from tests.scoring.toy_market import LAST_DAY, Toy


@pytest.fixture
def market() -> Toy:
    return evaluated_market()


@pytest.fixture
def report() -> dict[str, Any]:
    return evaluated_report()


def test_the_text_names_every_rating_once_per_target_best_first_and_the_ceiling_last(report: dict[str, Any]) -> None:
    blocks = {block.split(":")[0]: block.splitlines() for block in text(report).split("\n\n")}
    for target in ("defect", "neg", "bad"):
        lines = blocks[target]
        shown = [next(key for key, label in LABELS.items() if line[2:].startswith(label)) for line in lines[2:-1]]
        assert shown == best_first(report["targets"][target])
        assert lines[-1].strip().startswith("ceiling")
        assert sum(line.startswith("> Livestar") for line in lines) == 1
    assert max(map(len, text(report).splitlines())) <= 132


def test_best_first_is_by_log_loss(report: dict[str, Any]) -> None:
    for found in report["targets"].values():
        losses = [found["contenders"][key]["mean"]["log_loss"] for key in best_first(found)]
        assert losses == sorted(losses)


def figures(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', html, re.S)
    assert found
    return dict(json.loads(found[1]))


def test_the_page_needs_nothing_from_elsewhere_and_plotly_accepts_its_figures(report: dict[str, Any]) -> None:
    html = page(report, tokens=":root { --ink: #111111; }")
    body = html[html.index("<body>") :]
    assert not re.search(r'(src|href)="(?!#)', body)
    assert not re.search(r"<(link|iframe|img)\b", html[: html.index("<script>")] + body)
    drawn = figures(html)
    assert set(re.findall(r'class="chart" id="([^"]+)"', body)) == set(drawn)
    for figure in drawn.values():
        plotly.graph_objects.Figure(json.loads(re.sub(r'"--[a-z-]+"', '"#123456"', json.dumps(figure))))


def test_colours_of_the_page_are_tokens_of_the_design(report: dict[str, Any]) -> None:
    tokens = (Path(__file__).parents[2] / "static" / "tokens.css").read_text()
    used = set(re.findall(r'"(--[a-z-]+)"', json.dumps(figures(page(report, tokens)))))
    assert used
    assert all(f"{name}:" in tokens for name in used)


def test_headings_say_no_more_than_the_intervals_do(report: dict[str, Any]) -> None:
    html = page(report, tokens="")
    rows = report["targets"]["defect"]["contenders"]
    better = sum(row["difference"]["log_loss"][1] < 0 for row in rows.values() if row["difference"])
    assert f"Own-doing problems: surely better than {better} of {len(LABELS) - 1} others" in html


def request(market: Toy, folder: Path, **changes: Any) -> Path:
    """A job's request with the market's files in the folder."""
    days = folder / "days"
    manifest = {
        family: {str(day): write_day(frame, days)[0] for day, frame in frames.items()}
        for family, frames in market.frames.items()
    }
    market.subjects.to_parquet(folder / "subjects.parquet")
    told = {
        "as_of": str(LAST_DAY), "folder": str(days), "manifest": manifest, "out": str(folder), "threads": 1,
        "subjects": str(folder / "subjects.parquet"), "targets": ["defect"], "every": 60,
    }  # fmt: skip
    file = folder / "request.json"
    file.write_text(json.dumps(told | changes))
    return file


def test_the_job_tells_its_steps_and_leaves_a_report(
    market: Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.main([str(request(market, tmp_path))]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["done"] for line in lines] == list(range(1, len(lines) + 1))
    assert {line["steps"] for line in lines} == {len(lines)}
    assert list(json.loads((tmp_path / job.REPORT).read_text())["targets"]) == ["defect"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": "2030-01-01"}, "possible are"),
        ({"targets": ["nonsense"]}, "choose from defect"),
        ({"every": 0}, "every"),
        ({"out": "/no/such/folder"}, "out:"),
        ({"subjects": "/no/such/file"}, "subjects:"),
    ],
)
def test_the_job_refuses_what_it_cannot_serve_in_one_line(
    market: Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], message: str
) -> None:
    few = dataclasses.replace(market, frames={f: dict(list(d.items())[:3]) for f, d in market.frames.items()})
    whole = market if "first" in changes else few
    files = request(whole, tmp_path, **changes)
    assert job.main([str(files)]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "\n" not in told
