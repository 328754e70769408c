import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from reputation.base.time import market_day, now
from reputation.governance.models import PolicyVersion
from reputation.governance.selectors import policy_live, policy_of
from reputation.governance.services import PolicyError, policies_settle, policy_activate
from reputation.governance.trials import trial_run
from reputation.governance.trying import TrialError, night_prepare, nights_known, policy_backtest
from scoring.policy import MOST_BYTES, Checked, policy_read
from scoring.policy.report import text


class Command(BaseCommand):
    help = "The rules by which subjects are flagged: check a file, try it on past nights, announce it, list versions."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        _add(commands.add_parser("check", help="every mistake of a file with its line, and how to mend it"))
        backtest = commands.add_parser("backtest", help="whom it would have flagged on published nights, and rightly?")
        _add(backtest)
        backtest.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE", help="first night")
        backtest.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DATE", help="last night")
        activate = commands.add_parser("activate", help="check, save and announce; it counts 7 or 15 days later")
        _add(activate)
        activate.add_argument("--note", default="", help="why; kept with the version")
        activate.add_argument("--by", default="", help="who decides; default: the account that runs this")
        _add(commands.add_parser("list", help="all versions, newest first"), file=False)
        _add(commands.add_parser("prepare", help="sum up the latest night for the console's previews"), file=False)
        trial = commands.add_parser("trial", help="work out a backtest that the console was asked for")
        _add(trial, file=False)
        trial.add_argument("number", type=int, metavar="NUMBER")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = getattr(self, f"_{options['command']}")(options)
        except (PolicyError, TrialError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            options["json"].write_text(json.dumps(told, indent=1, default=str, ensure_ascii=False) + "\n", "utf-8")
        if told.get("refused"):
            raise CommandError(f"{options['file']} is refused: {len(told['refused'])} to mend")

    def _check(self, options: dict[str, Any]) -> dict[str, Any]:
        checked = self._checked(options["file"])
        if checked.policy:
            self.stdout.write(f"{checked.policy.name}: {len(checked.policy.rules)} rules, nothing to mend")
        return {"refused": [problem.as_json() for problem in checked.refused],
                "notes": [problem.as_json() for problem in checked.notes]}  # fmt: skip

    def _checked(self, path: Path) -> Checked:
        checked = policy_read(_read(path))
        for problem in checked.problems:
            self.stdout.write(f"{path}:{problem.line}: {'note: ' * problem.note}{problem.text}; {problem.mend}")
        return checked

    def _backtest(self, options: dict[str, Any]) -> dict[str, Any]:
        checked = self._checked(options["file"])
        if checked.policy is None:
            return {"refused": [problem.as_json() for problem in checked.refused]}
        in_force = policy_live(market_day(now()))
        nights = nights_known(options["first"], options["last"])
        with tqdm(total=len(nights), desc="backtest", unit="night", leave=False, disable=None) as bar:
            live = policy_of(in_force) if in_force else None
            report = policy_backtest(
                checked.policy, live, options["first"], options["last"], lambda night: _show(bar, night)
            )
        self.stdout.write(text(report))
        return report

    def _activate(self, options: dict[str, Any]) -> dict[str, Any]:
        if self._checked(options["file"]).policy is None:
            return {"refused": [problem.as_json() for problem in policy_read(_read(options["file"])).refused]}
        today = market_day(now())
        content = _read(options["file"])
        policy = policy_activate(content=content, today=today, by=options["by"], note=options["note"])
        self.stdout.write(f"{policy} is {policy.state}; it counts from {policy.live_from}{_why(policy.notice)}")
        return _told(policy)

    def _prepare(self, options: dict[str, Any]) -> dict[str, Any]:
        made = night_prepare()
        self.stdout.write("the latest night is summed up" if made else "nothing to do")
        return {"made": made}

    def _trial(self, options: dict[str, Any]) -> dict[str, Any]:
        trial = trial_run(options["number"])
        self.stdout.write(f"{trial}{': ' * bool(trial.error)}{trial.error}")
        return {"state": trial.state, "error": trial.error}

    def _list(self, options: dict[str, Any]) -> dict[str, Any]:
        policies_settle(today=market_day(now()))
        policies = list(PolicyVersion.objects.order_by("-version").prefetch_related("moves"))
        if not policies:
            self.stdout.write("no policy yet: policy activate policies/default.yaml announces the one that ships")
        for policy in policies:
            self.stdout.write(f"{policy}: {policy.state}{_dates(policy)}")
            for move in policy.moves.all():
                self.stdout.write(f"  {move.on} {move.state} by {move.by}{': ' * bool(move.note)}{move.note}")
        return {"policies": [_told(policy) for policy in policies]}


def _add(parser: ArgumentParser, *, file: bool = True) -> None:
    if file:
        parser.add_argument("file", type=Path, metavar="FILE", help="a policy; policies/default.yaml is one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to FILE")


def _read(path: Path) -> bytes:
    """No more than a policy may hold and a little: what is larger is refused by its size."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _show(bar: "tqdm[Any]", night: str) -> None:
    bar.set_postfix_str(night, refresh=False)
    bar.update()


def _dates(policy: PolicyVersion) -> str:
    since = f", counts from {policy.live_from}" if policy.live_from else ""
    return since + (f", until {policy.retired_on}" if policy.retired_on else "")


def _why(notice: dict[str, Any]) -> str:
    measured = notice.get("measured")
    if not measured:
        return f" ({notice.get('days')} days' notice: no night to measure whom it touches)"
    major = f", {len(measured['major'])} rules that may end a business" if measured["major"] else ""
    return f" ({notice['days']} days' notice: {measured['touched']} of {measured['selling']} subjects touched{major})"


def _told(policy: PolicyVersion) -> dict[str, Any]:
    return {
        "version": policy.version, "name": policy.name, "state": policy.state, "live_from": policy.live_from,
        "retired_on": policy.retired_on, "notice": policy.notice, "digest": policy.digest,
        "moves": list(policy.moves.values("state", "on", "by", "note")),
    }  # fmt: skip
