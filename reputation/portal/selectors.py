"""What a merchant or anchor may see. Every read starts from a membership: without one a subject does not exist."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Substr

from reputation.evidence.holds import FOR_ONE_PARTY
from reputation.evidence.models import HeldUnit, Hold, Order
from reputation.ratings import selectors as ratings
from reputation.ratings.models import Publication
from reputation.ratings.selectors import RatingRow
from reputation.subjects.models import Anchor, Membership, Store, SubjectKind

HISTORY_NIGHTS = 30


@dataclass(frozen=True)
class Subject:
    kind: str
    id: str
    name: str
    role: str
    rating: RatingRow | None  # None: no night has rated it yet

    @property
    def place(self) -> tuple[str, str]:
        return self.kind, self.id

    @property
    def key(self) -> dict[str, str]:
        """As rows about it name it."""
        return {"kind": self.kind, "subject_id": self.id}


@dataclass(frozen=True)
class Held:
    """A finding of screening as its subject may know it: never another's orders, never the method."""

    hold: Hold
    orders: int  # of this subject alone
    others: int  # complaints, answers and conversations about this subject alone

    @property
    def favour(self) -> bool:
        """Set aside for the subject: its appeal or objection was accepted."""
        return self.hold.pattern == FOR_ONE_PARTY


def memberships(user: AbstractBaseUser) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user).order_by("kind", "subject_id")


def subjects(user: AbstractBaseUser) -> list[Subject]:
    return rated(list(memberships(user)))


def rated(rows: Iterable[Membership]) -> list[Subject]:
    """The subjects of these memberships with name and rating, in their order."""
    rows = list(rows)
    names, ratings_found = _names(rows), _ratings(rows)
    found = [(row, ratings_found.get((row.kind, row.subject_id))) for row in rows]
    return [
        Subject(row.kind, row.subject_id, _name(names.get((row.kind, row.subject_id)), rating, row), row.role, rating)
        for row, rating in found
    ]


def matching(user: AbstractBaseUser, text: str) -> list[Membership]:
    """Memberships in subjects whose name or id holds `text`, all for an empty one, by name."""
    rows = list(memberships(user))
    names = _names(rows)
    wanted = text.strip().casefold()
    shown = [(names.get((row.kind, row.subject_id)) or row.subject_id, row) for row in rows]
    found = [(name, row) for name, row in shown if wanted in name.casefold() or wanted in row.subject_id.casefold()]
    return [row for _name, row in sorted(found, key=lambda pair: (pair[0].casefold(), pair[1].pk))]


def subject(user: AbstractBaseUser, kind: str, subject_id: str) -> Subject | None:
    if "\0" in subject_id or not (row := memberships(user).filter(kind=kind, subject_id=subject_id).first()):
        return None
    night = ratings.shown().night
    rating = ratings.rating_row(night, kind, subject_id) if night else None
    return Subject(kind, subject_id, _name(_names([row]).get((kind, subject_id)), rating, row), row.role, rating)


def _name(sent: str | None, rating: RatingRow | None, row: Membership) -> str:
    return sent or (rating.name if rating else "") or row.subject_id


def _names(rows: Sequence[Membership]) -> Mapping[tuple[str, str], str | None]:
    found: dict[tuple[str, str], str | None] = {}
    for kind, model in ((SubjectKind.STORE, Store), (SubjectKind.ANCHOR, Anchor)):
        ids = [row.subject_id for row in rows if row.kind == kind]
        rows_found = model._default_manager.filter(pk__in=ids).values_list("pk", "name")
        found.update({(kind, pk): name for pk, name in rows_found})
    return found


def _ratings(rows: Sequence[Membership]) -> Mapping[tuple[str, str], RatingRow]:
    if (night := ratings.shown().night) is None:
        return {}
    found: dict[tuple[str, str], RatingRow] = {}
    for kind in SubjectKind:
        ids = [row.subject_id for row in rows if row.kind == kind]
        published = ratings.ratings(night, kind).filter(subject_id__in=ids).values_list(*RatingRow._fields)
        found.update({(kind, values[1]): RatingRow(*values) for values in published})
    return found


def stars_before(subjects: Sequence[Subject]) -> dict[tuple[str, str], float | None]:
    """Stars of the night before the one that is shown, by kind and id."""
    night = ratings.shown().night
    before = night and Publication.objects.filter(night__lt=night).order_by("-night").values_list("night").first()
    found: dict[tuple[str, str], float | None] = {}
    for kind in SubjectKind if before else ():
        ids = [one.id for one in subjects if one.kind == kind]
        rows = ratings.ratings(before[0], kind).filter(subject_id__in=ids).values_list("subject_id", "stars")
        found.update({(kind, key): stars for key, stars in rows})
    return found


@dataclass(frozen=True)
class Night:
    night: date
    stars: float | None
    corrected: bool


def history(kind: str, subject_id: str) -> list[Night]:
    """The last nights, oldest first."""
    if (through := ratings.shown().night) is None:
        return []
    rows = ratings.history(kind, subject_id, through).values_list("night", "stars", "revision")[:HISTORY_NIGHTS]
    newest = [Night(night, None if stars is None else float(stars), revision > 0) for night, stars, revision in rows]
    return newest[::-1]


def holds(kind: str, subject_id: str) -> QuerySet[Hold]:
    """Open ones first, the most urgent on top; then those decided, the latest on top; then what its own appeals and
    objections set aside."""
    rank = Case(When(status=Hold.Status.HELD, then=Value(0)), When(pattern=FOR_ONE_PARTY, then=Value(2)), default=1)
    rows = Hold.objects.filter(subject_kind=kind, subject_id=subject_id)
    return rows.order_by(rank, F("decided_at").desc(nulls_first=True), "due_on", "id")


def held(kind: str, subject_id: str, page: Sequence[Hold]) -> list[Held]:
    """With the counts of what each finding set aside of this subject."""
    units = HeldUnit.objects.filter(hold__in=[hold.id for hold in page])
    orders = units.filter(unit__startswith="o:").annotate(key=Substr("unit", 3, output_field=CharField()))
    own = Order.objects.filter(**{f"{kind}_id": subject_id}).values("order_id")
    orders_by_hold = _count(orders.filter(key__in=own))
    others_by_hold = _count(units.filter(~Q(unit__startswith="o:")))
    return [Held(hold, orders_by_hold.get(hold.id, 0), others_by_hold.get(hold.id, 0)) for hold in page]


def _count(units: QuerySet[HeldUnit]) -> dict[int, int]:
    return dict(units.values_list("hold_id").annotate(Count("id")))
