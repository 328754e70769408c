"""What the checker of policies says, in the reader's language. Its sentences are templates; here they are asked for."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scoring.policy.document import Problem

SENTENCES = (
    _("a comparison"),
    _("a policy"),
    _("a rule"),
    _("a yardstick"),
    _("stores"),
    _("anchors"),
    _("a list or mapping"),
    _("a condition is no mapping"),
    _("write all:, any: or a comparison with metric:"),
    _("conditions stand under one all: or one any:"),
    _("nest them where both are needed"),
    _("conditions are nested deeper than {most}"),
    _("flatten them"),
    _("{metric} has no {read}"),
    _("read {reads}"),
    _("{metric} is counted of {of}, never of {scope}"),
    _("the rule could never fire: choose another metric"),
    _("{metric} is as of the night"),
    _("leave window out"),
    _("{metric} is read over a window of days"),
    _("give one of {known}"),
    _("the {read} of {metric} has no category to compare with"),
    _("give a number"),
    _("a yardstick is a quantile or the mean of the category"),
    _("write quantile: 0.95, or mean: true"),
    _("mean is a mark"),
    _("write mean: true"),
    _("a quantile lies between 0 and 1"),
    _("write 0.95 for the worst twentieth"),
    _("whoever is like the rest of the category would be meant"),
    _("give times of 1 or more"),
    _("give times above 0 and up to 1"),
    _("{metric} {op} would be met by chance"),
    _("read: {bound}"),
    _("the bare share of {metric} is noise where there is little"),
    _("read: {bound}, or add beside it, under the same all:, a count of at least {least} in that window"),
    _("incidents count when known and orders when placed: a share of one day is distorted by sales days"),
    _("read the share over 7 days or more beside a count of 1 day"),
    _("the conditions can be met in more than {most} ways"),
    _("split the rule"),
    _("the {read} of {metric} cannot be {least} and {most}: rule {rule} could never fire this way"),
    _("the {read} of {metric} over {window} days cannot be {least} and {most}: rule {rule} could never fire this way"),
    _("change one of the bounds, or leave the branch out"),
    _("the file is empty"),
    _("write a policy; policies/default.yaml is one"),
    _("the file is larger than {most} KiB"),
    _("split it or drop rules"),
    _("the file is not UTF-8"),
    _("save it as UTF-8"),
    _("anchors (&) and aliases (*) are not read"),
    _("write the value out"),
    _("the tag {tag} is not read"),
    _("leave it out"),
    _("nested deeper than {most}"),
    _("flatten the conditions"),
    _("a sign of comparison stands without quotes"),
    _('write op: ">="'),
    _("no YAML: {what}"),
    _("mend the line or the one before it"),
    _("a key is no plain word"),
    _("write key: value"),
    _("{name} stands twice"),
    _("keep one of them; the first is on line {first}"),
    _("the id {rule} stands twice"),
    _("rename one; the first is on line {first}"),
    _("another rule has this id"),
    _("choose one that no rule has"),
    _("{action} does not fit a {scope}"),
    _("choose one of {known}"),
    _("{action} is not low and reversible, so a person decides"),
    _("automatic: false, or {known}"),
    _("a grave rule counts fewer than 5 buyers, so a person looks"),
    _("automatic: false, or grave: false"),
    _("a throttle needs its share"),
    _("say what is left of the reach, for example share: 0.5"),
    _("only a throttle has a share"),
    _("leave share out"),
    _("share is what is left of the reach"),
    _("give a number between 0 and 1"),
    _("{action} has to end"),
    _("say after how many days: expires: 7"),
    _("expires is no number of days"),
    _("give a whole number from 1 to {most}"),
    _("{what} is no mapping"),
    _("write its fields: {known}"),
    _("{what} has no {name}"),
    _("{what} {name} is unknown"),
    _("did you mean {meant}?"),
    _("known are {known}"),
    _("{what} lacks {name}"),
    _("add {name}:"),
    _("{what} is no list, or an empty one"),
    _("write its parts, each after a dash"),
    _("{what} has more than {most} parts"),
    _("leave some out"),
    _("{what} is no plain name"),
    _("use small letters, digits and _, at most 60, a letter first"),
    _("{what} says nothing"),
    _("write it for those whom it concerns"),
    _("{what} has more than {most} characters"),
    _("make it shorter"),
    _("{what} is neither true nor false"),
    _("write true or false"),
    _("{what} is no number"),
    _("write a number instead of {value}"),
)
_WORDS = frozenset(("a comparison", "a policy", "a rule", "a yardstick", "stores", "anchors", "a list or mapping"))


class Told(NamedTuple):
    line: int
    text: str
    mend: str
    note: bool


def told(problem: Problem) -> Told:
    """A problem in the language of the moment."""
    values = {name: gettext(value) if value in _WORDS else value for name, value in problem.values}
    said, remedy = (gettext(template).format(**values) for template in (problem.said, problem.remedy))
    return Told(problem.line, said, remedy, problem.note)
