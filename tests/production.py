"""The environment of a production process, for tests that start one."""

import base64
import os
from pathlib import Path

SECRETS = {
    "SECRET_KEY": "a secret of this test, which is long enough to be one 0123456789",
    "PII_KEYS": f"k1:{base64.b64encode(os.urandom(32)).decode()}",
    "PII_INDEX_KEY": base64.b64encode(os.urandom(32)).decode(),
    "EMAIL_URL": "smtp+tls://nobody:nothing@mail.example:587",
    "SITE_URL": "https://testserver",
    "ALLOWED_HOSTS": "testserver",
    **dict.fromkeys(
        [
            "OPERATOR_DETAILS",
            "PRIVACY_OFFICER",
            "PROCESSORS",
            "MODEL_PROVIDER",
            "MODEL_COUNTRY",
            "SELLER_NAME",
            "SELLER_REPRESENTATIVE",
            "SELLER_BUSINESS_NUMBER",
            "SELLER_MAIL_ORDER_NUMBER",
            "SELLER_ADDRESS",
            "SELLER_PHONE",
            "SELLER_HOSTING",
        ],
        "–",
    ),
    "SUPPORT_EMAIL": "help@wellness.example",
}


def environment(home: Path) -> dict[str, str]:
    """Production settings with the tests' database and Redis; `home` becomes WELLNESS_HOME."""
    # The browser tests set this variable; a deployment must not have it.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return inherited | SECRETS | {"DEVELOPMENT": "0", "WELLNESS_HOME": str(home), "LOG_LEVEL": "ERROR"}
