from django import template
from django.contrib.auth.base_user import AbstractBaseUser

from reputation.portal.notices import unread_count

register = template.Library()


@register.simple_tag
def unread_notices(user: AbstractBaseUser) -> int:
    """Statements of reasons that nobody of this member's subjects has opened yet."""
    return unread_count(user) if user.is_authenticated else 0
