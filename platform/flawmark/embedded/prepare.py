"""Brings all up to date before the start: `python -m flawmark.embedded.prepare [static] [requeue]`.

One process does it, since loading the application takes longer than any of the steps. What `migrate` and
`collectstatic` tell goes to standard error, which is the log; what `bootstrap` tells goes to the person.
"""

import sys

import django
from celery import Celery
from celery.app.utils import find_app
from django.core.management import call_command

CELERY_APP = "flawmark.config.celery"


def requeue_unfinished(app: Celery) -> int:
    """Put back every message that workers had taken and not finished when the whole stack was killed.

    Without this such a task would wait for the broker's visibility timeout. Only right while no worker lives.

    Returns:
        How many there were.
    """
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        tags = channel.client.zrange(channel.unacked_index_key, 0, -1)
        for tag in tags:
            channel.qos.restore_by_tag(tag, leftmost=True)
    return len(tags)


def main(steps: list[str]) -> None:
    """Run `migrate`, the steps asked for, and `bootstrap`, which tells a new administrator's password."""
    django.setup()
    call_command("migrate", interactive=False, stdout=sys.stderr)
    if "static" in steps:
        call_command("collectstatic", interactive=False, stdout=sys.stderr)
    if "requeue" in steps:
        count = requeue_unfinished(find_app(CELERY_APP))
        print(f"{count} unfinished tasks are queued again.", file=sys.stderr)
    call_command("bootstrap")


if __name__ == "__main__":
    main(sys.argv[1:])
