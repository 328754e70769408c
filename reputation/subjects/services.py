"""The search index of names: a tsvector of character bigrams, which needs no word boundaries (Chinese has none)."""

import unicodedata
from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection

from reputation.subjects.models import Anchor, Membership, Store, SubjectKind

INDEXED_CHARACTERS = 4000  # PostgreSQL refuses a tsvector over 1 MB; nobody searches for the rest of such a name
MODELS: dict[str, type[Store] | type[Anchor]] = {SubjectKind.STORE: Store, SubjectKind.ANCHOR: Anchor}


def name_words(name: str) -> list[str]:
    """The words of a name as they are compared: NFKC (full-width letters are letters), lower case, no NUL."""
    return unicodedata.normalize("NFKC", name[:INDEXED_CHARACTERS]).lower().replace("\0", "").split()


def name_bigrams(name: str) -> list[str]:
    """Sorted distinct bigrams of each word between two spaces: " m", "mi", "ia", "a " for Mia.

    The spaces let a search of one character find words that begin with it.
    """
    padded = [f" {word} " for word in name_words(name)]
    return sorted({word[i : i + 2] for word in padded for i in range(len(word) - 1)})


def subject_names_index(*, kind: str, subject_ids: Sequence[str]) -> int:
    """Write the bigrams of these subjects' present names; returns how many subjects there were."""
    model = MODELS[kind]
    names = model.objects.filter(pk__in=subject_ids).order_by("pk").values_list("pk", "name")
    rows = [(name_bigrams(name or ""), pk) for pk, name in names]
    # The table and column come from our own models.
    update = f"UPDATE {model._meta.db_table} SET bigrams = array_to_tsvector(%s) WHERE {model._meta.pk.column} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(update, rows)
    return len(rows)


def membership_grant(*, user: AbstractBaseUser, kind: str, subject_id: str, role: str) -> Membership:
    """Let `user` act for a store or an anchor; a second grant only changes the role.

    The subject need not have been sent yet. Raises ValidationError for an unknown kind or role.
    """
    who = {"user": user, "kind": kind, "subject_id": subject_id}
    Membership(**who, role=role).clean_fields()
    membership, _made = Membership.objects.update_or_create(**who, defaults={"role": role})
    return membership
