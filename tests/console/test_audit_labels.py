"""Whatever is written into the audit log has a name on its page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from reputation.console.views.audit import ACTIONS
from reputation.governance.actions.moves import DEEDS
from reputation.governance.models import PolicyState

ROOT = Path(__file__).resolve().parents[2] / "reputation"
_OBJECT = re.compile(r"(api_key|batch|complaint|correction|drift|flag|hold|invitation|membership|model|night|note|platform|policy|rejected_row|"
                     r"scale|second_factor|staff|webhook)\.[a-z]+(_[a-z]+)*")  # fmt: skip
NOT_DEEDS = {"batch.received_at", "complaint.opened"}  # a column, an event


def spelled_out() -> Iterator[str]:
    """Names that stand whole in a module below the pages."""
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] not in ("console", "portal", "public", "config"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _OBJECT.fullmatch(node.value):
                    yield node.value


def test_every_deed_has_a_name() -> None:
    written = set(spelled_out()) - NOT_DEEDS
    assert {"flag.dismissed", "batch.undone", "webhook.added"} <= written  # else this test sees nothing
    made_up = {f"action.{deed.name}" for deed in DEEDS} | {f"policy.{state}" for state in PolicyState.values}
    made_up |= {f"appeal.{what}" for what in ("filed", "withdrawn", "won", "lost")}
    made_up |= {f"objection.{what}" for what in ("filed", "withdrawn", "decided")}
    assert sorted((written | made_up | {"action.acknowledged"}) - set(ACTIONS)) == []


def test_no_two_share_a_name() -> None:
    names = [str(name) for name in ACTIONS.values()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.django_db
def test_the_filter_offers_them_in_chinese_too(admin_client: Client) -> None:
    page = admin_client.get("/console/audit", headers={"accept-language": "zh-hans"}).content.decode()
    assert "处置经申诉撤销" in page
