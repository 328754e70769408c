"""What is to be done, checked, and made into an action that nobody has been told of yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reputation.governance.models import Action, Flag, Reach, Tier
from reputation.governance.sanctions import SANCTIONS, Sanction
from reputation.ratings.models import Rating
from reputation.subjects.services import MODELS
from scoring.policy.parse import MOST_REASON
from scoring.policy.vocabulary import LANGUAGES, LONGEST_EXPIRY

_LEAST = Decimal("0.01")  # of a share: what two decimals can say


@dataclass(frozen=True)
class Wanted:
    """What to do. `days` None: until it is lifted; `share`: what a throttle leaves of the reach, above 0 and below 1;
    `reason` by language; `facts`: {"readings": [...], "text": ...}, what is relied on beside the flag's own readings."""

    sanction: str
    reason: Mapping[str, str]
    days: int | None = None
    share: Decimal | float | None = None
    item_ref: str = ""
    ground: str = Action.Ground.TERMS
    legal_basis: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    lift_when_cured: bool = False


def wanted_of_flag(flag: Flag, reason: Mapping[str, str]) -> Wanted:
    """What the flag's rule proposes."""
    return Wanted(flag.sanction, reason, flag.days, flag.share, lift_when_cured=flag.lift_when_cured)


def wanted_check(wanted: Wanted, kind: str) -> Sanction:
    """The sanction that is wanted. Raises ValidationError with everything that stands against it."""
    step = SANCTIONS.get(wanted.sanction)
    if step is None:
        raise ValidationError(_("There is no such measure."))
    wrong = [text for text in (*_scope(step, wanted, kind), *_length(step, wanted), *_words(wanted)) if text]
    if wrong:
        raise ValidationError(wrong)
    return step


def _scope(step: Sanction, wanted: Wanted, kind: str) -> list[str]:
    known, share = kind in step.scopes, wanted.share
    return [
        "" if known else _("“%(label)s” does not fit this kind of account.") % {"label": step.label},
        _("Say how much of the reach is left: more than 0, less than 1.")
        if step.needs_share and not (share is not None and 0 < share < 1)
        else "",
        _("Only reduced reach has a share.") if share is not None and not step.needs_share else "",
        _("Name the item.") if step.needs_item and not wanted.item_ref.strip() else "",
        _("Only a measure about one item names an item.") if wanted.item_ref and not step.needs_item else "",
    ]


def _length(step: Sanction, wanted: Wanted) -> list[str]:
    if wanted.days is None:
        return [] if step.may_be_endless else [_("Say for how many days: this measure must end.")]
    if not 1 <= wanted.days <= LONGEST_EXPIRY:
        return [_("A measure lasts 1 to %(most)s days.") % {"most": LONGEST_EXPIRY}]
    return []


def _words(wanted: Wanted) -> list[str]:
    texts = [wanted.reason.get(language, "").strip() for language in LANGUAGES]
    law = wanted.ground == Action.Ground.LAW
    return [
        "" if all(texts) else _("Give the reason in English and in Chinese: the subject is told it."),
        _("A reason has at most %(most)s characters.") % {"most": MOST_REASON}
        if any(len(text) > MOST_REASON for text in texts)
        else "",
        "" if wanted.ground in Action.Ground.values else _("The ground is the platform's rules, or the law."),
        _("Name the law that was broken.") if law and not wanted.legal_basis.strip() else "",
    ]


def draft(kind: str, subject_id: str, wanted: Wanted, flag: Flag | None, replaces: Action | None) -> Action:
    """An unsaved action with all that is known without who decides it and when."""
    if replaces is not None and (replaces.kind, replaces.subject_id) != (kind, subject_id):
        raise ValueError(f"{replaces} is another subject's")
    wanted_check(wanted, kind)
    name, category = subject_known(kind, subject_id, flag or replaces)
    tier, orders = _reach(kind, subject_id, flag)
    ground = flag or replaces
    origin = flag or (replaces.flag if replaces else None)
    share = None if wanted.share is None else min(max(round(Decimal(str(wanted.share)), 2), _LEAST), 1 - _LEAST)
    return Action(
        kind=kind, subject_id=subject_id, name=name, category=category,
        tier=tier, orders=orders,
        sanction=wanted.sanction, share=share, item_ref=wanted.item_ref.strip(), days=wanted.days,
        flag=origin, replaces=replaces,
        policy=ground.policy if ground else None, rule=ground.rule if ground else "",
        ground=wanted.ground, legal_basis=wanted.legal_basis.strip(),
        reason={language: wanted.reason[language].strip() for language in LANGUAGES},
        facts=_facts(wanted, flag, replaces), lift_when_cured=wanted.lift_when_cured and origin is not None,
    )  # fmt: skip


def _reach(kind: str, subject_id: str, flag: Flag | None) -> tuple[str, int]:
    """Tier and orders of the latest governed night."""
    if reach := Reach.objects.filter(kind=kind, subject_id=subject_id).first():
        return reach.tier, reach.orders
    return (flag.tier, flag.orders) if flag else (Tier.TAIL, 0)


def _facts(wanted: Wanted, flag: Flag | None, replaces: Action | None) -> dict[str, Any]:
    relied = {"readings": flag.readings} if flag else {}
    return (replaces.facts if replaces else {}) | relied | dict(wanted.facts)


def subject_known(kind: str, subject_id: str, before: Flag | Action | None = None) -> tuple[str, str]:
    """Name and category; of what was written `before` about it as they stand there. Evidence may tell of a subject before
    it tells its name. Raises ValidationError for one of which nothing was ever heard."""
    if before is not None:
        return before.name, before.category
    model = MODELS.get(kind) if "\0" not in subject_id else None
    told = model._default_manager.filter(pk=subject_id).first() if model else None
    ratings = Rating.objects.filter(kind=kind, subject_id=subject_id).order_by("-night", "-revision")
    rated = ratings.first() if model else None
    if told is None and rated is None:
        raise ValidationError(_("There is no such store or anchor."))
    category = getattr(told, "category", None) or (rated.category if rated else "")
    return (told.name if told else None) or (rated.name if rated else "") or subject_id, category


def harder(other: Wanted, held: Action) -> bool:
    """Whether `other` goes further than what was proposed: a graver step, or the same for longer or with less left."""
    steps = SANCTIONS[other.sanction].gravity, SANCTIONS[held.sanction].gravity
    if steps[0] != steps[1] or other.sanction != held.sanction:
        return steps[0] >= steps[1]
    longer = held.days is not None and (other.days is None or other.days > held.days)
    tighter = held.share is not None and other.share is not None and Decimal(str(other.share)) < held.share
    return longer or tighter or other.item_ref.strip() != held.item_ref


def planned_end(action: Action) -> None:
    """From its start on, for as many days as were decided."""
    if action.days is not None and action.starts_at is not None:
        action.ends_at = action.starts_at + timedelta(days=action.days)
