"""The pages on which a person decides one item of the queue: a flag, a held action, an appeal, an objection."""

from reputation.console.items import appeal, decision, flag, objection
from reputation.console.items.page import Page
from reputation.governance.models import WorkItem

PAGES: dict[str, Page] = {
    WorkItem.Kind.FLAG: flag.PAGE,
    WorkItem.Kind.DECISION: decision.PAGE,
    WorkItem.Kind.APPEAL: appeal.PAGE,
    WorkItem.Kind.OBJECTION: objection.PAGE,
}
