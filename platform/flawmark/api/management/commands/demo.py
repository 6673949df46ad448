"""`manage.py demo`: ask for the demonstration; a worker brings it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from flawmark.api.demo.services import demo_request
from flawmark.core.errors import FlawmarkError


class Command(BaseCommand):
    help = "Bring a first dataset, train on it and fill the review queue, unless that was done already."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            job = demo_request()
        except FlawmarkError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(
            "The demonstration is on its way." if job else "The demonstration is there already."
        )
