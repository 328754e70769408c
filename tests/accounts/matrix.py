"""Every address of the site, and who may read it and write there. Written down apart from the code that decides it."""

from dataclasses import dataclass, field
from typing import Any

from tests.accounts.people import PEOPLE, ROLES

ALL = frozenset(PEOPLE)
NONE: frozenset[str] = frozenset()
SIGNED_IN = ALL - {"signed out"}
MEMBERS = frozenset({"owner", "colleague", "stranger"})
OWN = frozenset({"owner", "colleague"})
OWNERS = frozenset({"owner"})
STAFF = frozenset({*ROLES, "chief"})
DECIDERS = frozenset({"moderator", "senior", "chief"})
SENIORS = frozenset({"senior", "chief"})
EDITORS = frozenset({"analyst", "senior", "chief"})
NOTERS = frozenset({"analyst", "moderator", "senior", "chief"})
AUDITORS = frozenset({"senior", "auditor", "chief"})
EXPORTERS = frozenset({"analyst", "senior", "auditor", "chief"})
REPLAYERS = frozenset({"analyst", "auditor", "chief"})


@dataclass(frozen=True)
class Row:
    """`area` says how everybody else is answered. `empty`: there is nothing to see yet, so those let in are told that.

    Where nobody may write, a POST does what a GET does, or is not allowed. `sent` is what a POST says.
    """

    area: str  # public, key, account, members, own, staff
    gets: frozenset[str]
    posts: frozenset[str] = NONE
    sent: dict[str, Any] = field(default_factory=dict)
    empty: bool = False

    def shut(self, who: str) -> str:
        """How somebody who is not let in is answered."""
        if self.area == "key":
            return "no key"
        if who == "signed out":
            return "sign in"
        return "missing" if self.area == "own" and who == "stranger" else "refused"

    def answer(self, who: str, let_in: frozenset[str]) -> str:
        if who not in let_in:
            return self.shut(who)
        return "missing" if self.empty else "in"


def console(posts: frozenset[str] = NONE, gets: frozenset[str] = STAFF, **more: Any) -> Row:
    return Row("staff", gets, posts, more)


def own(posts: frozenset[str] = NONE) -> Row:
    return Row("own", OWN, posts)


def account(posts: frozenset[str] = NONE, empty: bool = False) -> Row:
    return Row("account", SIGNED_IN, posts, empty=empty)


PUBLIC = Row("public", ALL)
KEYED = Row("key", NONE)
OPEN_FORM = Row("public", ALL, ALL)
DESK = console(posts=STAFF, gets=NONE)  # of the desk's own order: claims, skips, saved views

MATRIX: dict[str, Row] = {
    **dict.fromkeys(("healthz", "readyz", "robots", "api-docs", "api-schema"), PUBLIC),
    **dict.fromkeys(("front", "how-ratings-work", "sanctions", "sanctions-csv", "category"), PUBLIC),
    "how-ratings-work-changes": PUBLIC,
    **dict.fromkeys(("suggest", "compare"), PUBLIC),
    **dict.fromkeys(("store", "anchor", "badge-store", "badge-anchor"), PUBLIC),
    **dict.fromkeys(("badge", "embed-store", "embed-anchor", "sitemap", "sitemap-section"), PUBLIC),
    **dict.fromkeys(("api-night", "api-stores", "api-store", "api-store-history"), PUBLIC),
    **dict.fromkeys(("api-anchors", "api-anchor", "api-anchor-history"), PUBLIC),
    **dict.fromkeys(("api-rejected", "api-resend", "api-batch", "api-evidence", "api-complete"), KEYED),
    **dict.fromkeys(("api-actions", "api-action-ack"), KEYED),
    **dict.fromkeys(("api-own", "api-own-incidents", "api-own-notices"), KEYED),
    "notifications-stop": Row("public", ALL, empty=True),  # the link itself says who may; this one is forged
    **dict.fromkeys(("api-questionnaires", "api-complaint-links"), KEYED),
    **dict.fromkeys(("questionnaire", "complain", "complain-store", "complain-anchor", "complaint"), OPEN_FORM),
    **dict.fromkeys(("complaints", "complaint-file"), PUBLIC),
    **dict.fromkeys(("login", "account_login", "mfa_authenticate", "account_reset_password"), OPEN_FORM),
    "logout": Row("public", NONE, ALL),
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": OPEN_FORM,
    "account_reset_password_from_key_done": PUBLIC,
    "home": account(),
    "join": OPEN_FORM,
    "joined": account(),
    "password_change": account(SIGNED_IN),
    "account_reauthenticate": account(SIGNED_IN),
    "mfa_reauthenticate": account(SIGNED_IN),
    "mfa_index": account(),
    "mfa_activate_totp": account(SIGNED_IN),
    "mfa_generate_recovery_codes": account(SIGNED_IN),
    "mfa_deactivate_totp": account(SIGNED_IN, empty=True),
    "mfa_view_recovery_codes": account(empty=True),
    "mfa_download_recovery_codes": account(empty=True),
    **dict.fromkeys(("portal:home", "portal:what_counts"), Row("members", MEMBERS)),
    **dict.fromkeys(("portal:api_keys", "portal:webhooks", "portal:webhook"), Row("own", OWNERS, OWNERS)),
    "portal:members": Row("own", OWN, OWNERS, {"deed": "invite", "mail": "new@example.org", "role": "staff"}),
    "portal:notifications": Row("members", MEMBERS),
    "portal:notification_settings": Row("members", MEMBERS, MEMBERS),
    **dict.fromkeys(("portal:notices", "portal:objections"), Row("members", MEMBERS)),
    **dict.fromkeys(("portal:held", "portal:subject", "portal:why", "portal:simulator", "portal:what_if"), own()),
    **dict.fromkeys(("portal:next_stream", "portal:stream_what_if"), Row("own", OWN, empty=True)),  # of anchors alone
    **dict.fromkeys(("portal:notice", "portal:attachment"), own()),
    **dict.fromkeys(("portal:appeal_new", "portal:appeal", "portal:objection", "portal:objection_new"), own(OWN)),
    **dict.fromkeys(("portal:complaints", "portal:complaint_file"), own()),
    "portal:complaint": own(OWN),
    **dict.fromkeys(("portal:metrics", "portal:metric", "portal:metric_table"), own()),
    "portal:export": own(OWN),
    **dict.fromkeys(("console:home", "console:nights", "console:night", "console:models", "console:model"), console()),
    **dict.fromkeys(("console:rejected_rows", "console:holds", "console:feed", "console:workload"), console()),
    **dict.fromkeys(("console:queue", "console:batches", "console:actions", "console:subjects"), console()),
    **dict.fromkeys(("console:attachment", "console:policies", "console:policy_shadow"), console()),
    **dict.fromkeys(("console:policy_download", "console:complaints", "console:complaint_file"), console()),
    "console:complaint": console(DECIDERS, deed="take_up"),
    "console:queue_next": DESK,
    "console:queue_deed": DESK,
    "console:queue_view_save": DESK,
    "console:queue_view_delete": DESK,
    "console:queue_bulk": console(DECIDERS, gets=NONE, what="dismiss", items="1", reason="seen", confirm="1"),
    "console:batch": console(DECIDERS, undo="1"),
    "console:item": console(DECIDERS, deed="release"),
    "console:item decision": console(SENIORS, deed="release"),
    "console:item appeal": console(SENIORS, deed="release"),
    "console:item objection": console(DECIDERS, deed="release"),
    "console:action": console(DECIDERS, **{"deed": "lift", "lift-reason": "no more needed"}),
    "console:corrections": console(SENIORS, correction="1"),
    "console:act": console(DECIDERS, gets=DECIDERS),
    "console:dossier": console(NOTERS, text="Called them."),
    "console:policy": console(SENIORS, to="retired", seen="draft", note="no good"),
    "console:policy_new": console(EDITORS, gets=EDITORS),
    "console:policy_edit": console(EDITORS, gets=EDITORS),
    "console:policy_file_new": console(EDITORS, gets=EDITORS),
    "console:policy_file": console(EDITORS),
    "console:policy_backtest": console(EDITORS),
    "console:rejected_row": console(DECIDERS, raw="{}"),
    "console:hold": console(DECIDERS, decision="released", reason="mine", seen="held"),
    "console:withheld": console(DECIDERS),
    "console:audit": console(gets=AUDITORS),
    "console:reports": console(gets=EXPORTERS),
    "console:report": console(gets=EXPORTERS),
    "console:inspector": console(REPLAYERS, gets=REPLAYERS),
    "console:inspection": Row("staff", REPLAYERS, empty=True),
    "console:webhooks": console(SENIORS, gets=SENIORS),
    "console:webhook": console(SENIORS, gets=SENIORS, deed="rotate"),
}
