from reputation.governance.models.actions import Action, ActionChange, ActionState, Notice
from reputation.governance.models.appeals import Appeal, Attachment, Correction, Objection, ObjectionLine
from reputation.governance.models.desk import Batch, Note, SavedView, Skip, WorkItem
from reputation.governance.models.flags import Flag, PolicyNight, Reach, ShadowFlag, Tier
from reputation.governance.models.policies import PREDECESSORS, PolicyMove, PolicyState, PolicyTrial, PolicyVersion

__all__ = [
    "PREDECESSORS",
    "Action",
    "ActionChange",
    "ActionState",
    "Appeal",
    "Attachment",
    "Batch",
    "Correction",
    "Flag",
    "Note",
    "Notice",
    "Objection",
    "ObjectionLine",
    "PolicyMove",
    "PolicyNight",
    "PolicyState",
    "PolicyTrial",
    "PolicyVersion",
    "Reach",
    "SavedView",
    "ShadowFlag",
    "Skip",
    "Tier",
    "WorkItem",
]
