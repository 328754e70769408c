"""Which model is the champion, from which night on, and who said so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from reputation.base.audit import audit_append, by_operator
from reputation.ratings.models import ChampionTerm, Publication, StarModelRecord
from scoring.model import StarModel

Reason = ChampionTerm.Reason


class RegistryError(Exception):
    """What was asked for cannot be done; the message says why and what can."""


@dataclass(frozen=True)
class Span:
    """Nights in a row, as published, that one model rated. `until` None: it rates the newest published night."""

    model: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Entry:
    """A model of the registry with the nights it was live."""

    model: StarModelRecord
    spans: list[Span] = field(default_factory=list)
    champion: bool = False  # of the night to come
    pinned: bool = False


def terms() -> QuerySet[ChampionTerm]:
    """In the order of their force: a later night's term outranks an earlier one's, then the later decision."""
    return ChampionTerm.objects.select_related("model").order_by("since", "id")


def term(night: date) -> ChampionTerm | None:
    """The term in force on a night."""
    return terms().filter(since__lte=night).last()


def champion(night: date) -> StarModelRecord | None:
    """The model that rates a night unless its gate finds a better one; None before the first."""
    standing = term(night)
    return standing.model if standing else None


def pinned(night: date) -> ChampionTerm | None:
    """The rollback in force on a night, if its last term is one: the gate then appoints nobody, whatever it finds."""
    standing = term(night)
    return standing if standing and standing.reason == Reason.ROLLBACK else None


def next_night() -> date | None:
    """The night after the newest published one; None before the first."""
    newest = Publication.objects.order_by("-night").values_list("night", flat=True).first()
    return newest + timedelta(days=1) if newest else None


def spans() -> list[Span]:
    """What was live when, oldest first: runs of published nights that the same model rated."""
    nights = list(Publication.objects.order_by("night").values_list("night", "model__name"))
    found: list[tuple[str, date, date]] = []
    for night, name in nights:
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1], night)
        else:
            found.append((name, night, night))
    last = len(found) - 1
    return [Span(name, since, None if at == last else until) for at, (name, since, until) in enumerate(found)]


def models_list() -> list[Entry]:
    """Every model in the registry, newest first, without its text."""
    live: dict[str, list[Span]] = {}
    for span in spans():
        live.setdefault(span.model, []).append(span)
    standing = terms().last()
    records = StarModelRecord.objects.defer("artefacts").order_by("-night", "-id")
    return [
        Entry(
            record,
            live.get(record.name, []),
            champion=bool(standing) and standing.model_id == record.id,
            pinned=bool(standing) and standing.model_id == record.id and standing.reason == Reason.ROLLBACK,
        )
        for record in records
    ]


@transaction.atomic
def champion_appoint(*, model: StarModelRecord, night: date, reason: Reason) -> ChampionTerm:
    """The model rates from this night on. Returns the term in force: while a person has pinned a model, still that.

    Doing it twice is doing it once.
    """
    _locked()
    standing = term(night)
    if standing and (standing.reason == Reason.ROLLBACK or (standing.model_id, standing.since) == (model.id, night)):
        return standing
    return ChampionTerm.objects.create(model=model, since=night, reason=reason)


@transaction.atomic
def model_rollback(*, name: str | None = None, by: str, note: str) -> ChampionTerm:
    """From the next night on the named model rates, else the champion before the present one; pinned until released.

    Raises RegistryError where there is nothing to go back to, or the model's text cannot be used any more.
    """
    _note_required(by, note)
    _locked()
    standing, night = terms().last(), next_night()
    if standing is None or night is None:
        raise RegistryError("no night has been published yet, so there is no champion to roll back")
    model = _named(name) if name else _champion_before(standing)
    _usable(model)
    if standing.reason == Reason.ROLLBACK and standing.model_id == model.id:
        raise RegistryError(f"{model.name} is pinned already; hand over to the gate with --release")
    return _decided(model, max(night, standing.since), Reason.ROLLBACK, by, note)


@transaction.atomic
def model_release(*, by: str, note: str) -> ChampionTerm:
    """The gate decides again from the next night on: a term of the same model with reason `gate` and a person's name.

    Raises RegistryError where no model is pinned.
    """
    _note_required(by, note)
    _locked()
    standing, night = terms().last(), next_night()
    if standing is None or night is None or standing.reason != Reason.ROLLBACK:
        raise RegistryError("no model is pinned: the gate decides already")
    return _decided(standing.model, max(night, standing.since), Reason.GATE, by, note)


def _locked() -> None:
    """Decisions follow one another: a night and a person never decide at the same moment."""
    list(ChampionTerm.objects.select_for_update().order_by("id").values_list("id", flat=True)[:1])


def _note_required(by: str, note: str) -> None:
    if not by.strip() or not note.strip():
        raise RegistryError("say who decides and why: the registry keeps both")


def _named(name: str) -> StarModelRecord:
    if found := StarModelRecord.objects.filter(name=name).first():
        return found
    known = ", ".join(entry.model.name for entry in models_list() if entry.spans) or "none"
    raise RegistryError(f"no model is named {name}; live were: {known}")


def _champion_before(standing: ChampionTerm) -> StarModelRecord:
    before = terms().exclude(model=standing.model_id).last()
    if before is None:
        raise RegistryError(f"{standing.model.name} is the only champion so far; there is none to go back to")
    return before.model


def _usable(model: StarModelRecord) -> None:
    """A rollback must not fail the next night: its text has to be there and of a format that this version reads."""
    for kind in ("store", "anchor"):
        try:
            StarModel.load(model.artefacts[kind])
        except (KeyError, TypeError, ValueError) as error:
            why = "has no text: it never passed the gate" if isinstance(error, KeyError) else f"cannot be read: {error}"
            raise RegistryError(f"{model.name} ({kind}) {why}") from error


def _decided(model: StarModelRecord, since: date, reason: Reason, by: str, note: str) -> ChampionTerm:
    decided = ChampionTerm.objects.create(
        model=model, since=since, reason=reason, decided_by=by.strip(), note=note.strip()
    )
    action = "model.put_back" if reason == Reason.ROLLBACK else "model.released"
    told = {"since": since.isoformat(), "note": decided.note}
    audit_append(actor=by_operator(by), action=action, object_kind="model", object_id=model.name, data=told)
    return decided
