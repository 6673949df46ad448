"""Housekeeping that the scheduler runs."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from flawmark.core.jobs import jobs_requeue_lost
from flawmark.core.models import IdempotencyKey


@shared_task(name="core.requeue_lost_jobs", queue="io")
def requeue_lost_jobs() -> None:
    jobs_requeue_lost()


@shared_task(name="core.forget_idempotency_keys", queue="io")
def forget_idempotency_keys() -> None:
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=2)).delete()
