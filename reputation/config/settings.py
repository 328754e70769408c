import secrets
import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from reputation.config import database, environment, mail

ROOT = Path(__file__).resolve().parents[2]
TESTING = "pytest" in sys.modules
# Tests have a server and files of their own: they never touch what a demo or an operator keeps in var.
LIVESTAR_VAR = Path(
    environment.text("LIVESTAR_VAR", str(ROOT / "var" / "test" if TESTING else ROOT / "var"))
).absolute()
DATABASE_URL = environment.secret("DATABASE_URL")
EMBEDDED_POSTGRES = None if DATABASE_URL else LIVESTAR_VAR / "postgres"


def _secret_key() -> str:
    """Given, or made once and kept in var: sessions outlive a restart without a key in the repository."""
    if given := environment.secret("SECRET_KEY"):
        return given
    kept = LIVESTAR_VAR / "secret_key"
    if not kept.exists():
        LIVESTAR_VAR.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(50))
    return kept.read_text()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS", "")  # former ones, while what they sealed still counts
DEBUG = environment.flag("DEBUG", False)
PORT = environment.number("PORT", 8000)
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", 0)  # our own, before the web processes
WEBHOOK_ALLOW_PRIVATE = environment.flag("WEBHOOK_ALLOW_PRIVATE", False)  # webhooks to one's own network, by http too
WEBHOOK_MEMBERS_ALLOW_PRIVATE = environment.flag("WEBHOOK_MEMBERS_ALLOW_PRIVATE", False)  # those of merchants as well
PUBLIC_URL = environment.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
MARKET_TIME_ZONE = environment.text("MARKET_TIME_ZONE", "Asia/Shanghai")
HOLIDAYS = environment.text("HOLIDAYS", "CN")  # whose working days count: a country, or a part of one (DE-BY)
JURISDICTION = environment.choice("JURISDICTION", ("CN", "EU"))  # how long one may appeal
STAFF_SECOND_FACTOR = environment.flag("STAFF_SECOND_FACTOR", True)  # the console opens only with a code from an app
CONTACT = environment.text("CONTACT", "")  # whom a statement of reasons names; empty: the portal's page of notices

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_q",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django.contrib.sitemaps",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "reputation.config",
    "reputation.base",
    "reputation.subjects",
    "reputation.evidence",
    "reputation.ratings",
    "reputation.governance",
    "reputation.nightly",
    "reputation.intake",
    "reputation.inbox",
    "reputation.accounts",
    "reputation.public",
    "reputation.portal",
    "reputation.console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "reputation.public.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "reputation.config.urls"
WSGI_APPLICATION = "reputation.config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database.configuration(DATABASE_URL, LIVESTAR_VAR / "postgres")}
if suffix := environment.text("TEST_DB_SUFFIX", ""):  # several test runs beside each other on one server
    DATABASES["default"]["TEST"] = {"NAME": f"test_livestar_{suffix}"}
# Shared by all web processes: limits of sign-in and used codes count once for all of them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "reputation.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]  # asked for by its checks; nobody can sign up
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever makes an account writes its address
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {
    "login": None,  # successes are no harm; failures count below, per account and caller, and per caller
    "login_failed": "10/15m/key,100/15m/ip",
    "reset_password": "20/h/ip,3/h/key",
}
ACCOUNT_FORMS = {
    "login": "reputation.accounts.forms.SignInForm",
    "change_password": "reputation.accounts.forms.PasswordChangeForm",
    "reset_password": "reputation.accounts.forms.PasswordResetForm",
    "reset_password_from_key": "reputation.accounts.forms.NewPasswordForm",
    "reauthenticate": "reputation.accounts.forms.PasswordAgainForm",
}
MFA_ADAPTER = "reputation.accounts.adapters.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Livestar"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be 30 seconds off
MFA_FORMS = {
    "authenticate": "reputation.accounts.forms.CodeForm",
    "reauthenticate": "reputation.accounts.forms.CodeAgainForm",
    "activate_totp": "reputation.accounts.forms.SetUpForm",
}

_mail = mail.parsed(environment.secret("EMAIL_URL"), LIVESTAR_VAR / "mail")
EMAIL_BACKEND, EMAIL_FILE_PATH = _mail.backend, _mail.folder
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.host, _mail.port, _mail.starttls, _mail.tls
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("MAIL_FROM", "livestar@localhost")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("简体中文"))]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = MARKET_TIME_ZONE  # what people read; the database holds UTC
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = LIVESTAR_VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING

EVIDENCE_MAX_BYTES = 16 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = EVIDENCE_MAX_BYTES

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "reputation.base.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "STRICT_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Livestar",
    "DESCRIPTION": "Ratings of the stores and anchors of a live-commerce platform: send evidence, read ratings.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {  # both are called state
        "RatingState": "reputation.ratings.models.State.values",
        "ToldState": "reputation.public.documents.TOLD_STATES",
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https:")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE else None

# `timeout` below `retry` and one attempt: a long task is never started twice. The night has a cluster of its own, which
# may have children (training runs in one) and takes a fresh worker for each night.
Q_CLUSTER = {
    "name": "livestar",
    "orm": "default",
    "workers": 1,
    "timeout": 60,
    "retry": 90,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "queue_limit": 2,
    "bulk": 1,
    "poll": 2,
    "guard_cycle": 0.5,
    "save_limit": 200,
    "label": "Tasks",
    "ALT_CLUSTERS": {
        "nightly": {
            "workers": 1,
            "timeout": 7200,
            "retry": 7260,
            "max_attempts": 1,
            "ack_failures": True,
            "catch_up": False,
            "queue_limit": 1,
            "bulk": 1,
            "poll": 5,
            "guard_cycle": 0.5,
            "recycle": 1,
            "daemonize_workers": False,
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"reputation": {"level": "INFO"}},
}
