"""For running Flawmark, with `make up` and in containers alike."""

import os

from django.core.exceptions import ImproperlyConfigured

from flawmark.config.settings.base import *  # noqa: F403
from flawmark.config.settings.base import SECRET_KEY as GIVEN_KEY

if not GIVEN_KEY:
    raise ImproperlyConfigured("Set FLAWMARK_SECRET_KEY to a long random text and keep it secret.")

# Behind TLS say FLAWMARK_HTTPS=1: cookies then travel over HTTPS only.
if os.environ.get("FLAWMARK_HTTPS") == "1":
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
