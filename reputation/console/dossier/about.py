"""Which subject a page is about, and finding it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from reputation.governance.models import Action, ActionState, Flag, Reach, Tier, WorkItem
from reputation.ratings import selectors as ratings
from reputation.ratings.models import Rating
from reputation.ratings.selectors import RatingRow
from reputation.subjects.models import Anchor, Membership, Store
from reputation.subjects.selectors import subjects_named
from reputation.subjects.services import MODELS

IN_FORCE = (ActionState.HELD, ActionState.ACTIVE, ActionState.STAYED)
MOST_RELATED = 20


@dataclass(frozen=True)
class About:
    """`known`: as the platform told of it, None for one that only evidence names; `rating` None: never rated."""

    kind: str
    id: str
    name: str
    category: str
    known: Store | Anchor | None
    rating: RatingRow | None
    reach: Reach | None

    @property
    def tier(self) -> str:
        return self.reach.tier if self.reach else Tier.TAIL

    @property
    def orders(self) -> int:
        return self.reach.orders if self.reach else 0


def about(kind: str, subject_id: str) -> About | None:
    """None for a subject that neither the platform nor any night nor any flag has named."""
    if "\0" in subject_id or kind not in MODELS:
        return None
    known = MODELS[kind]._default_manager.filter(pk=subject_id).first()
    rating = _rating(kind, subject_id)
    named = rating or known or _last_named(kind, subject_id)
    if named is None:
        return None
    category = getattr(known, "category", None) or getattr(named, "category", None) or ""
    name = (known.name if known else None) or getattr(named, "name", None) or subject_id
    return About(kind, subject_id, name, category, known, rating, reach(kind, subject_id))


def reach(kind: str, subject_id: str) -> Reach | None:
    return Reach.objects.filter(kind=kind, subject_id=subject_id).first()


def _rating(kind: str, subject_id: str) -> RatingRow | None:
    night = ratings.shown().night
    return ratings.rating_row(night, kind, subject_id) if night else None


def _last_named(kind: str, subject_id: str) -> Rating | Flag | Action | None:
    """What outlives a subject: a rating of an earlier night, a flag or an action."""
    for model in (Rating, Flag, Action):
        if row := model._default_manager.filter(kind=kind, subject_id=subject_id).order_by("-id").first():
            return row
    return None


def same_owner(found: About) -> list[tuple[str, str, str]]:
    """Other subjects of the same owner: kind, id, name."""
    owner = getattr(found.known, "owner_ref", None)
    if not owner:
        return []
    rows = [
        (kind, row.pk, row.name or row.pk)
        for kind, model in MODELS.items()
        for row in model._default_manager.filter(owner_ref=owner).order_by("pk")[: MOST_RELATED + 1]
    ]
    return [row for row in rows if row[:2] != (found.kind, found.id)][:MOST_RELATED]


def members(found: About) -> QuerySet[Membership]:
    rows = Membership.objects.filter(kind=found.kind, subject_id=found.id)
    return rows.select_related("user").order_by("role", "user__username")


def open_items(found: About) -> QuerySet[WorkItem]:
    rows = WorkItem.objects.filter(subject_kind=found.kind, subject_id=found.id, state=WorkItem.State.OPEN)
    return rows.select_related("claimed_by").order_by("due_at", "id")


# --- the search ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One subject of a list."""

    kind: str
    id: str
    name: str
    rating: RatingRow | None
    tier: str
    orders: int
    flags: int  # open
    actions: int  # held or in force


def largest(kind: str, tier: str) -> QuerySet[Reach]:
    """Who sells most, for a search without words."""
    rows = Reach.objects.filter(kind=kind)
    return (rows.filter(tier=tier) if tier else rows).order_by("-orders", "subject_id")


def named(kind: str, text: str, tier: str) -> QuerySet[Any]:
    """Whoever has no reach on record sold nothing, and is tail."""
    rows, reached = subjects_named(kind, text), Reach.objects.filter(kind=kind)
    if tier == Tier.TAIL:
        rows = rows.exclude(pk__in=reached.exclude(tier=tier).values("subject_id"))
    elif tier:
        rows = rows.filter(pk__in=reached.filter(tier=tier).values("subject_id"))
    return rows.order_by("name", "pk")


def rows_of(kind: str, ids: Iterable[str]) -> list[Row]:
    """In the order of `ids`."""
    wanted = list(ids)
    mine = Q(kind=kind, subject_id__in=wanted)
    names = dict(MODELS[kind]._default_manager.filter(pk__in=wanted).values_list("pk", "name"))
    reaches = {row.subject_id: row for row in Reach.objects.filter(mine)}
    rated = _rated(kind, wanted)
    flags = Counter(Flag.objects.filter(mine, state=Flag.State.OPEN).values_list("subject_id", flat=True))
    actions = Counter(Action.objects.filter(mine, state__in=IN_FORCE).values_list("subject_id", flat=True))
    return [
        Row(
            kind, one, names.get(one) or (rated[one].name if one in rated else "") or one, rated.get(one),
            reaches[one].tier if one in reaches else Tier.TAIL, reaches[one].orders if one in reaches else 0,
            flags[one], actions[one],
        )
        for one in wanted
    ]  # fmt: skip


def _rated(kind: str, ids: list[str]) -> dict[str, RatingRow]:
    if (night := ratings.shown().night) is None:
        return {}
    found = ratings.ratings(night, kind).filter(subject_id__in=ids).values_list(*RatingRow._fields)
    return {row[1]: RatingRow(*row) for row in found}
