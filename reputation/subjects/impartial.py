"""Nobody decides about a subject that they act for."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reputation.subjects.models import Membership


def impartial_check(by: AbstractBaseUser | None, kind: str, subject_id: str) -> None:
    """Raises ValidationError for who acts for the subject; None, where nobody decides, is impartial."""
    if (
        by is not None
        and "\0" not in subject_id
        and Membership.objects.filter(user=by, kind=kind, subject_id=subject_id).exists()
    ):
        raise ValidationError(_("You act for this subject: somebody else must decide."))
