"""Writes about stores and anchors that are no evidence: the index of their names, and who may act for them."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from reputation.base.audit import audit_append, by_operator
from reputation.subjects.models import Anchor, Membership, Store, SubjectKind
from reputation.subjects.names import name_bigrams, name_letters, name_sounds

MODELS: dict[str, type[Store] | type[Anchor]] = {SubjectKind.STORE: Store, SubjectKind.ANCHOR: Anchor}


def subject_names_index(*, kind: str, subject_ids: Sequence[str]) -> int:
    """Write what these subjects' present names are found by; returns how many subjects there were."""
    model = MODELS[kind]
    names = model.objects.filter(pk__in=subject_ids).order_by("pk").values_list("pk", "name")
    rows = [_found_by(pk, name or "") for pk, name in names]
    # The table and columns come from our own models.
    update = f"""UPDATE {model._meta.db_table} SET bigrams = array_to_tsvector(%s), letters = %s, sounds = %s
        WHERE {model._meta.pk.column} = %s"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(update, rows)
    return len(rows)


def _found_by(subject_id: str, name: str) -> tuple[list[str], str, str, str]:
    letters = name_letters(name)
    return name_bigrams(name), letters, name_sounds(letters), subject_id


@transaction.atomic
def membership_grant(*, user: AbstractBaseUser, kind: str, subject_id: str, role: str, by: str = "") -> Membership:
    """Let `user` act for a store or an anchor; a second grant only changes the role.

    The subject need not have been sent yet. Raises ValidationError for an unknown kind or role.
    """
    who = {"user": user, "kind": kind, "subject_id": subject_id}
    Membership(**who, role=role).clean_fields()
    membership, _made = Membership.objects.update_or_create(**who, defaults={"role": role})
    audit_append(
        actor=by or by_operator(), action="membership.granted", object_kind=kind, object_id=subject_id,
        data={"user": user.get_username(), "role": role},
    )  # fmt: skip
    return membership
