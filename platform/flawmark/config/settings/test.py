"""For the tests: real PostgreSQL and Valkey (tests/conftest.py starts them), cheap password hashing."""

from flawmark.config.settings.base import *  # noqa: F403
from flawmark.config.settings.base import REST_FRAMEWORK as BASE_REST_FRAMEWORK

SECRET_KEY = "a-key-for-tests-only-0123456789abcdef-0123456789abcdef"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {**BASE_REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"login": None}}
TRAINING_THREADS = SCORER_THREADS = 1  # many tests share few cores
