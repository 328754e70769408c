"""A night that is killed at any stage goes on at the next start and publishes what it would have published anyway."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from django.test import Client

from reputation.evidence.models import DirtyUnit
from reputation.nightly.models import DayFile, Run, Tally
from reputation.nightly.replay import night_replay
from reputation.nightly.stages import STAGES
from reputation.ratings.models import ChampionTerm, Pointer, Publication, Rating, Scale, StarModelRecord
from tests.nightly import processes
from tests.nightly.market import LAST, close, ingest, market

pytestmark = pytest.mark.django_db(transaction=True)

# Stage -> a table that it needs and the stage before it does not, late enough that it has done most of its work. The
# last stage that was begun is begun again; a child process is killed while it runs.
STANDSTILLS = {"screen": "evidence_complaint", "roll": "nightly_dayfile", "train": None, "gate": None, "score": None,
               "publish": "ratings_pointer"}  # fmt: skip


def ratings() -> list[dict[str, Any]]:
    fields = [field.name for field in Rating._meta.fields if field.name != "id"]
    return list(Rating.objects.order_by("kind", "subject_id").values(*fields))


def forget_all_nights() -> None:
    units = list(Tally.objects.values_list("unit", flat=True))
    Pointer.objects.all().delete()
    for model in (Publication, Rating, ChampionTerm, StarModelRecord, Scale, Run, Tally, DayFile):
        model.objects.all().delete()
    DirtyUnit.objects.bulk_create(DirtyUnit(unit=unit) for unit in units)


def kill_in(stage: str, waiting: bool) -> None:
    night = processes.start("nightly", "--as-of", str(LAST))

    def busy() -> bool:
        return processes.waiting_for_lock() if waiting else bool(processes.children(night.pid))

    processes.until(lambda: processes.in_stage(LAST, stage)() and busy(), night)
    processes.kill(night)


def test_killed_at_every_stage_it_ends_like_an_undisturbed_night() -> None:
    ingest(market(orders=250, days=8))
    close(LAST)
    for stage, table in STANDSTILLS.items():
        with processes.locked(table) if table else contextlib.nullcontext():
            kill_in(stage, waiting=bool(table))
        assert not Publication.objects.exists()
        assert not Pointer.objects.filter(publication__isnull=False).exists()
        assert Client().get("/readyz").json()["night"] == "failed"
    ended = processes.run("nightly", "--as-of", str(LAST))
    assert ended.returncode == 0, ended.stderr
    killed, row = ratings(), Run.objects.get(night=LAST)
    assert row.status == Run.Status.PUBLISHED
    assert set(row.timings) == set(STAGES)
    assert Client().get("/readyz").json()["night"] == "published"

    forget_all_nights()
    assert processes.run("nightly", "--as-of", str(LAST)).returncode == 0
    assert killed == ratings()
    assert any(rating["stars"] is not None for rating in killed)


def training_killed() -> tuple[int, str]:
    """A night whose training is killed as an operator, or the machine when memory runs out, would."""
    night = processes.start("nightly", "--as-of", str(LAST))
    processes.until(lambda: processes.in_stage(LAST, "train")() and bool(processes.children(night.pid)), night)
    [child] = processes.children(night.pid)
    processes.os.kill(child, processes.signal.SIGKILL)
    out, err = night.communicate(timeout=60)
    return night.returncode, out + err


def test_without_a_champion_a_training_that_is_killed_fails_the_night() -> None:
    ingest(market(orders=60, days=3))
    code, said = training_killed()
    assert code == 1
    assert "train was killed by signal 9" in said
    told = Client().get("/readyz")
    assert (told.status_code, told.json()["night"], told.json()["stage"]) == (200, "failed", "train")
    assert "killed by signal 9" in told.json()["reason"]
    assert not Rating.objects.exists()


def test_where_a_champion_stands_it_goes_on_without_the_training_that_was_killed() -> None:
    ingest(market(orders=60, days=3))
    before = LAST.replace(day=30)
    assert processes.run("nightly", "--as-of", str(before)).returncode == 0
    code, said = training_killed()
    assert (code, Client().get("/readyz").json()["night"]) == (0, "published")
    assert "the champion went on, for train was killed by signal 9" in said
    [old, new] = Publication.objects.order_by("night")
    assert (new.night, new.model) == (LAST, old.model)
    assert "killed by signal 9" in Run.objects.get(night=LAST).results["challenger_failed"]
    assert new.inputs["levels"] == old.inputs["levels"]
    assert Rating.objects.filter(night=LAST).exists()
    assert StarModelRecord.objects.count() == ChampionTerm.objects.count() == 1
    assert night_replay(night=LAST).differences == []


def test_the_training_dies_with_its_night() -> None:
    ingest(market(orders=60, days=3))
    night = processes.start("nightly", "--as-of", str(LAST))
    processes.until(lambda: processes.in_stage(LAST, "train")() and bool(processes.children(night.pid)), night)
    [child] = processes.children(night.pid)
    processes.kill(night)
    processes.until(lambda: not processes.alive(child))


def test_of_two_nights_at_once_one_publishes() -> None:
    ingest(market(orders=60, days=3))
    nights = [processes.start("nightly", "--as-of", str(LAST)) for _ in range(2)]
    for night in nights:
        night.communicate(timeout=120)
    assert sorted(night.returncode for night in nights) in ([0, 75], [0, 0])
    assert Publication.objects.count() == 1
    assert Pointer.objects.get().counter == 1
