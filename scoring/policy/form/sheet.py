"""A policy file in parts: what stands before the rules, every rule with the comments above it, and what stands after.

A part is replaced without touching the others, so what people wrote beside their numbers stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import yaml  # type: ignore[import-untyped]

from scoring.policy.document import LOADER, UnreadableError, document
from scoring.policy.form.comments import comments
from scoring.policy.form.fields import RuleForm, rule_form
from scoring.policy.form.writing import comment, quoted, scalar, written
from scoring.policy.parse import policy_read
from scoring.policy.rules import Policy, Rule
from scoring.policy.vocabulary import LANGUAGES

INDENT = 2


@dataclass(frozen=True)
class Sheet:
    """`rules`: text of each with its line breaks; put together with head and tail they are the file."""

    head: str
    rules: tuple[str, ...]
    tail: str = ""
    indent: int = INDENT

    @property
    def text(self) -> str:
        return self.head + "".join(self.rules) + self.tail

    def put(self, at: int, rule: str) -> Sheet:
        """One rule replaced, or added at the end (`at` is their number). An empty line before it stays."""
        apart = at > 0 if at == len(self.rules) else self.rules[at].startswith("\n")
        rule = f"\n{rule}" if apart and not rule.startswith("\n") else rule
        return replace(self, rules=(*self.rules[:at], rule, *self.rules[at + 1 :]))

    def without(self, at: int) -> Sheet:
        """Raises IndexError."""
        if not 0 <= at < len(self.rules):
            raise IndexError(at)
        return replace(self, rules=(*self.rules[:at], *self.rules[at + 1 :]))

    def moved(self, at: int, by: int) -> Sheet:
        """One rule further up or down, as far as there is room. Raises IndexError."""
        if not 0 <= at < len(self.rules):
            raise IndexError(at)
        rules = list(self.rules)
        rules.insert(max(at + by, 0), rules.pop(at))
        return replace(self, rules=tuple(rules))

    def headed(self, name: str, about: Mapping[str, str]) -> Sheet:
        """With another name and purpose; the comments at the top of the file stay."""
        return replace(self, head=head_written(name, about, _opening(self.head)))


def sheet_of(text: str) -> Sheet:
    """The parts of a policy that can be read, or one without any rule yet.

    Where the rules do not stand one below the other with a dash each, the file is written anew: it says the same, and
    its comments are lost. Raises ValueError for a text that is refused.
    """
    policy = policy_read(text).policy
    if policy is None:
        return _without_rules(text)
    cut = _cut(text)
    return cut if cut and policy_read(cut.text).policy == policy else rewritten(policy)


def _without_rules(text: str) -> Sheet:
    """Of a policy that lacks nothing but its rules. Raises ValueError for any other."""
    try:
        root = document(text)
    except UnreadableError as error:
        raise ValueError(str(error)) from error
    line = (root.lines or {}).get("rules")
    if line is None or root.value["rules"].value is not None:
        raise ValueError("the policy is refused")
    lines = text.splitlines(keepends=True)
    return Sheet("".join(lines[:line]), (), "".join(lines[line:]))


def rewritten(policy: Policy) -> Sheet:
    """The policy as this program writes it."""
    rules = tuple(f"{'' if at == 0 else chr(10)}{written(rule_form(rule))}" for at, rule in enumerate(policy.rules))
    return Sheet(head_written(policy.name, policy.about), rules)


def head_written(name: str, about: Mapping[str, str], opening: str = "") -> str:
    texts = "".join(f"  {one}: {quoted(about.get(one, ''))}\n" for one in LANGUAGES)
    return f"{opening}policy: {scalar(name)}\nabout:\n{texts}\nrules:\n"


def head_of(head: str) -> tuple[str, dict[str, str]]:
    """Name and purpose that a head tells; empty where it does not tell them."""
    try:
        root = document(head)
    except UnreadableError:
        return "", {}
    fields = root.value if isinstance(root.value, dict) else {}
    about = fields["about"].value if "about" in fields else None
    texts = {one: str(about[one].value or "") for one in LANGUAGES if one in about} if isinstance(about, dict) else {}
    return str(fields["policy"].value or "") if "policy" in fields else "", texts


def forms(text: str, rules: Iterable[Rule]) -> list[RuleForm]:
    """Every rule of a file as fields, with the comments that stand above and beside it."""
    sheet, said = sheet_of(text), comments(text)
    if sheet.text != text:
        return [rule_form(rule) for rule in rules]
    return [rule_form(rule, *said.of(rule, part)) for rule, part in zip(rules, sheet.rules, strict=True)]


def _opening(head: str) -> str:
    """The comments and empty lines that a file begins with."""
    lines = head.splitlines(keepends=True)
    kept = 0
    while kept < len(lines) and (not lines[kept].strip() or lines[kept].lstrip().startswith("#")):
        kept += 1
    return "".join(f"# {comment(line.lstrip(' #'))}\n" if line.strip() else "\n" for line in lines[:kept])


def _cut(text: str) -> Sheet | None:
    """None where the rules cannot be told apart by lines."""
    listed = _rules_node(text)
    if listed is None or listed.flow_style or re.search(r"[\x85\u2028\u2029]|\r(?!\n)", text):
        return None
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    starts = [rule.start_mark.line for rule in listed.value]
    indents = {len(found[1]) for at in starts if (found := re.match(r"( *)- \S", lines[at]))}
    if len(indents) != 1 or len(set(starts)) < len(starts) or starts[0] <= listed_at(lines, starts[0]):
        return None
    cuts = [_above(lines, at) for at in starts]
    cuts[0] = max(cuts[0], listed_at(lines, starts[0]) + 1)
    end = _last_line(listed.value[-1]) + 1
    parts = tuple("".join(lines[a:b]) for a, b in zip(cuts, [*cuts[1:], end], strict=True))
    return Sheet("".join(lines[: cuts[0]]), parts, "".join(lines[end:]), indents.pop())


def _rules_node(text: str) -> yaml.SequenceNode | None:
    root = yaml.compose(text, Loader=LOADER)
    named = {str(key.value): value for key, value in root.value}
    found = named["rules"]
    return found if isinstance(found, yaml.SequenceNode) else None


def listed_at(lines: list[str], before: int) -> int:
    """The last line before the first rule that is neither comment nor empty: `rules:`, where it stands alone."""
    at = before - 1
    while at >= 0 and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at -= 1
    return at if at >= 0 and lines[at].startswith("rules:") else before


def _above(lines: list[str], at: int) -> int:
    """Where the comments and empty lines above a line begin."""
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    return at


def _last_line(node: yaml.Node) -> int:
    """The last line that a rule's own words stand on."""
    if isinstance(node, yaml.ScalarNode):
        end = node.end_mark
        return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)
    if node.flow_style:
        return int(node.end_mark.line)
    children = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    return max(_last_line(child) for child in children)
