"""Whatever people write is text on every page: names, reasons, messages, notes, file names, rows that were rejected."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from reputation.governance.models import Action, PolicyVersion
from reputation.ratings.selectors import shown_forget
from tests.accounts import places
from tests.accounts.people import visitor
from tests.browser.pages import AREAS, path_of

pytestmark = pytest.mark.django_db
TEXT = "'\"><img src=owned onerror=owned()><script>owned()</script>{{ 7|add:7 }}{% now %}\u202e"
MARKUP = ("<img src=owned", "<script>owned", "onerror=owned()>'", "\"'><", "'\"><")
SAID = {
    "name",
    "text",
    "note",
    "raw",
    "error",
    "category",
    "after_sales_terms",
    "title",
    "message",
    "mail",
    "legal_basis",
}


def written_everywhere() -> int:
    """Puts the text into every field of ours that people or programs fill with words; returns into how many."""
    fields = 0
    for model in apps.get_models():
        if model.__module__.startswith("reputation.") and model is not PolicyVersion:
            changed = {field.name: _fitting(field) for field in model._meta.get_fields() if _is_said(field)}
            if changed and model.objects.update(**changed):
                fields += len(changed)
    Action.objects.update(reason={"en": TEXT, "zh-hans": TEXT})
    shown_forget()
    return fields


def _is_said(field: object) -> bool:
    return (
        isinstance(field, models.CharField | models.TextField)
        and field.name in SAID
        and not (field.choices or field.unique or field.primary_key)
    )


def _fitting(field: models.Field) -> str:
    return TEXT[: field.max_length or len(TEXT)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("area", AREAS)
def test_no_page_takes_it_for_markup(area: str, language: str) -> None:
    addresses = places.build()
    assert written_everywhere() >= 15
    client, wrong, seen = visitor(AREAS[area].who), [], 0
    for name in AREAS[area].pages:
        found = page_of(client, path_of(name, addresses), language)
        wrong += [f"{name}: {markup}" for markup in MARKUP if markup in found]
        wrong += [f"{name}: runs it"] if re.search(r'(href|src|action)="javascript:', found) else []
        seen += "owned" in found
    assert wrong == []
    assert seen >= {"public": 5, "account": 0, "portal": 5, "console": 8}[area]


def page_of(client: Client, path: str, language: str) -> str:
    client.cookies["django_language"] = language
    answer = client.get(path, follow=True)
    assert answer.status_code < 500, path
    return answer.content.decode()
