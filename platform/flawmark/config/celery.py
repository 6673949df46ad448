"""The Celery application: `celery -A flawmark.config.celery worker -Q cpu,io,gpu` (or `-Q score`)."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flawmark.config.settings.prod")

app = Celery("flawmark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _configure_logging(**_kwargs: object) -> None:
    from flawmark.config.logging import configure_logging

    configure_logging()
