"""One item of the queue: claimed when it is opened, decided by whoever has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from reputation.console.access import staff_only
from reputation.console.items import PAGES
from reputation.console.items.page import Deed
from reputation.console.permitted import not_permitted
from reputation.governance.desk.access import PERMISSIONS, may_decide
from reputation.governance.desk.claims import Taken, item_claim, item_release, item_skip
from reputation.governance.desk.selectors import Filters
from reputation.governance.files import attachment_response
from reputation.governance.models import Attachment, WorkItem

_ABOUT = (
    "claimed_by", "closed_by", "flag__policy", "action__policy", "action__proposer", "action__flag__policy",
    "appeal__action__policy", "appeal__action__proposer", "appeal__action__seconder", "appeal__filed_by",
    "appeal__decided_by", "objection__filed_by",
)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """`mine`: it is theirs to decide now; else `why` not."""

    item: WorkItem
    mine: bool
    why: str = ""


def _items() -> Any:
    return WorkItem.objects.select_related(*_ABOUT)


@staff_only
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(_items(), pk=pk)
    if request.method == "POST":
        if not request.user.has_perm(PERMISSIONS[item.kind]):
            return not_permitted(request)
        return _sent(request, item)
    return _shown(request, _opened(request, item), {})


def _opened(request: HttpRequest, item: WorkItem) -> Opened:
    """Whoever may decide it has it from now on. Whoever only reads takes nothing from anybody."""
    if item.state != WorkItem.State.OPEN or not may_decide(request.user, item):
        return Opened(item, mine=False)
    try:
        fresh = item_claim(item=item, by=request.user)
    except Taken as taken:
        return Opened(get_object_or_404(_items(), pk=item.pk), mine=False, why=" ".join(taken.messages))
    item.claimed_by, item.claimed_at, item.claimed_until = fresh.claimed_by, fresh.claimed_at, fresh.claimed_until
    return Opened(item, mine=True)


def _shown(request: HttpRequest, opened: Opened, sent: dict[str, forms.Form]) -> HttpResponse:
    """`sent`: forms with what is wrong in them, shown as they were filled in."""
    item, page = opened.item, PAGES[opened.item.kind]
    filled = {name: sent.get(name) or deed.form(item, None) for name, deed in page.deeds.items()} if opened.mine else {}
    filters, search = Filters.of(request.GET), request.GET.get("search", "").replace("\0", "").strip()
    context = {
        "item": item, "mine": opened.mine, "why": opened.why, "forms": filled, "sent": next(iter(sent), ""),
        "filters": filters, "kept": parse_qsl(filters.query()), "search": search, **page.context(item, request.user, filled),
    }  # fmt: skip
    if opened.mine:
        context |= page.offered(item, filled, search)
    return render(request, f"console/items/{page.template}", context)


def _sent(request: HttpRequest, item: WorkItem) -> HttpResponse:
    name = request.POST.get("deed", "")
    if name in ("skip", "release"):
        {"skip": item_skip, "release": item_release}[name](item=item, by=request.user)
        return redirect(_address("console:queue", request))
    deed = PAGES[item.kind].deeds.get(name)
    if deed is None:
        return redirect(_address("console:item", request, item.pk))
    opened = _opened(request, item)
    if not opened.mine:
        messages.warning(request, _not_taken(opened))
        return redirect(_address("console:item", request, item.pk))
    form = deed.form(item, request.POST)
    if form.is_valid() and _done(request, opened.item, deed, form):
        return redirect(_address("console:item", request, item.pk))
    return _shown(request, opened, {name: form})


def _not_taken(opened: Opened) -> str:
    """Why a decision was not taken: somebody else has it, or has decided it."""
    item = opened.item
    if item.state == WorkItem.State.DONE and item.closed_by:
        return _("%(who)s has decided this meanwhile. Your decision was not taken.") % {"who": item.closed_by}
    if item.state == WorkItem.State.DONE:
        return _("This is no longer open. Your decision was not taken.")
    return f"{opened.why or _('This is not yours to decide.')} {_('Your decision was not taken.')}"


def _done(request: HttpRequest, item: WorkItem, deed: Deed, form: forms.Form) -> bool:
    try:
        said = deed.do(item, request.user, form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, said)
    return True


def _address(name: str, request: HttpRequest, *args: Any) -> str:
    """With the filters of the queue that the item was opened from."""
    query = Filters.of(request.GET).query()
    return reverse(name, args=args) + (f"?{query}" if query else "")


@staff_only
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of an appeal or an objection, for staff."""
    return attachment_response(get_object_or_404(Attachment, pk=pk))
