"""Where mail goes, from one address in the environment."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_BACKENDS = "django.core.mail.backends"
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


@dataclass(frozen=True)
class Mail:
    backend: str
    folder: Path | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def parsed(url: str | None, folder: Path) -> Mail:
    """smtp://USER:PASSWORD@HOST:PORT (STARTTLS), smtps://… (TLS), smtp+plain://… (neither), file:///FOLDER or console:.

    Without an address each mail becomes a file in `folder`, which only the operator reads.
    """
    if not url:
        return Mail(f"{_BACKENDS}.filebased.EmailBackend", folder=folder)
    parts = urlsplit(url)
    if parts.scheme == "console":
        return Mail(f"{_BACKENDS}.console.EmailBackend")
    if parts.scheme == "file":
        return Mail(f"{_BACKENDS}.filebased.EmailBackend", folder=Path(unquote(parts.path)))
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL: write smtp://USER:PASSWORD@HOST:PORT, smtps://…, file:///FOLDER or console:"
        )
    return Mail(
        f"{_BACKENDS}.smtp.EmailBackend", host=parts.hostname, port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""), password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp", tls=parts.scheme == "smtps",
    )  # fmt: skip
