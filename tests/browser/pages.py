"""Every page that people see, by who sees it. A new address is entered here, or below as no page."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import resolve, reverse

from tests.accounts.places import Addresses

# Names of addresses, a query behind it where there is one; or a whole path where the page is about something else than
# what places.py has under the name.
PUBLIC = (
    "front", "front?q=s1", "front?q=nothing+like+it", "front?kind=store", "category", "store", "anchor",
    "how-ratings-work", "how-ratings-work-changes", "sanctions", "compare", "compare?store=s1&store=s2", "badge",
    "badge?store=s1", "embed-store", "embed-anchor", "api-docs", "questionnaire", "complain", "complain?q=s1",
    "complain-store", "complain-anchor", "complaints", "complaint", "join", "/nowhere", "/complaints/nothing",
    "/q/forged", "notifications-stop",
)  # fmt: skip
SIGNED_OUT = (
    "login", "mfa_authenticate", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
)  # fmt: skip
ACCOUNT = (
    "password_change", "account_reauthenticate", "mfa_reauthenticate", "mfa_index", "mfa_activate_totp",
    "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_view_recovery_codes", "joined",
)  # fmt: skip
PORTAL = (
    "portal:home", "portal:subject", "portal:why", "portal:simulator", "portal:next_stream",
    "/portal/next-stream/anchors/a1", "portal:metrics", "portal:metric", "portal:held", "portal:what_counts",
    "portal:notices", "portal:notice", "portal:appeal_new", "portal:appeal", "portal:objections", "portal:objection",
    "portal:objection_new", "portal:complaints", "portal:complaint?complaint=c1", "portal:members", "portal:notifications",
    "portal:notification_settings", "portal:api_keys", "portal:webhooks", "portal:webhook", "portal:export",
    "/portal/anchors/a1",
)  # fmt: skip
CONSOLE = (
    "console:home", "console:queue", "console:queue?kind=flag", "console:batches", "console:batch", "console:item",
    "console:complaints", "console:complaint", "console:actions", "console:action", "console:act", "console:subjects",
    "console:subjects?q=s1", "console:dossier", "console:nights", "console:night", "console:models", "console:model",
    "console:policies", "console:policy", "console:policy_new", "console:policy_edit", "console:policy_file_new",
    "console:policy_file", "console:policy_backtest", "console:policy_shadow", "console:rejected_rows",
    "console:rejected_row", "console:holds", "console:hold", "console:withheld", "console:corrections", "console:feed",
    "console:audit", "console:workload", "console:reports", "console:inspector", "console:webhooks", "console:webhook",
)  # fmt: skip
NO_PAGES = {
    **dict.fromkeys(("healthz", "readyz", "robots", "sitemap", "sitemap-section", "api-schema"), "for programs"),
    **dict.fromkeys(("sanctions-csv", "badge-store", "badge-anchor", "complaint-file"), "a file or a picture"),
    **dict.fromkeys(("portal:attachment", "portal:complaint_file", "portal:metric_table"), "a file"),
    **dict.fromkeys(("console:attachment", "console:complaint_file", "console:report"), "a file"),
    **dict.fromkeys(("console:policy_download", "mfa_download_recovery_codes"), "a file"),
    **dict.fromkeys(("suggest", "portal:what_if", "portal:stream_what_if"), "a part of a page"),
    **dict.fromkeys(("logout", "console:queue_next", "console:queue_deed", "console:queue_bulk"), "takes only POST"),
    **dict.fromkeys(("console:queue_view_save", "console:queue_view_delete"), "takes only POST"),
    **dict.fromkeys(("home", "account_login"), "leads to another"),
    "console:inspection": "waits for a worker of another cluster; tests/nightly/test_inspector.py reads it",
}


@dataclass(frozen=True)
class Area:
    who: str
    pages: tuple[str, ...]


AREAS = {
    "public": Area("signed out", PUBLIC + SIGNED_OUT),
    "account": Area("owner", ACCOUNT),
    "portal": Area("owner", PORTAL),
    "console": Area("chief", CONSOLE),
}


def path_of(page: str, addresses: Addresses) -> str:
    if page.startswith("/"):
        return page
    name, mark, query = page.partition("?")
    return f"{reverse(name, args=addresses.get(name, []))}{mark}{query}"


def names() -> set[str]:
    """Of all addresses that have a page here."""
    return {_name(page) for area in AREAS.values() for page in area.pages} - {""}


def _name(page: str) -> str:
    if not page.startswith("/"):
        return page.partition("?")[0]
    return "" if page == "/nowhere" else resolve(page).view_name
