"""The closing words of a night."""

from __future__ import annotations

from typing import Any

from reputation.nightly.models import Run
from reputation.ratings.models import Pointer, Publication


def night_json(run: Run) -> dict[str, Any]:
    publication = Publication.objects.get(night=run.night)
    return {
        "night": str(run.night),
        "status": run.status,
        "shown": str(Pointer.objects.get(id=1).publication_id),
        "model": publication.model.name,
        "scale": publication.scale_id,
        "closed_through": publication.closed_through,
        "figures": publication.figures,
        "challenger_failed": publication.inputs.get("challenger_failed", ""),
        "governed": run.results.get("governed", {}),
        "seconds": run.timings,
        "peak_mib": run.peak_mib,
    }


def night_lines(run: Run) -> list[str]:
    """The same in a few lines for people."""
    told = night_json(run)
    by = f"model {told['model']}, scale {told['scale']}"
    lines = [f"night {told['night']} is published; shown is {told['shown']}; {by}"]
    if told["challenger_failed"]:
        lines.append(f"  the champion went on, for {told['challenger_failed']}")
    for kind, figures in told["figures"].items():
        states = ", ".join(f"{count} {state}" for state, count in figures["states"].items()) or "none"
        stars = ", ".join(f"{half}: {count}" for half, count in figures["half_stars"].items())
        lines.append(f"  {kind}s: {states}" + (f"; stars {stars}" if stars else ""))
    lines += _governed(told["governed"])
    seconds = ", ".join(f"{stage} {took:.1f}" for stage, took in told["seconds"].items())
    return [*lines, f"  seconds: {seconds}; peak {told['peak_mib']} MiB"]


def _governed(told: dict[str, Any]) -> list[str]:
    if "all" not in told:
        return [f"  not governed: {told['skipped']}"] if told else []
    spells = told["all"]
    left = "".join(f"; {rule} fires for so many that people look first" for rule in told.get("left", ()))
    failed = "".join(f"; shadow {version} failed: {why}" for version, why in told.get("shadows_failed", {}).items())
    return [
        f"  flags: {spells['flagged']} subjects, {spells['new'] + spells['again']} new, {spells['gone']} gone; "
        f"{told['items']} before people; actions: {told['acted']} began, {told['lifted']} ended{left}{failed}"
    ]
