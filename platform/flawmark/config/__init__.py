"""Settings and entry points. The Celery application is made here: web processes enqueue to it too."""

from flawmark.config.celery import app as celery_app

__all__ = ["celery_app"]
