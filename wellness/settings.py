"""Settings from environment variables; `.env.example` lists each with its meaning.

`DEVELOPMENT=1` takes missing values from `WELLNESS_HOME` (secrets created at the first start, embedded servers).
Without it every secret is required, and a missing one raises an error that names it.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from accounts.providers import PROVIDERS
from core import data_folder
from wellness import error_reports

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEVELOPMENT = env.bool("DEVELOPMENT", default=False)
WELLNESS_HOME = data_folder.home()
if DEVELOPMENT:
    from devtools import embedded

    try:
        _made = embedded.development_environment(WELLNESS_HOME)
    except embedded.ServerError as error:
        raise SystemExit(str(error)) from None
    for name, value in _made.items():
        env.ENVIRON.setdefault(name, value)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PII_KEYS = env.list("PII_KEYS")
PII_INDEX_KEY = env.str("PII_INDEX_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEVELOPMENT else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The number of our proxies in front: the client's address is that many entries from the right of X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# Their networks: the header is ignored from any other network.
TRUSTED_PROXY_NETWORKS = env.list(
    "TRUSTED_PROXY_NETWORKS",
    default=["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
)


_needed = "" if DEVELOPMENT else environ.Env.NOTSET


def _sample(text: Any) -> Any:
    """What development shows where a detail is not given; it says that it is a sample."""
    return text if DEVELOPMENT else ""


# The operator's details in the consent texts. Each is required outside development.
OPERATOR_NAME = env.str("OPERATOR_NAME", default="WellnessAI")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="help@localhost" if DEVELOPMENT else environ.Env.NOTSET)
OPERATOR = {
    "operator_name": OPERATOR_NAME,
    "support_email": SUPPORT_EMAIL,
    "operator_details": env.str("OPERATOR_DETAILS", default=_needed)
    or _sample(_("대표 홍길동 · 보기시 견본로 1 · 000-00-00000 (예시)")),
    "privacy_officer": env.str("PRIVACY_OFFICER", default=_needed) or _sample(_("홍길동(예시)")),
    "processors": env.str("PROCESSORS", default=_needed) or _sample(_("보기 결제, 보기 메일, 보기 클라우드(예시)")),
    "model_provider": env.str("MODEL_PROVIDER", default=_needed) or _sample(_("보기 AI(예시)")),
    "model_country": env.str("MODEL_COUNTRY", default=_needed) or _sample(_("보기 나라")),
}

# ── Apps ────────────────────────────────────────────────────────────────────

INSTALLED_APPS = [
    "wellness",
    "core",
    "core.audit",
    "core.staff",
    "accounts",
    "files",
    "notifications",
    "billing",
    "gamification",
    "habits",
    "circles",
    "coaching",
    "analytics",
    "wellness.privacy",
    "wellness.apps.StaffSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    *[provider.allauth_app for provider in PROVIDERS.values()],
    "allauth.mfa",
    "django_htmx",
    "pgtrigger",
    # Encrypts allauth's columns once its models exist, so it comes after them.
    "core.crypto",
]

MIDDLEWARE = [
    "wellness.security_headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    # Below the headers, above everything that needs a host name, the database or Redis.
    "wellness.health.HealthMiddleware",
    "wellness.metrics.MetricsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wellness.compression.CompressionMiddleware",
    # Before everything that may fail, so that every request is logged.
    "wellness.request_log.RequestLogMiddleware",
    "core.request_guard.RequestGuardMiddleware",
    "wellness.request_bodies.RequestBodyMiddleware",
    # Above the session and the database, which it works without.
    "coaching.middleware.HelpMiddleware",
    "accounts.middleware.LimitedSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.DeviceMiddleware",
    "core.audit.middleware.AuditMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "core.missing_objects.MissingObjectMiddleware",
    "wellness.post_addresses.PostAddressMiddleware",
    "analytics.middleware.EventMiddleware",
]

ROOT_URLCONF = "wellness.urls"
WSGI_APPLICATION = "wellness.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.ui",
                "core.templatetags.toasts",
                "core.templatetags.achievement_cards",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "core.jinja.environment"},
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

if DEVELOPMENT:
    INSTALLED_APPS.append("devtools")

# ── Data ────────────────────────────────────────────────────────────────────


# Connections of each process. So many requests work at the same time (wellness/request_bodies.py).
DATABASE_POOL = env.int("DATABASE_POOL", default=4)
# DATABASE_URL leads to PgBouncer in transaction mode (docs/scaling.md).
BEHIND_POOLER = env.bool("DATABASE_BEHIND_POOLER", default=False)


def _database(url: str, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = env.db_url_config(url)
    found["ENGINE"] = "core.db.postgresql"
    pool = {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 10, "max_lifetime": 30 * 60}
    its: dict[str, Any] = {"pool": pool, "application_name": "wellness"}
    if BEHIND_POOLER:
        # Each transaction may have another session: nothing may stay in one. The role has the timeouts.
        its["prepare_threshold"] = None
        found["DISABLE_SERVER_SIDE_CURSORS"] = True
    else:
        its["options"] = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    found.setdefault("OPTIONS", {}).update({**its, **options})
    return found


DATABASES = {"default": _database(env.str("DATABASE_URL"))}
# Read by core/db/replica.py alone: a replica that does not answer must not hold up a request for long.
if _replica := env.str("DATABASE_REPLICA_URL", default=""):
    DATABASES["replica"] = _database(_replica, connect_timeout=2)
    DATABASES["replica"]["OPTIONS"]["pool"] |= {"min_size": 0, "timeout": 1}
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
# Seconds that a page waits for the replica to have everything. It is behind by a few milliseconds usually.
REPLICA_PATIENCE = env.float("DATABASE_REPLICA_PATIENCE", default=0.05)
AUTH_USER_MODEL = "accounts.User"

REDIS_URL = env.str("REDIS_URL")
# Seconds for which a command may take. A slow Redis must not make a page slow.
REDIS_TIMEOUT = env.float("REDIS_TIMEOUT", default=0.3)
CACHES = {
    "default": {
        "BACKEND": "core.fallback_cache.FallbackCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "core.crypto.cache_keys.make_key",
        "OPTIONS": {
            "socket_timeout": REDIS_TIMEOUT,
            "socket_connect_timeout": REDIS_TIMEOUT,
            "health_check_interval": 30,
        },
    }
}
SESSION_ENGINE = "core.crypto.session_store"
# Short: accounts/sessions.py keeps people signed in, this only saves its lookup.
SESSION_COOKIE_AGE = 24 * 60 * 60
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# allauth's models reference users with Python's CASCADE, ours with the database's. Mixing is safe as long as no Python
# cascade hangs below one of our tables; tests/test_architecture.py checks that. docs/adr/0006.
SILENCED_SYSTEM_CHECKS = ["fields.E323", "models.E050", "auth.W004"]

# ── Work ────────────────────────────────────────────────────────────────────

# redis-py and kombu spell a socket differently.
_broker = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=_broker)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Seconds; longer than the longest task. No task uses an ETA: the database holds what is due.
    "visibility_timeout": 900,
    # The messages of a killed worker go to another within seconds, not after the default of 100.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "health_check_interval": 30,
    # A wake-up is given up at once when the broker is unreachable or hangs: the sweep finds the work.
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0.1,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# ── Signing in ──────────────────────────────────────────────────────────────

AUTHENTICATION_BACKENDS = ["accounts.backends.PersonBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.validators.PasswordValidator"}]
# A register of leaked passwords with the API of api.pwnedpasswords.com; it receives the first five digits of a hash.
BREACHED_PASSWORDS_URL = env.str("BREACHED_PASSWORDS_URL", default="")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "habits:today"
ACCOUNT_SIGNUP_REDIRECT_URL = "habits:start"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.allauth_forms.LoginForm",
    "add_email": "accounts.allauth_forms.AddEmailForm",
    "change_password": "accounts.allauth_forms.ChangePasswordForm",
    "set_password": "accounts.allauth_forms.SetPasswordForm",
    "reset_password": "accounts.allauth_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.allauth_forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.allauth_forms.ConfirmPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_MAX_LENGTH = 512
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# accounts.views.confirm_email lets only the browser that asked for the mail get there.
ACCOUNT_CONFIRM_EMAIL_ON_GET = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# The device that changes the password stays signed in; accounts/receivers.py ends the others.
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
# In addition to allauth's own limits; accounts/adapter.py names the wait of the first to people. The key is an address with
# a known device or a network (accounts/known_devices.py). Those that end in `_anywhere` count an address alone, over all
# unknown devices, so that neither many networks may guess for long nor flood a mailbox.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_anywhere": "100/h/key",
    # Fewer than allauth's five of an account: two are left for its known devices (accounts/allauth_forms.py).
    "second_factor_elsewhere": "3/5m/key",
    "reset_password": "20/m/ip",
    "reset_password_of": "3/m/key",
    "mail": "6/h/key",
    "mail_anywhere": "24/h/key",
}

MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.allauth_forms.AuthenticateForm",
    "authenticate_webauthn": "accounts.allauth_forms.AuthenticatePasskeyForm",
    "reauthenticate": "accounts.allauth_forms.ConfirmCodeForm",
    "activate_totp": "accounts.allauth_forms.ActivateTOTPForm",
    "add_webauthn": "accounts.allauth_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.allauth_forms.EditPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Staff pages require a second factor.
STAFF_NEED_SECOND_FACTOR = env.bool("STAFF_NEED_SECOND_FACTOR", default=not DEVELOPMENT)
# Figures count people whom a command made, too (accounts/population.py).
COUNT_MADE_PEOPLE = env.bool("COUNT_MADE_PEOPLE", default=DEVELOPMENT)

# Nothing is stored before the person consents; an address never signs in to an existing account (docs/adr/0019).
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.SocialSignupForm"}
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
# Tokens are stored in user_social_accounts.
SOCIALACCOUNT_STORE_TOKENS = False
# A provider is on when its id is set.
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {
    name: known for name, provider in PROVIDERS.items() if (known := provider.settings(env))
}

# ── Language and time ───────────────────────────────────────────────────────

LANGUAGE_CODE = "ko"
# Each in its own language, so that people find theirs.
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "core.formats"
TIME_ZONE = "UTC"

# ── Pages ───────────────────────────────────────────────────────────────────

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "core.stylesheet.StylesheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STATIC_ROOT = WELLNESS_HOME / "static"
# Photos and exports: on this machine, or in a private bucket (docs/files.md). Every name is used once; only a task that
# runs again writes the same name again.
UPLOADS_BUCKET = env.str("UPLOADS_BUCKET", default="")
UPLOADS_PROVIDER = "aws_s3" if UPLOADS_BUCKET else "local"
_files: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"allow_overwrite": True},
}
if UPLOADS_BUCKET:
    from botocore.config import Config

    _key = env.str("UPLOADS_KMS_KEY", default="")
    _encryption = (
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": _key} if _key else {"ServerSideEncryption": "AES256"}
    )
    _files = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": UPLOADS_BUCKET,
            "region_name": env.str("UPLOADS_REGION", default="") or None,
            "endpoint_url": env.str("UPLOADS_ENDPOINT", default="") or None,
            "access_key": env.str("UPLOADS_ACCESS_KEY", default="") or None,
            "secret_key": env.str("UPLOADS_SECRET_KEY", default="") or None,
            "object_parameters": _encryption,
            "default_acl": None,
            "file_overwrite": True,
            # Larger files, which are sealed exports, are read through a temporary file.
            "max_memory_size": 8 * 1024 * 1024,
            # A storage that hangs must not block a page or a worker.
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": env.str("UPLOADS_ADDRESSING", default="auto")},
                connect_timeout=3,
                read_timeout=10,
                retries={"total_max_attempts": 2},
            ),
        },
    }
STORAGES = {
    "default": _files,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
# Pages name files by their digest; under their plain names the files would be stored and compressed a second time.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
if DEVELOPMENT:
    # Development collects no static files, and whitenoise warns about a missing folder.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = WELLNESS_HOME / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
# Uploads stay in memory: a temporary file would contain the photo's location and outlive a crash.
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
# The deletion ledger, outside the database and its backups: store it in another place than either.
DELETION_LEDGER = Path(env.str("DELETION_LEDGER", default=str(WELLNESS_HOME / "ledger" / "deletions.jsonl")))

# The largest form is a note of a few thousand characters; photos have their own limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# ── Safety ──────────────────────────────────────────────────────────────────

HTTPS = env.bool("HTTPS", default=not DEVELOPMENT)
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_SSL_REDIRECT = HTTPS
# A load balancer asks the probes without TLS (wellness/health.py).
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
DEVICE_COOKIE_NAME = "__Host-device" if HTTPS else "device"
APPLE_COOKIE_NAME = "__Host-apple" if HTTPS else "apple"
KNOWN_DEVICE_COOKIE_NAME = "__Host-known" if HTTPS else "known"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "wellness.views.csrf_failure"

# ── Mail ────────────────────────────────────────────────────────────────────

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"WellnessAI <{SUPPORT_EMAIL}>")
if DEVELOPMENT:
    MAILERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "devtools.mailbox.MailboxBackend"}}
else:
    _mail = urlsplit(env.str("EMAIL_URL"))
    if _mail.scheme not in ("smtp", "smtps", "smtp+tls"):
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587")
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": _mail.hostname,
                "port": _mail.port or 587,
                "username": _mail.username or "",
                "password": _mail.password or "",
                "use_tls": _mail.scheme == "smtp+tls",
                "use_ssl": _mail.scheme == "smtps",
                "timeout": 10,
            },
        }
    }
MAILBOX = WELLNESS_HOME / "mail"

# ── Notifications ───────────────────────────────────────────────────────────

# The public address: links in mail need it in full.
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}" if DEVELOPMENT else "")
if not SITE_URL:
    raise ImproperlyConfigured("SITE_URL must be the address people use, such as https://wellness.example")
# Web Push: a P-256 private key, 32 bytes in base64url (docs/notifications.md). Empty turns Web Push off.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
VAPID_SUBJECT = env.str("VAPID_SUBJECT", default=f"mailto:{SUPPORT_EMAIL}")
# The apps on iOS and Android: a service account's JSON. Empty turns FCM off.
FCM_SERVICE_ACCOUNT = env.str("FCM_SERVICE_ACCOUNT", default="")
# Tests run their own push services. Only development reads their addresses.
FCM_URL = env.str("FCM_URL", default="https://fcm.googleapis.com") if DEVELOPMENT else "https://fcm.googleapis.com"
PUSH_TEST_ORIGINS = env.list("PUSH_TEST_ORIGINS", default=[]) if DEVELOPMENT else []

# ── Payments (docs/billing.md) ──────────────────────────────────────────────

# A gateway is used once its secret is set. Development has a demo that takes no money; its ledger is this file.
DEMO_GATEWAY = WELLNESS_HOME / "demo-gateway.sqlite"
PORTONE_API_SECRET = env.str("PORTONE_API_SECRET", default="")
PORTONE_STORE_ID = env.str("PORTONE_STORE_ID", default="")
PORTONE_CHANNEL_KEY = env.str("PORTONE_CHANNEL_KEY", default="")
PORTONE_WEBHOOK_SECRET = env.str("PORTONE_WEBHOOK_SECRET", default="")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
# Seconds without a byte of an answer until it counts as lost.
PORTONE_TIMEOUT = env.float("PORTONE_TIMEOUT", default=20.0)
STRIPE_TIMEOUT = env.float("STRIPE_TIMEOUT", default=20.0)
# Only development reads other addresses: those of the tests' own servers.
PORTONE_URL = env.str("PORTONE_URL", default="https://api.portone.io") if DEVELOPMENT else "https://api.portone.io"
STRIPE_URL = env.str("STRIPE_URL", default="") if DEVELOPMENT else ""
# The seller, as the law wants it on the first page, beside a price and on a receipt (전자상거래법 제10조, 제13조). Development
# shows one that can be nobody. Elsewhere each is required once a gateway takes money; while nothing is sold they may be empty.
SELLS = bool(PORTONE_API_SECRET or STRIPE_SECRET_KEY)
SELLER_SAMPLE = {
    "name": _("보기 상점(예시)"),
    "representative": _("홍길동"),
    "business_number": "000-00-00000",
    "mail_order_number": _("제0000-보기-0000호"),
    "address": _("보기시 견본로 1"),
    "phone": "02-000-0000",
    "hosting": _("보기 호스팅"),
}
SELLER: dict[str, Any] = {
    "name": env.str("SELLER_NAME", default="").strip(),
    "representative": env.str("SELLER_REPRESENTATIVE", default="").strip(),
    "business_number": env.str("SELLER_BUSINESS_NUMBER", default="").strip(),
    "mail_order_number": env.str("SELLER_MAIL_ORDER_NUMBER", default="").strip(),
    "address": env.str("SELLER_ADDRESS", default="").strip(),
    "phone": env.str("SELLER_PHONE", default="").strip(),
    "hosting": env.str("SELLER_HOSTING", default="").strip(),
}
if DEVELOPMENT and not any(SELLER.values()):
    SELLER = SELLER_SAMPLE
if SELLS and not DEVELOPMENT and not all(SELLER.values()):
    _blank = ", ".join(f"SELLER_{name.upper()}" for name, value in SELLER.items() if not value)
    raise ImproperlyConfigured(f"Set {_blank}: a payment gateway is set up, and the law names what a seller shows.")

# ── The coach's model ───────────────────────────────────────────────────────

# Without a key and an address the coach writes with its own sentences.
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
# Any server with OpenAI's interface, a model on one's own machine too. Empty: OpenAI's.
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
OPENAI_MODEL = env.str("OPENAI_MODEL", default="gpt-4.1-mini")
OPENAI_MODERATION_MODEL = env.str("OPENAI_MODERATION_MODEL", default="")
# Millionths of a US dollar for a million tokens.
OPENAI_PRICE_IN = env.int("OPENAI_PRICE_IN", default=400_000)
OPENAI_PRICE_OUT = env.int("OPENAI_PRICE_OUT", default=1_600_000)
OPENAI_CALLS_A_MINUTE = env.int("OPENAI_CALLS_A_MINUTE", default=500)

# ── Logs and errors ─────────────────────────────────────────────────────────

_shared: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Tracebacks without local variables, which contain what people wrote.
                structlog.processors.format_exc_info,
                structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
                if DEVELOPMENT
                else structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        },
    },
    "filters": {"typed text": {"()": "wellness.request_log.TypedTextFilter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "structured", "filters": ["typed text"]},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # wellness.request_log writes one line per request.
        "django.request": {"level": "ERROR"},
        "celery": {"level": LOG_LEVEL},
        # It logs the address of each call, which names people's cards.
        "stripe": {"level": "WARNING"},
        # A line for each call of the coach's model.
        "httpx2": {"level": "WARNING"},
    },
}
# The token for /metrics (`Authorization: Bearer …`). Empty: /metrics is closed outside development.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# The Prometheus client reads this environment variable itself.
PROMETHEUS_MULTIPROC_DIR = env.str("PROMETHEUS_MULTIPROC_DIR", default="")

if dsn := env.str("SENTRY_DSN", default=""):
    error_reports.start(dsn)
