import getpass
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reputation.ratings.models import ChampionTerm
from reputation.ratings.registry import Entry, RegistryError, model_release, model_rollback, models_list, terms


class Command(BaseCommand):
    help = "The models: list them with their verdicts, put an earlier champion back, hand over to the gate again."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        _add_json(commands.add_parser("list", help="every model, its verdict and the nights it was live, newest first"))
        rollback = commands.add_parser("rollback", help="a model rates from the next night on, until it is released")
        rollback.add_argument("name", nargs="?", help="default: the champion before the present one")
        rollback.add_argument("--release", action="store_true", help="the gate decides again from the next night on")
        rollback.add_argument("--note", required=True, help="why; the registry and the console show it")
        rollback.add_argument("--by", default=_user(), help="who decides; default: %(default)s")
        _add_json(rollback)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = getattr(self, f"_{options['command']}")(options)
        except RegistryError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            options["json"].write_text(json.dumps(told, indent=1) + "\n")

    def _list(self, options: dict[str, Any]) -> dict[str, Any]:
        entries = models_list()
        if not entries:
            self.stdout.write("no model yet: the first night trains one")
        for entry in entries:
            self.stdout.write(f"{entry.model.name}{_standing(entry)}")
            for line in _verdict_lines(entry):
                self.stdout.write(f"  {line}")
        return {"models": [_entry_json(entry) for entry in entries], "terms": [_term_json(term) for term in terms()]}

    def _rollback(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["release"] and options["name"]:
            raise CommandError("--release takes no name: it hands the present model over to the gate")
        decided = {"by": options["by"], "note": options["note"]}
        if options["release"]:
            term = model_release(**decided)
            self.stdout.write(f"from {term.since} on the gate decides again; {term.model.name} is what it has to beat")
        else:
            term = model_rollback(name=options["name"], **decided)
            self.stdout.write(f"from {term.since} on {term.model.name} rates; no gate replaces it until --release")
        return _term_json(term)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return ""


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to FILE")


def _standing(entry: Entry) -> str:
    nights = [f"{span.since} to {span.until}" if span.until else f"since {span.since}" for span in entry.spans]
    marks = ["champion"] * entry.champion + ["pinned"] * entry.pinned
    marks.append("live " + ", ".join(nights) if nights else "never live")
    return f"  {', '.join(marks)}"


def _verdict_lines(entry: Entry) -> list[str]:
    lines = []
    for kind, verdict in sorted(entry.model.gate.items(), reverse=True):
        became = "promoted" if verdict["promoted"] else "kept out"
        only = ", base only" if verdict.get("base_only") else ""
        why = "; ".join(reason["text"] for reason in verdict["reasons"])
        lines.append(f"{kind}: {became}{only} ({why}){_losses(verdict.get('figures', {}))}")
    return lines


def _losses(figures: dict[str, Any]) -> str:
    losses = figures.get("log_loss") or {}
    told = ", ".join(f"{who} {losses[who]:.4f}" for who in ("challenger", "champion", "base", "level") if who in losses)
    return f"; log loss {told}" if told else ""


def _entry_json(entry: Entry) -> dict[str, Any]:
    model = entry.model
    live = [{"since": str(span.since), "until": str(span.until) if span.until else None} for span in entry.spans]
    return {
        "name": model.name,
        "night": str(model.night),
        "champion": entry.champion,
        "pinned": entry.pinned,
        "live": live,
        "gate": model.gate,
        "figures": model.figures,
    }


def _term_json(term: ChampionTerm) -> dict[str, Any]:
    return {
        "model": term.model.name,
        "since": str(term.since),
        "reason": term.reason,
        "by": term.decided_by,
        "note": term.note,
        "at": term.created_at.isoformat(),
    }
