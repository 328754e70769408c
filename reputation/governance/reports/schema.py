"""The words of the DSA Transparency Database that statements of reasons are written in, and its limits.

Source: StatementStoreRequest.php and Statement.php of github.com/digital-services-act/transparency-database (2026-06).
A value that is not here is refused by the database, so `mistakes` tells it before anybody sends it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

_CATEGORIES = tuple(
    f"STATEMENT_CATEGORY_{word}"
    for word in (
        "ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE", "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "ILLEGAL_OR_HARMFUL_SPEECH", "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", "NOT_SPECIFIED_NOTICE", "OTHER_VIOLATION_TC",
        "PROTECTION_OF_MINORS", "RISK_FOR_PUBLIC_SECURITY", "SCAMS_AND_FRAUD", "SELF_HARM",
        "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE",
    )
)  # fmt: skip
ONE_OF: dict[str, tuple[str, ...]] = {
    "decision_monetary": tuple(f"DECISION_MONETARY_{word}" for word in ("SUSPENSION", "TERMINATION", "OTHER")),
    "decision_provision": tuple(
        f"DECISION_PROVISION_{part}_{word}" for part in ("PARTIAL", "TOTAL") for word in ("SUSPENSION", "TERMINATION")
    ),
    "decision_account": ("DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"),
    "account_type": ("ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"),
    "decision_ground": ("DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
    "incompatible_content_illegal": ("Yes", "No"),
    "category": _CATEGORIES,
    "source_type": (
        "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY",
    ),
    "automated_detection": ("Yes", "No"),
    "automated_decision": (
        "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED",
    ),
}  # fmt: skip
SOME_OF: dict[str, tuple[str, ...]] = {
    "decision_visibility": (
        *(
            f"DECISION_VISIBILITY_CONTENT_{word}"
            for word in ("REMOVED", "DISABLED", "DEMOTED", "AGE_RESTRICTED", "INTERACTION_RESTRICTED", "LABELLED")
        ),
        "DECISION_VISIBILITY_OTHER",
    ),
    "content_type": tuple(
        f"CONTENT_TYPE_{word}"
        for word in ("APP", "AUDIO", "IMAGE", "PRODUCT", "SYNTHETIC_MEDIA", "TEXT", "VIDEO", "OTHER")
    ),
    "category_addition": _CATEGORIES,
    # Of the database's 69 keywords those that our rules can speak of.
    "category_specification": tuple(
        f"KEYWORD_{word}"
        for word in (
            "HIDDEN_ADVERTISEMENT", "INAUTHENTIC_LISTINGS", "INAUTHENTIC_USER_REVIEWS",
            "MISLEADING_INFO_CONSUMER_RIGHTS", "MISLEADING_INFO_GOODS_SERVICES", "PROHIBITED_PRODUCTS",
            "TRADEMARK_INFRINGEMENT", "UNSAFE_PRODUCTS", "OTHER",
        )
    ),
}  # fmt: skip
DAYS: dict[str, tuple[date, date]] = {
    "content_date": (date(2000, 1, 1), date(2038, 1, 1)),
    "application_date": (date(2020, 1, 1), date(2038, 1, 1)),
    **{
        f"end_date_{what}_restriction": (date.min, date(2038, 1, 1))
        for what in ("account", "monetary", "service", "visibility")
    },
}
TEXTS: dict[str, int] = {  # the most characters
    "decision_visibility_other": 500, "content_type_other": 500, "decision_ground_reference_url": 500,
    "illegal_content_legal_ground": 500, "illegal_content_explanation": 2000, "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000, "category_specification_other": 500, "decision_facts": 5000,
    "puid": 500,
}  # fmt: skip
NEEDED = (
    "decision_ground", "content_type", "category", "content_date", "application_date", "decision_facts", "source_type",
    "automated_detection", "automated_decision", "puid",
)  # fmt: skip
RESTRICTIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
FIELDS = (*RESTRICTIONS, *(name for name in (*SOME_OF, *ONE_OF, *TEXTS, *DAYS) if name not in RESTRICTIONS))
_PUID = re.compile(r"[A-Za-z0-9_-]+")


def mistakes(statement: Mapping[str, Any]) -> list[str]:
    """Why the database would refuse it; empty where it would not."""
    told = {name: value for name, value in statement.items() if value not in (None, "", [])}
    wrong = [f"{name} is missing" for name in NEEDED if name not in told]
    wrong += [f"{name} is no field" for name in told if name not in FIELDS]
    wrong += [] if any(name in told for name in RESTRICTIONS) else ["no restriction is named"]
    wrong += [f"{name}: {told[name]}" for name, words in ONE_OF.items() if name in told and told[name] not in words]
    wrong += [f"{name}: {told[name]}" for name, words in SOME_OF.items() if not set(told.get(name, ())) <= set(words)]
    wrong += [f"{name} is too long" for name, most in TEXTS.items() if len(told.get(name, "")) > most]
    wrong += [f"{name}: {told[name]}" for name, span in DAYS.items() if name in told and not _within(told[name], span)]
    return wrong + _by_ground(told) + ([] if _PUID.fullmatch(told.get("puid", "")) else ["puid has other characters"])


def _within(day: str, span: tuple[date, date]) -> bool:
    return span[0] <= date.fromisoformat(day) <= span[1]


def _by_ground(told: Mapping[str, Any]) -> list[str]:
    kind = "illegal" if told.get("decision_ground") == "DECISION_GROUND_ILLEGAL_CONTENT" else "incompatible"
    ground = "legal_ground" if kind == "illegal" else "ground"
    wanted = [f"{kind}_content_{ground}", f"{kind}_content_explanation"]
    if "CONTENT_TYPE_OTHER" in told.get("content_type", ()):
        wanted.append("content_type_other")
    return [f"{name} is missing" for name in wanted if name not in told]
