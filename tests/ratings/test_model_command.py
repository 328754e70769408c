"""`manage.py model`: what an operator reads and does about models."""

from __future__ import annotations

import getpass
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reputation.ratings.models import ChampionTerm
from tests.ratings.registry_world import FIRST, model, nights, verdicts

pytestmark = pytest.mark.django_db
FIGURES = {"log_loss": {"challenger": 0.3012, "champion": 0.3015, "base": 0.3021, "level": 0.31}}
REFUSED = {
    "store": {"promoted": False, "base_only": False, "figures": FIGURES,
              "reasons": [{"code": "sweep", "value": 3, "limit": 0, "text": "3 steps to the worse made a star better"}]},
}  # fmt: skip


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("model", *arguments, stdout=out)
    return out.getvalue()


def test_an_empty_registry_says_so() -> None:
    assert told("list") == "no model yet: the first night trains one\n"


def test_the_list_has_verdicts_figures_and_nights(tmp_path: Path) -> None:
    records = nights("a", "b", "b")
    records["a"].gate = verdicts()
    records["a"].save()
    model("c", FIRST + timedelta(days=3), artefacts={}, gate=REFUSED)
    lines = told("list", "--json", str(tmp_path / "models.json")).splitlines()
    assert lines[0] == "c  never live"
    assert lines[1] == (
        "  store: kept out (3 steps to the worse made a star better);"
        " log loss challenger 0.3012, champion 0.3015, base 0.3021, level 0.3100"
    )
    assert lines[2] == "b  champion, live since 2026-11-02"
    assert lines[3] == "a  live 2026-11-01 to 2026-11-01"
    assert lines[4].startswith("  store: promoted, base only (no champion stood before it; not enough orders to judge")
    assert lines[5].startswith("  anchor: promoted")
    kept = json.loads((tmp_path / "models.json").read_text())
    assert [entry["name"] for entry in kept["models"]] == ["c", "b", "a"]
    assert kept["models"][0]["gate"] == REFUSED
    assert [term["model"] for term in kept["terms"]] == ["a", "b"]


def test_rolling_back_is_one_command_and_is_recorded(tmp_path: Path) -> None:
    nights("a", "b")
    said = told("rollback", "--note", "odd stars", "--json", str(tmp_path / "term.json"))
    assert said == "from 2026-11-03 on a rates; no gate replaces it until --release\n"
    decided = ChampionTerm.objects.get(reason="rollback")
    assert (decided.decided_by, decided.note) == (getpass.getuser(), "odd stars")
    assert json.loads((tmp_path / "term.json").read_text())["model"] == "a"
    assert "a  champion, pinned, live 2026-11-01 to 2026-11-01" in told("list")
    assert "the gate decides again" in told("rollback", "--release", "--note", "mended", "--by", "lin")
    assert ChampionTerm.objects.order_by("id").last().decided_by == "lin"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["rollback"], "--note"),
        (["rollback", "--note", " "], "who decides and why"),
        (["rollback", "nobody", "--note", "x"], "no model is named nobody"),
        (["rollback", "a", "--release", "--note", "x"], "takes no name"),
        (["rollback", "--release", "--note", "x"], "no model is pinned"),
        (["rollback", "--by", "", "--note", "x"], "who decides and why"),
        ([], "required"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(arguments: list[str], why: str) -> None:
    nights("a", "b")
    with pytest.raises(CommandError, match=why):
        told(*arguments)
    assert ChampionTerm.objects.count() == 2
