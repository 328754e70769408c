"""A policy as something to be edited: its rules as fields of a form, its file as parts that are replaced one by one.

sheet = sheet_of(text)                       # the file, rule by rule, comments and all
fields = rule_form(rule, comments)           # a rule as text fields, whatever a person may type into them
sheet.put(0, written(fields))                # the file with that rule written anew, all else byte for byte
"""

from scoring.policy.form.checking import FormChecked, form_check
from scoring.policy.form.fields import GroupForm, LeafForm, RuleForm, rule_form
from scoring.policy.form.sheet import Sheet, rewritten, sheet_of
from scoring.policy.form.writing import written

__all__ = [
    "FormChecked",
    "GroupForm",
    "LeafForm",
    "RuleForm",
    "Sheet",
    "form_check",
    "rewritten",
    "rule_form",
    "sheet_of",
    "written",
]
