"""Settings, addresses and entry points. Whoever loads them can also send tasks to the workers."""

from flawmark.config.celery import app as celery_app

__all__ = ["celery_app"]
