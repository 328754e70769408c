"""The stores that an anchor pastes: told apart line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from django.utils.translation import gettext as _

from reputation.subjects.models import Store
from reputation.subjects.selectors import subjects_named

MOST_STORES = 30
LONGEST_LINE = 300  # characters
_NAMES_TOLD = 3
_PAGES = "/stores/"


class Wrong(NamedTuple):
    line: int
    text: str
    why: str


@dataclass(frozen=True)
class Pasted:
    """`stores`: ids with names, in the order given, each once."""

    stores: dict[str, str]
    wrong: list[Wrong]


def pasted(text: str) -> Pasted:
    """A store a line: its id, its name, or the address of its page."""
    lines = [(at, line.strip()) for at, line in enumerate(text.replace("\0", "").splitlines(), 1) if line.strip()]
    ids = _by_id({_key(line) for _at, line in lines[:MOST_STORES]})
    stores, wrong = dict[str, str](), list[Wrong]()
    for at, line in lines:
        store, why = _resolved(_key(line), ids) if at <= lines[:MOST_STORES][-1][0] else (None, _too_many())
        if store and store[0] in stores:
            store, why = None, _("This store is in the list already.")
        if store:
            stores[store[0]] = store[1]
        else:
            wrong.append(Wrong(at, line[:LONGEST_LINE], why))
    return Pasted(stores, wrong)


def _too_many() -> str:
    return _("At most %(most)d stores can be looked at at once.") % {"most": MOST_STORES}


def _key(line: str) -> str:
    """The id in the address of a store's page, else the line itself."""
    if "://" in line or line.startswith("/"):
        path = line.partition("://")[2] if "://" in line else line
        if _PAGES in path:
            line = unquote(re.split(r"[?#]", path.partition(_PAGES)[2])[0]).strip("/").replace("\0", "")
    return line[:LONGEST_LINE]


def _by_id(keys: set[str]) -> dict[str, str]:
    rows = Store.objects.filter(pk__in=keys, retracted=False).values_list("pk", "name")
    return {key: name or key for key, name in rows}


def _resolved(key: str, ids: Mapping[str, str]) -> tuple[tuple[str, str] | None, str]:
    """The store, or why there is none."""
    if key in ids:
        return (key, ids[key]), ""
    if not key:
        return None, _("No store has this id or name.")
    rows = subjects_named("store", key).filter(retracted=False).order_by("pk").values_list("pk", "name")
    named = [(pk, name or pk) for pk, name in rows[: 10 * _NAMES_TOLD]]
    exact = [one for one in named if one[1].casefold() == key.casefold()] or named
    if len(exact) == 1:
        return exact[0], ""
    if not exact:
        return None, _("No store has this id or name.")
    some = _(", ").join(f"{name} ({pk})" for pk, name in exact[:_NAMES_TOLD])
    return None, _("Several stores are called so; give the id: %(some)s") % {"some": some}
