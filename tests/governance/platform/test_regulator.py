"""The half-year report, counted once more by hand."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from reputation.base.time import market_day, now
from reputation.governance.actions.services import (
    action_acknowledge,
    action_automatic,
    action_lift,
    action_propose,
    action_second,
)  # fmt: skip
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.flags import flag_dismiss
from reputation.governance.models import Action, Appeal, Flag, Note
from reputation.governance.reports.periods import Period
from reputation.governance.reports.regulator import report
from reputation.subjects.services import membership_grant
from tests.governance.actions import world

pytestmark = pytest.mark.django_db
TODAY = market_day(now())


@pytest.fixture
def half_year() -> None:
    """Two rules with five flags: one dismissed, one automatic, one by a person, two open. Three actions by hand: one
    agreed to, one refused, one held. Two appeals: one won, one open."""
    ann, bo, cy = world.person("ann"), world.person("bo"), world.person("cy", "decide_appeal")
    world.live("late", "slow")
    for key in ("s1", "s2", "s3", "s4", "s5"):
        world.store(key)
    flags = [world.flag(key, "late" if key < "s4" else "slow", opened_at=now() - timedelta(hours=4))
             for key in ("s1", "s2", "s3", "s4", "s5")]  # fmt: skip
    flag_dismiss(flag=flags[0], by=ann, reason="chance")
    automatic = action_automatic(flag=flags[1])
    assert automatic is not None
    person = action_propose(kind="store", subject_id="s3", wanted=world.wanted(), by=ann, flag=flags[2])
    agreed, refused, _held = (
        action_propose(kind="store", subject_id=key, wanted=world.wanted("ban", days=None), by=ann)
        for key in ("s1", "s2", "s4")
    )
    action_second(action=agreed, by=bo, decision="agree", reason="")
    action_second(action=refused, by=bo, decision="refuse", reason="no")
    action_acknowledge(action_id=agreed.pk, by_key="app")
    for key, action in (("s3", person), ("s1", agreed)):
        owner = User.objects.create_user(f"owner {key}")
        membership_grant(user=owner, kind="store", subject_id=key, role="owner")
        appeal_file(action=action, by=owner, text="It was not us.")
    first = Appeal.objects.get(action=person)
    Appeal.objects.filter(pk=first.pk).update(filed_at=now() - timedelta(days=2))
    appeal_decide(appeal=Appeal.objects.get(pk=first.pk), by=cy, won=True, reason="It was the carrier.")
    action_lift(action=automatic, by=ann, note="mended")
    Note.objects.create(kind="store", subject_id="s1", by=ann, text="a private note", at=now())


@pytest.mark.usefixtures("half_year")
def test_it_counts_what_began_and_how_it_stands() -> None:
    told = report(Period(TODAY, TODAY))
    assert {name: told["flags"][name] for name in ("raised", *Flag.State.values)} == {
        "raised": 5, "open": 2, "decided": 2, "dismissed": 1, "cleared": 0,
    }  # fmt: skip
    assert told["flags"]["hours_to_decide"]["median"] == pytest.approx(4, abs=0.1)
    sanctions = told["sanctions"]
    assert {name: sanctions[name] for name in ("proposed", "imposed", "automatic", "by_two_people")} == {
        "proposed": 5, "imposed": 3, "automatic": 1, "by_two_people": 1,
    }  # fmt: skip
    assert {name: count for name, count in sanctions["outcomes"].items() if count} == {
        "held": 1, "active": 1, "refused": 1, "overturned": 1, "lifted": 1,
    }  # fmt: skip
    assert sanctions["outcomes"]["active"] == Action.objects.filter(state="active").count()
    assert {key: kinds["store"] for key, kinds in sanctions["kinds"].items() if kinds["store"]} == {
        "notice": 1, "listing_ban": 1, "ban": 1,
    }  # fmt: skip
    appeals = told["appeals"]
    assert (appeals["won"], appeals["lost"], appeals["open"]) == (0, 0, 1)  # the other was filed before these days


@pytest.mark.usefixtures("half_year")
def test_appeals_of_longer_days_are_timed_and_told_by_rule() -> None:
    told = report(Period(TODAY - timedelta(days=30), TODAY))
    assert (told["appeals"]["filed"], told["appeals"]["won"]) == (2, 1)
    assert told["appeals"]["days_to_decide"]["mean"] == pytest.approx(2, abs=0.05)
    rules = told["rules"]
    assert set(rules) == {"late", "slow", "by hand"}
    assert rules["late"]["mean_days_to_decide"] == pytest.approx(2, abs=0.05)
    kept = {
        name: rules["late"][name] for name in ("flags", "dismissed", "sanctions", "automatic", "appeals", "overturned")
    }
    assert kept == {"flags": 3, "dismissed": 1, "sanctions": 2, "automatic": 1, "appeals": 1, "overturned": 1}
    assert (rules["slow"]["flags"], rules["slow"]["sanctions"]) == (2, 0)
    assert (rules["by hand"]["sanctions"], rules["by hand"]["appeals"]) == (1, 1)


@pytest.mark.usefixtures("half_year")
def test_days_outside_are_not_counted() -> None:
    before = TODAY - timedelta(days=400)
    told = report(Period(before, before))
    assert (told["flags"]["raised"], told["sanctions"]["proposed"], told["rules"]) == (0, 0, {})
    assert told["appeals"]["days_to_decide"] == {"mean": None, "median": None}


@pytest.mark.usefixtures("half_year")
def test_the_table_says_what_the_document_says(tmp_path: Path) -> None:
    for form in ("csv", "json"):
        call_command(
            "report", "regulator", f"--from={TODAY}", f"--to={TODAY}", out=tmp_path / f"r.{form}", stdout=io.StringIO()
        )
    told = json.loads((tmp_path / "r.json").read_text())
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text("utf-8-sig"))))
    found = {(row["part"], row["of"], row["figure"]): row["value"] for row in rows}
    assert len(found) == len(rows)
    assert found["flags", "", "raised"] == str(told["flags"]["raised"]) == "5"
    assert found["sanctions", "outcomes", "refused"] == "1"
    assert found["sanctions", "kinds ban", "store"] == "1"
    assert found["rules", "late", "dismissed"] == "1"
    assert found["report", "", "from"] == told["from"] == str(TODAY)


@pytest.mark.usefixtures("half_year")
def test_no_person_and_no_note_stands_in_it() -> None:
    text = json.dumps(report(Period(TODAY - timedelta(days=30), TODAY)))
    for word in ("ann", "owner", "private note", "Shop", "carrier"):
        assert word not in text
