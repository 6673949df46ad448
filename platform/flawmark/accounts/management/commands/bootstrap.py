"""First start: create the administrator and the first team. Later starts change nothing."""

import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import team_create


class Command(BaseCommand):
    help = "Create the user `admin` and a first team if there are no users yet."

    @transaction.atomic
    def handle(self, *_args: Any, **_options: Any) -> None:
        if User.objects.exists():
            return
        given = os.environ.get("FLAWMARK_ADMIN_PASSWORD")
        password = given or secrets.token_urlsafe(9)
        # The operator chose this password on their own machine; the strength rules are for the API.
        admin = User.objects.create_superuser(username="admin", password=password)
        team_create(name="Inspection", owner=admin)
        shown = "the one in FLAWMARK_ADMIN_PASSWORD" if given else f"{password}  (shown only now)"
        self.stdout.write(f"Sign in as admin, password: {shown}")
