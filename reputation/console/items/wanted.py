"""The form of a sanction: proposed on a flag, chosen instead of another one, or imposed by hand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reputation.console.record_labels import DANGERS, GROUNDS
from reputation.governance.actions.services import Wanted
from reputation.governance.models import Action, Flag
from reputation.governance.sanctions import SANCTIONS
from scoring.policy.vocabulary import LONGEST_EXPIRY

_REASON = forms.Textarea(attrs={"rows": 3})


class WantedForm(forms.Form):
    """`request`: made with the page, so the same form sent twice is one action."""

    request = forms.UUIDField(widget=forms.HiddenInput)
    sanction = forms.ChoiceField(label=_("Sanction"))
    days = forms.IntegerField(
        label=_("For how many days"), required=False, min_value=1, max_value=LONGEST_EXPIRY,
        help_text=_("Empty: until it is lifted, where the sanction allows that."),
    )  # fmt: skip
    share = forms.IntegerField(
        label=_("Reach that is left, in %"), required=False, min_value=1, max_value=99,
        help_text=_("For reduced reach alone."),
    )  # fmt: skip
    item_ref = forms.CharField(
        label=_("Item"), required=False, max_length=200, help_text=_("For taking one item off sale alone.")
    )
    reason_en = forms.CharField(
        label=_("Reason in English"), max_length=1000, widget=_REASON,
        help_text=_("The subject and the public read it: name no buyer and no other merchant."),
    )  # fmt: skip
    reason_zh = forms.CharField(label=_("Reason in Chinese"), max_length=1000, widget=_REASON)
    ground = forms.ChoiceField(label=_("Ground"), choices=list(GROUNDS.items()))
    legal_basis = forms.CharField(
        label=_("Law"), required=False, max_length=500, help_text=_("Where the law is the ground: which article.")
    )
    facts = forms.CharField(
        label=_("Facts beside the figures"), required=False, max_length=2000, widget=_REASON,
        help_text=_("What you rely on that no rule has read. The subject reads it too."),
    )  # fmt: skip
    about = forms.MultipleChoiceField(
        label=_("It is about"), required=False, choices=list(DANGERS.items()), widget=forms.CheckboxSelectMultiple
    )  # an appeal does not put these off
    lift_when_cured = forms.BooleanField(label=_("Lift it by itself once the rule no longer holds"), required=False)

    def __init__(self, *args: Any, kind: str, cured: bool = False, **kwargs: Any) -> None:
        """`kind` of the subject; `cured`: there is a rule by which it can be cured."""
        super().__init__(*args, **kwargs)
        fitting = [(key, step.label) for key, step in SANCTIONS.items() if kind in step.scopes]
        self.fields["sanction"].choices = fitting
        if not cured:
            del self.fields["lift_when_cured"]
        if kind != "store":
            del self.fields["item_ref"]

    def facets(self) -> list[tuple[forms.BoundField, str]]:
        """What only some sanctions have, each with those that have it ("" for all): static/items.js hides the others."""
        having = {
            "days": "",
            "share": " ".join(key for key, step in SANCTIONS.items() if step.needs_share),
            "item_ref": " ".join(key for key, step in SANCTIONS.items() if step.needs_item),
        }
        return [(self[name], keys) for name, keys in having.items() if name in self.fields]

    def words(self) -> list[forms.BoundField]:
        return [self[name] for name in ("reason_en", "reason_zh")]

    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in ("ground", "legal_basis", "facts")]

    def more_filled(self) -> bool:
        """Whether there is something in what is folded away, or wrong with it."""
        return any(self[name].errors or self[name].value() for name in ("legal_basis", "facts", "about"))


def wanted_of(given: Mapping[str, Any]) -> Wanted:
    """What a form asks for. What the sanction does not have is left aside, for the form shows every field."""
    step = SANCTIONS[given["sanction"]]
    share = given["share"] / 100 if given["share"] and step.needs_share else None
    return Wanted(
        sanction=given["sanction"], reason={"en": given["reason_en"], "zh-hans": given["reason_zh"]},
        days=given["days"], share=share, item_ref=given.get("item_ref", "") if step.needs_item else "",
        ground=given["ground"], legal_basis=given["legal_basis"] if given["ground"] == Action.Ground.LAW else "",
        facts=_facts(given), lift_when_cured=given.get("lift_when_cured", False),
    )  # fmt: skip


def _facts(given: Mapping[str, Any]) -> dict[str, Any]:
    told = {"text": given["facts"], "about": given["about"]}
    return {name: value for name, value in told.items() if value}


def of_flag(flag: Flag, reason: Mapping[str, str]) -> dict[str, Any]:
    """First values: what the rule proposes, in its own words."""
    return _first(flag.sanction, flag.days, flag.share, reason) | {"lift_when_cured": flag.lift_when_cured}


def of_action(action: Action) -> dict[str, Any]:
    """First values: what stands now."""
    first = _first(action.sanction, action.days, action.share, action.reason)
    more = {"item_ref": action.item_ref, "ground": action.ground, "legal_basis": action.legal_basis}
    return (
        first
        | more
        | {
            "facts": action.facts.get("text", ""),
            "about": action.facts.get("about", []),
            "lift_when_cured": action.lift_when_cured,
        }
    )


def by_hand(kind: str) -> dict[str, Any]:
    """First values where nothing is proposed: the lowest step."""
    step = next(step for step in SANCTIONS.values() if kind in step.scopes)
    return _first(step.key, step.default_days, None, {})


def _first(sanction: str, days: int | None, share: Any, reason: Mapping[str, str]) -> dict[str, Any]:
    return {
        "request": uuid.uuid4(), "sanction": sanction, "days": days, "share": share and round(100 * float(share)),
        "reason_en": reason.get("en", ""), "reason_zh": reason.get("zh-hans", ""), "ground": Action.Ground.TERMS,
    }  # fmt: skip
