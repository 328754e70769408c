from datetime import timedelta
from hashlib import sha256

from reputation.base.time import now
from reputation.portal.models import SignInFailure

FAILURES = 10
WINDOW = timedelta(minutes=15)


def sign_in_begin(*, name: str, address: str) -> bool:
    """False: too many failures, refuse without looking at the password.

    The attempt is written down before the password is looked at, so that many at once cannot slip past the count. A
    refused one is not: it would let a stranger keep a name shut for ever.
    """
    moment = now()
    SignInFailure.objects.filter(failed_at__lt=moment - WINDOW).delete()
    attempt = SignInFailure.objects.create(who=_who(name, address), failed_at=moment)
    others = SignInFailure.objects.filter(who=attempt.who, failed_at__gte=moment - WINDOW).exclude(id=attempt.id)
    if others.count() >= FAILURES:
        attempt.delete()
        return False
    return True


def sign_in_succeed(*, name: str, address: str) -> None:
    SignInFailure.objects.filter(who=_who(name, address)).delete()


def _who(name: str, address: str) -> str:
    return sha256(f"{address}\0{name.casefold()}".encode()).hexdigest()
