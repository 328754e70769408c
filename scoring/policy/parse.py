"""A policy file -> the policy, or every problem it has with its line and mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scoring.policy.conditions import condition
from scoring.policy.contradictions import dead_branches
from scoring.policy.document import Node, Problem, UnreadableError, document
from scoring.policy.rules import Group, Policy, Rule
from scoring.policy.vocabulary import ACTIONS, BOTH, LANGUAGES, LONGEST_EXPIRY, SEVERITIES
from scoring.policy.wants import Wants

MOST_RULES = 200
MOST_REASON = 2000  # characters, as a statement of reasons holds
_POLICY = {"policy", "about", "rules"}
_RULE = {
    "id",
    "scope",
    "severity",
    "when",
    "action",
    "share",
    "automatic",
    "expires",
    "grave",
    "lift_when_cured",
    "reason",
}


@dataclass(frozen=True)
class Checked:
    """`policy` is None where a problem is more than a note."""

    policy: Policy | None
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.note)

    @property
    def notes(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.note)


def policy_read(content: str | bytes) -> Checked:
    """Read and check a policy file. Never raises for what a file may hold; problems come in order of their lines."""
    try:
        root = document(content)
    except UnreadableError as error:
        return Checked(None, (error.problem,))
    want = Wants()
    policy = _policy(root, want)
    problems = tuple(sorted(want.problems, key=lambda problem: problem.line))
    refused = any(not problem.note for problem in problems)
    return Checked(None if refused else policy, problems)


def _policy(root: Node, want: Wants) -> Policy | None:
    fields = want.fields(root, _POLICY, {"policy", "about", "rules"}, "a policy")
    name = want.word(fields.get("policy"), "policy")
    about = _texts(fields.get("about"), "about", want)
    listed = want.listed(fields.get("rules"), "rules", MOST_RULES)
    rules = [_rule(node, want) for node in listed]
    _unique(rules, want)
    whole = [rule for rule in rules if rule]
    return Policy(name, about, tuple(whole)) if name and len(whole) == len(listed) else None


def _unique(rules: Iterable[Rule | None], want: Wants) -> None:
    seen: dict[str, int] = {}
    for rule in rules:
        if rule and rule.id in seen:
            want.refuse(
                rule.line,
                "the id {rule} stands twice",
                "rename one; the first is on line {first}",
                rule=rule.id,
                first=seen[rule.id],
            )
        elif rule:
            seen[rule.id] = rule.line


def _rule(node: Node, want: Wants) -> Rule | None:
    before = len(want.problems)
    needed = {"id", "scope", "severity", "when", "action", "reason"}
    fields = want.fields(node, _RULE, needed, "a rule")
    rule_id = want.word(fields.get("id"), "id")
    scope = want.one_of(fields.get("scope"), BOTH, "scope")
    severity = want.one_of(fields.get("severity"), SEVERITIES, "severity")
    action = want.one_of(fields.get("action"), tuple(ACTIONS), "action")
    automatic, grave, cured = (want.flag(fields.get(name), name) for name in ("automatic", "grave", "lift_when_cured"))
    when = condition(fields.get("when"), scope, want)
    reason = _texts(fields.get("reason"), "reason", want)
    share = _share(fields.get("share"), action, node.line, want)
    expires = _expires(fields.get("expires"), action, node.line, want)
    if not (rule_id and scope and severity and action and isinstance(when, Group)):
        return None
    rule = Rule(rule_id, scope, severity, when, action, automatic, expires, grave, reason, share, cured, node.line)  # type: ignore[arg-type]
    _consistent(rule, fields, want)
    if not any(not problem.note for problem in want.problems[before:]):
        want.problems.extend(dead_branches(rule))
    return rule


def _consistent(rule: Rule, fields: dict[str, Node], want: Wants) -> None:
    action = ACTIONS[rule.action]
    if rule.scope not in action.scopes:
        fitting = ", ".join(key for key, known in ACTIONS.items() if rule.scope in known.scopes)
        said, values = "{action} does not fit a {scope}", {"action": rule.action, "scope": rule.scope, "known": fitting}
        want.refuse(fields["action"].line, said, "choose one of {known}", **values)
    line = fields["automatic"].line if "automatic" in fields else rule.line
    if rule.automatic and not action.automatic_allowed:
        low = ", ".join(key for key, known in ACTIONS.items() if known.automatic_allowed)
        said = "{action} is not low and reversible, so a person decides"
        want.refuse(line, said, "automatic: false, or {known}", action=rule.action, known=low)
    if rule.automatic and rule.grave:
        want.refuse(
            line, "a grave rule counts fewer than 5 buyers, so a person looks", "automatic: false, or grave: false"
        )


def _texts(node: Node | None, name: str, want: Wants) -> dict[str, str]:
    """A text per language, all of them there."""
    if node is None:
        return {}
    fields = want.fields(node, set(LANGUAGES), set(LANGUAGES), name)
    texts = {language: want.text(value, f"{name}.{language}", MOST_REASON) for language, value in fields.items()}
    return {language: text for language, text in texts.items() if text}


def _share(node: Node | None, action: str | None, line: int, want: Wants) -> float | None:
    if action == "throttle" and node is None:
        want.refuse(line, "a throttle needs its share", "say what is left of the reach, for example share: 0.5")
    if node is None:
        return None
    if action != "throttle":
        want.refuse(node.line, "only a throttle has a share", "leave share out")
    share = want.number(node, "share")
    if share is not None and not 0 < share < 1:
        want.refuse(node.line, "share is what is left of the reach", "give a number between 0 and 1")
    return share


def _expires(node: Node | None, action: str | None, line: int, want: Wants) -> int | None:
    if node is None or node.value == "never":
        if action and not ACTIONS[action].may_be_endless:
            want.refuse(
                node.line if node else line, "{action} has to end", "say after how many days: expires: 7", action=action
            )
        return None
    days = node.value
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_EXPIRY:
        remedy = "give a whole number from 1 to {most}"
        want.refuse(node.line, "expires is no number of days", remedy, most=LONGEST_EXPIRY)
        return None
    return days
