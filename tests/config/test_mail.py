from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from reputation.config.mail import Mail, parsed

SMTP = "django.core.mail.backends.smtp.EmailBackend"
FOLDER = Path("/var/mail-of-ours")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "smtp://me%40here:a%2Fb%3Ac@mail.example",
            Mail(SMTP, host="mail.example", port=587, user="me@here", password="a/b:c", starttls=True),
        ),
        ("smtps://mail.example:4650", Mail(SMTP, host="mail.example", port=4650, tls=True)),
        ("smtp+plain://127.0.0.1", Mail(SMTP, host="127.0.0.1", port=25)),
        ("file:///tmp/a%20b", Mail("django.core.mail.backends.filebased.EmailBackend", folder=Path("/tmp/a b"))),
        ("console:", Mail("django.core.mail.backends.console.EmailBackend")),
        (None, Mail("django.core.mail.backends.filebased.EmailBackend", folder=FOLDER)),
        ("", Mail("django.core.mail.backends.filebased.EmailBackend", folder=FOLDER)),
    ],
)
def test_one_address_says_where_mail_goes(url: str | None, expected: Mail) -> None:
    assert parsed(url, FOLDER) == expected


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp:mail.example"])
def test_an_address_that_cannot_be_meant_is_refused_and_its_password_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL: write smtp"):
        parsed(url, FOLDER)
