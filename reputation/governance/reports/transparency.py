"""Sanctions as statements of reasons for the DSA Transparency Database (DSA art. 24(5)): no names, no free text of staff.

A statement is owed where something is restricted; notices and warnings restrict nothing. The facts are what the rule
read, and the reason that the subject and the public are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import override

from reputation.base.time import day_start, market_day
from reputation.governance.facts import measure_sentence, reading_sentence
from reputation.governance.models import Action
from reputation.governance.publicity import in_language
from reputation.governance.reports.schema import DAYS, FIELDS, TEXTS, mistakes
from reputation.governance.sanctions import SANCTIONS

OWED = tuple(key for key, known in SANCTIONS.items() if known.dsa)
_LAW, _TERMS = "DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"
_MISLEADING = ("CONSUMER_INFORMATION", "KEYWORD_MISLEADING_INFO_GOODS_SERVICES")
_GRAVE = ("UNSAFE_AND_PROHIBITED_PRODUCTS", "KEYWORD_UNSAFE_PRODUCTS")
# By what the rule read; whatever is not here, or was decided without a rule, breaks the platform's terms in another way.
_CATEGORIES = {
    "grave": _GRAVE,
    **dict.fromkeys(("complaint_honesty", "false_promotion", "hype", "described_return", "described_low"), _MISLEADING),
}
_CONTENT = {"delist": "PRODUCT", "listing_ban": "PRODUCT", "cart_ban": "PRODUCT", "live_ban": "VIDEO"}
_END_OF = {  # the restriction -> whose end date it sets
    "decision_visibility": "end_date_visibility_restriction",
    "decision_monetary": "end_date_monetary_restriction",
    "decision_provision": "end_date_service_restriction",
    "decision_account": "end_date_account_restriction",
}


def statements(*, first: date, last: date) -> Iterator[dict[str, Any]]:
    """One for each restriction that began on the market days from `first` to `last`, in the order of their numbers.

    Raises ValueError for one that the database would refuse: better here than there.
    """
    for action in _begun(first, last).iterator(chunk_size=1000):
        made = statement(action)
        if wrong := mistakes(made):
            raise ValueError(f"action {action.pk}: {'; '.join(wrong)}")
        yield made


def _begun(first: date, last: date) -> QuerySet[Action]:
    span = (day_start(first), day_start(last + timedelta(days=1)))
    rows = Action.objects.filter(sanction__in=OWED, starts_at__gte=span[0], starts_at__lt=span[1])
    return rows.select_related("flag", "policy").order_by("id")


def statement(action: Action) -> dict[str, Any]:
    """Every field of the schema, in its order; None and empty lists where there is nothing to say."""
    with override("en"):
        told = _measure(action) | _ground(action) | _content(action) | _found(action)
    told = {name: value[: TEXTS[name]] if name in TEXTS and value else value for name, value in told.items()}
    return {name: told.get(name) for name in FIELDS}


def _measure(action: Action) -> dict[str, Any]:
    restriction = dict(SANCTIONS[action.sanction].dsa)
    # A date after 2038 is refused, and an empty one means without an end.
    until = market_day(action.ends_at) if action.ends_at else None
    known = str(until) if until and until <= DAYS["end_date_account_restriction"][1] else None
    return restriction | {end: known for name, end in _END_OF.items() if name in restriction}


def _ground(action: Action) -> dict[str, Any]:
    reason = in_language(action.reason, "en")
    if action.ground == Action.Ground.LAW:
        law = {"illegal_content_legal_ground": action.legal_basis, "illegal_content_explanation": reason}
        return {"decision_ground": _LAW} | law
    rule = f"policy {action.policy_id}, rule {action.rule}" if action.rule else "terms for stores and anchors"
    return {
        "decision_ground": _TERMS,
        "decision_ground_reference_url": f"{settings.PUBLIC_URL}/how-ratings-work",
        "incompatible_content_ground": rule,
        "incompatible_content_explanation": reason,
        "incompatible_content_illegal": "No",
    }


def _content(action: Action) -> dict[str, Any]:
    kind = _CONTENT.get(action.sanction, "OTHER")
    read = [reading["metric"] for reading in action.facts.get("readings", ())]
    category, keyword = next((_CATEGORIES[key] for key in read if key in _CATEGORIES), ("OTHER_VIOLATION_TC", None))
    return {
        "account_type": "ACCOUNT_TYPE_BUSINESS" if action.kind == "store" else None,
        "content_type": [f"CONTENT_TYPE_{kind}"],
        "content_type_other": f"The offer of {'a store' if action.kind == 'store' else 'an anchor'}"
        if kind == "OTHER"
        else None,
        "category": f"STATEMENT_CATEGORY_{category}",
        "category_specification": [keyword] if keyword else [],
        "content_date": str(action.flag.first_night if action.flag else market_day(action.created_at)),
        "application_date": str(market_day(action.starts_at)) if action.starts_at else None,
    }


def _found(action: Action) -> dict[str, Any]:
    by_rule, notified = action.found_by == Action.Found.AUTOMATED, action.found_by == Action.Found.NOTICE
    decided = "FULLY" if action.automatic else "PARTIALLY" if by_rule else "NOT_AUTOMATED"
    read = [reading_sentence(reading) for reading in action.facts.get("readings", ())]
    return {
        "decision_facts": " ".join([in_language(action.reason, "en"), *read, measure_sentence(action)]),
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION" if notified else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if by_rule else "No",
        "automated_decision": f"AUTOMATED_DECISION_{decided}",
        "puid": f"livestar-action-{action.pk}",
    }
