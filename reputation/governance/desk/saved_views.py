"""Named filters of one person's queue."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.governance.desk.selectors import Filters
from reputation.governance.models import SavedView

MOST = 20


@transaction.atomic
def view_save(*, by: User, name: str, filters: Filters) -> SavedView:
    """Keep these filters under a name; the same name again replaces them. A setting of their own: not audited."""
    name = " ".join(name.split())
    if not name:
        raise ValidationError(_("Give the view a name."))
    if len(name) > SavedView._meta.get_field("name").max_length:
        raise ValidationError(_("A name has at most 60 characters."))
    User.objects.select_for_update().get(pk=by.pk)  # one at a time, else two could pass the limit together
    others = SavedView.objects.filter(user=by).exclude(name=name)
    if others.count() >= MOST:
        raise ValidationError(_("At most %(most)s views: delete one first.") % {"most": MOST})
    return SavedView.objects.update_or_create(user=by, name=name, defaults={"query": filters.query()})[0]


def view_delete(*, by: User, pk: int) -> bool:
    return bool(SavedView.objects.filter(user=by, pk=pk).delete()[0])
