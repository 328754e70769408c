"""What each role of the platform's staff may do. A role is a group of Django's; migrating writes the groups."""

from typing import Any

from django.contrib.auth.models import Group, Permission

READS = ("governance.view_desk",)
MODERATES = (
    *READS,
    "governance.decide_flag",
    "governance.decide_objection",
    "governance.lift_action",
    "governance.write_note",
    "intake.decide_complaint",
    "evidence.change_hold",
    "evidence.change_rejectedrow",
    "ratings.add_driftclearance",
)
ROLES: dict[str, tuple[str, ...]] = {
    "analyst": (
        *READS,
        "governance.edit_policy",
        "governance.write_note",
        "governance.export_reports",
        "ratings.replay_rating",
    ),
    "moderator": MODERATES,
    "senior": (
        *MODERATES,
        "governance.agree_action",
        "governance.decide_appeal",
        "governance.edit_policy",
        "governance.announce_policy",
        "governance.export_reports",
        "base.view_webhookendpoint",
        "base.change_webhookendpoint",
        "base.view_auditentry",
    ),
    "auditor": (*READS, "base.view_auditentry", "governance.export_reports", "ratings.replay_rating"),
}


def roles_write(**signal: Any) -> None:
    """Make the groups as they are written here, and take from them what is not. Repeating it changes nothing."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for role, names in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        # On the way back through the migrations some permissions are not there yet.
        group.permissions.set(known[name] for name in names if name in known)
