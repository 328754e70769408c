"""One editing of a policy: the file as it stands in the page, and what a button did to it. Nothing is kept on the server
until it is saved, so nobody's half-written rules are seen by others, and the browser's own way back undoes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from reputation.console.policies.posted import blank, pressed, rule_posted
from reputation.console.policies.problems import Told, told
from scoring.policy import Policy, policy_read
from scoring.policy.differences import differences as compared
from scoring.policy.document import UnreadableError
from scoring.policy.form import FormChecked, RuleForm, Sheet, form_check, sheet_of, written
from scoring.policy.form.checking import tidied
from scoring.policy.form.sheet import forms

EMPTY = 'policy: new_policy\nabout:\n  en: ""\n  zh-hans: ""\n\nrules:\n'


class UneditableError(ValueError):
    """The text is no policy that a form could show; edit it as a file."""


@dataclass(frozen=True)
class Desk:
    """`text`: the file; `policy`: what it says, None while it has no rules or no purpose yet; `sheet`: it in parts."""

    text: str
    sheet: Sheet
    policy: Policy | None
    problems: tuple[Told, ...]

    @property
    def ids(self) -> list[str]:
        return [rule.id for rule in self.policy.rules] if self.policy else []

    def place_of(self, rule_id: str) -> int | None:
        return self.ids.index(rule_id) if rule_id in self.ids else None

    def form_of(self, place: int) -> RuleForm:
        """Raises IndexError."""
        rules = self.policy.rules if self.policy else ()
        return forms(self.text, rules)[place]

    def with_rule(self, place: int, form: RuleForm) -> Desk:
        return self._anew(self.sheet.put(place, written(form, self.sheet.indent)))

    def without(self, place: int) -> Desk:
        return self._anew(self.sheet.without(place))

    def moved(self, place: int, by: int) -> Desk:
        return self._anew(self.sheet.moved(place, by))

    def headed(self, name: str, about: Mapping[str, str]) -> Desk:
        return self._anew(self.sheet.headed(name, about))

    def _anew(self, sheet: Sheet) -> Desk:
        return desk(sheet.text)


def desk(text: str) -> Desk:
    """Raises UneditableError where no rule could be told from another."""
    text = text.replace("\r\n", "\n")
    checked = policy_read(text)
    try:
        sheet = sheet_of(text)
    except (ValueError, UnreadableError) as error:
        raise UneditableError(str(error)) from error
    return Desk(sheet.text, sheet, checked.policy, tuple(told(problem) for problem in checked.problems))


@dataclass(frozen=True)
class OpenRule:
    """A rule in the form. `place`: its position, or their number for a new one; `problems`: by field."""

    place: int
    form: RuleForm
    checked: FormChecked

    @property
    def problems(self) -> dict[str, list[Told]]:
        return {field: [told(problem) for problem in found] for field, found in self.checked.problems.items()}


def rule_opened(desk: Desk, place: int, scope: str = "store") -> OpenRule:
    """Raises IndexError."""
    form = blank(scope) if place == len(desk.sheet.rules) else desk.form_of(place)
    return _checked(desk, place, form)


def rule_sent(desk: Desk, place: int, post: QueryDict, deed: str) -> OpenRule:
    """What the form holds after one of its own buttons. Raises NoSuchPart."""
    form = rule_posted(post)
    if deed.partition(":")[0] in ("add", "group", "remove", "use"):
        form = pressed(form, deed)
    return _checked(desk, place, tidied(form))


def _checked(desk: Desk, place: int, form: RuleForm) -> OpenRule:
    others = {rule_id for at, rule_id in enumerate(desk.ids) if at != place}
    return OpenRule(place, form, form_check(form, others))


def differences(old: Policy | None, new: Policy) -> dict[str, list[str]]:
    """Ids of rules that are new, changed and gone from one policy to another."""
    found = compared(old, new)
    return {name: [rule.id for rule in getattr(found, name)] for name in ("added", "changed", "gone")}
