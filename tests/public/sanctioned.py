"""Sanctions for the tests of what the platform, everybody and auditors see of them: made by the services themselves."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from reputation.base.keys import api_key_create
from reputation.governance.actions.services import Wanted, action_propose
from reputation.governance.models import Action
from reputation.subjects.models import Anchor, Store
from tests.public.market import anchor, store

REASON = {"en": "Late <b>again</b>", "zh-hans": "又延迟发货"}


def person(name: str = "ann") -> User:
    return User.objects.get_or_create(username=name, defaults={"is_staff": True})[0]


def sanctioned(
    sanction: str = "listing_ban", subject_id: str = "s1", *, kind: str = "store", by: str = "ann", **more: Any
) -> Action:
    """A sanction on a subject that is known, in force unless it takes two people."""
    if kind == "store" and not Store.objects.filter(pk=subject_id).exists():
        store(subject_id, f"Store {subject_id}", category="beauty")
    if kind == "anchor" and not Anchor.objects.filter(pk=subject_id).exists():
        anchor(subject_id, f"Anchor {subject_id}")
    values: dict[str, Any] = {"reason": REASON, "days": 7} | more
    wanted = Wanted(sanction, **values)
    return action_propose(kind=kind, subject_id=subject_id, wanted=wanted, by=person(by))


def key(*scopes: str, name: str = "app") -> str:
    return api_key_create(name=name, scopes=scopes or ("actions:read", "actions:ack"), by="operator:test")[1]


def platform(*scopes: str) -> Client:
    """A client that sends a key of these scopes, or of both."""
    return Client(headers={"authorization": f"Bearer {key(*scopes)}"})
