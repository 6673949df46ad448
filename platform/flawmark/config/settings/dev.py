"""For work on the code itself: errors in full, any secret will do."""

from flawmark.config.settings.base import *  # noqa: F403
from flawmark.config.settings.base import SECRET_KEY as GIVEN_KEY

DEBUG = True
SECRET_KEY = GIVEN_KEY or "a-key-for-development-only-0123456789abcdef-0123456789"
