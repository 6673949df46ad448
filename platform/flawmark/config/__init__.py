"""Settings and the entry points. The Celery application is made here, so that web processes enqueue to it too."""

from flawmark.config.celery import app as celery_app

__all__ = ["celery_app"]
