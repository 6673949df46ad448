"""The web process. It never imports torch: predictions are answered by the scorer."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flawmark.config.settings.prod")

from django.core.asgi import get_asgi_application

from flawmark.config.logging import configure_logging

configure_logging()
application = get_asgi_application()
