"""Sanctions: what was decided about a subject, every change of it, and the statement of reasons."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reputation.base.evidence import Key
from reputation.governance.models.flags import Flag, Tier
from reputation.governance.models.policies import PolicyVersion


class ActionState(models.TextChoices):
    HELD = "held"  # proposed; waits for a second person
    ACTIVE = "active"
    STAYED = "stayed"  # put off while a first appeal is open
    EXPIRED = "expired"
    LIFTED = "lifted"  # cured, or by hand
    OVERTURNED = "overturned"  # an appeal was won
    REFUSED = "refused"  # the second person said no
    REPLACED = "replaced"  # another action stands in its place
    WITHDRAWN = "withdrawn"  # by who proposed it, or because the ground is gone, before a second person decided


# Which states an action may come from. HELD and ACTIVE are where one begins.
ACTION_PREDECESSORS: dict[str, frozenset[str]] = {
    ActionState.ACTIVE: frozenset({ActionState.HELD, ActionState.STAYED}),
    ActionState.STAYED: frozenset({ActionState.ACTIVE}),
    ActionState.EXPIRED: frozenset({ActionState.ACTIVE, ActionState.STAYED}),
    ActionState.LIFTED: frozenset({ActionState.ACTIVE, ActionState.STAYED}),
    # An appeal may be won when the sanction has ended by itself: the record says that it was wrong.
    ActionState.OVERTURNED: frozenset(
        {ActionState.ACTIVE, ActionState.STAYED, ActionState.EXPIRED, ActionState.LIFTED}
    ),
    ActionState.REFUSED: frozenset({ActionState.HELD}),
    ActionState.REPLACED: frozenset({ActionState.HELD, ActionState.ACTIVE, ActionState.STAYED}),
    ActionState.WITHDRAWN: frozenset({ActionState.HELD}),
}


class Action(models.Model):
    """A sanction. The subject's name and category are kept as they were, for a record outlives what it is about."""

    class Found(models.TextChoices):
        AUTOMATED = "automated"  # a policy's rule
        PERSON = "person"  # a member of staff
        NOTICE = "notice"  # somebody's complaint or report

    class Ground(models.TextChoices):
        TERMS = "terms"  # against the platform's rules
        LAW = "law"

    request = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the same command again is this action
    kind = models.CharField(max_length=6)
    subject_id = Key()
    name = models.TextField()
    category = Key(blank=True)
    tier = models.CharField(max_length=6, choices=Tier)
    orders = models.BigIntegerField(default=0)  # of 30 days, when it was decided
    sanction = models.CharField(max_length=12)  # governance.sanctions
    share = models.DecimalField(max_digits=3, decimal_places=2, null=True)  # of a throttle: what is left of the reach
    item_ref = Key(blank=True)  # of a delisting
    state = models.CharField(max_length=10, choices=ActionState)
    flag = models.ForeignKey(Flag, null=True, on_delete=models.PROTECT, related_name="actions")
    policy = models.ForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT)
    rule = Key(blank=True)
    ground = models.CharField(max_length=5, choices=Ground, default=Ground.TERMS)
    legal_basis = models.TextField(blank=True)  # the law, where that is the ground
    reason = models.JSONField()  # {"en", "zh-hans"}: what the subject and the public are told
    facts = models.JSONField(default=dict)  # {"readings": [...], "text": ...}: what was relied on
    found_by = models.CharField(max_length=9, choices=Found)
    automatic = models.BooleanField(default=False)  # decided without a person
    lift_when_cured = models.BooleanField(default=False)
    days = models.PositiveSmallIntegerField(null=True)  # null: until it is lifted
    proposed_by = models.TextField()  # an actor of the audit log
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    second_by = models.TextField(blank=True)
    seconder = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    second_at = models.DateTimeField(null=True)
    second_reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)  # null while it is held
    ends_at = models.DateTimeField(null=True)  # planned; a stay moves it on by as long as it lasted
    stayed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    batch = models.ForeignKey("governance.Batch", null=True, on_delete=models.PROTECT, related_name="actions")
    told_sequence = models.BigIntegerField(default=0)  # the last change that the platform has to carry out
    told_at = models.DateTimeField(null=True)
    acknowledged_sequence = models.BigIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        permissions = (
            ("view_desk", "Can see queue, dossiers and actions"),
            ("decide_flag", "Can act on flags, or dismiss them"),
            ("agree_action", "Can agree to a held action as the second person"),
            ("lift_action", "Can lift an action"),
            ("export_reports", "Can export transparency and regulator reports"),
        )
        indexes = (
            models.Index(fields=["kind", "subject_id", "-id"], name="action_subject"),
            models.Index(fields=["ends_at"], name="action_ends", condition=Q(state="active")),
            models.Index(fields=["state", "-id"], name="action_state"),
            models.Index(fields=["rule", "state"], name="action_rule"),
            models.Index(
                fields=["told_at"],
                name="action_unacknowledged",
                condition=Q(acknowledged_sequence__lt=F("told_sequence")),
            ),
        )

    def __str__(self) -> str:
        return f"action {self.pk}: {self.sanction} of {self.kind} {self.subject_id}, {self.state}"


class ActionChange(models.Model):
    """One change of an action's state, in the order in which they became true: the record, and the platform's feed."""

    sequence = models.BigAutoField(primary_key=True)
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="changes")
    state = models.CharField(max_length=10, choices=ActionState)
    at = models.DateTimeField()
    by = models.TextField()  # an actor of the audit log
    note = models.TextField(blank=True)  # why; seen by staff
    told = models.BooleanField()  # the platform has something to do: listed at /api/v1/actions
    document = models.JSONField(null=True)  # as the platform was told it

    class Meta:
        indexes = (models.Index(fields=["sequence"], name="action_feed", condition=Q(told=True)),)

    def __str__(self) -> str:
        return f"{self.sequence}: action {self.action_id} {self.state}"


class Notice(models.Model):
    """The statement of reasons that went with a change (DSA art. 17). Never changes; only that it was read is noted."""

    class About(models.TextChoices):
        STARTED = "started"
        CHANGED = "changed"
        ENDED = "ended"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="notices")
    change = models.OneToOneField(ActionChange, on_delete=models.PROTECT, related_name="notice")
    about = models.CharField(max_length=7, choices=About)
    fields = models.JSONField()  # language -> field -> text; governance.notices has the fields
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"notice {self.pk} of action {self.action_id}"
