"""Structured data of a subject's page (schema.org, as JSON-LD): who it is, where it stands, and what buyers answered.

The star of a model is no review, so it never stands here: an AggregateRating is made of genuine answers alone.
"""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reputation.public.metadata import absolute
from reputation.public.practices import Answers

NAME_CHARACTERS = 200
# Nothing in the text can end the element, or begin another; JSON reads the same characters from it.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&'\u2028\u2029"}


def subject_data(kind: str, name: str, path: str, category: str, answers: Answers | None) -> SafeString:
    """The element for the page's head."""
    name = name[:NAME_CHARACTERS]
    graph = [_thing(kind, name, path, answers), _crumbs(kind, name, path, category[:NAME_CHARACTERS])]
    return _element({"@context": "https://schema.org", "@graph": graph})


def _thing(kind: str, name: str, path: str, answers: Answers | None) -> dict[str, Any]:
    """A person has no rating in schema.org, the service that one gives has."""
    address = absolute(path)
    about: dict[str, Any] = {"@id": f"{address}#subject", "name": name, "url": address}
    if kind == "store":
        thing = {"@type": "OnlineStore", **about}
    elif answers is None:
        return {"@type": "Person", **about}
    else:
        provider = {"@type": "Person", "name": name}
        thing = {"@type": "Service", **about, "serviceType": "Live commerce", "provider": provider}
    return thing | ({"aggregateRating": _aggregate(answers)} if answers else {})


def _aggregate(answers: Answers) -> dict[str, Any]:
    mean = {"ratingValue": answers.mean, "ratingCount": answers.count, "bestRating": 5, "worstRating": 1}
    return {"@type": "AggregateRating", **mean}


def _crumbs(kind: str, name: str, path: str, category: str) -> dict[str, Any]:
    steps = [(_("All categories"), "/")]
    if kind == "store" and category:
        steps.append((category, reverse("category", args=[category])))
    steps.append((name, path))
    items = [
        {"@type": "ListItem", "position": place, "name": label, "item": absolute(to)}
        for place, (label, to) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _element(data: dict[str, Any]) -> SafeString:
    """A data block is no script: the content security policy lets it be, and no browser runs it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 (escaped above)
