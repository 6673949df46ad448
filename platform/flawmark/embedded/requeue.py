"""Puts back what workers had taken and not finished when the whole stack was killed.

Without this such a task would wait for the broker's visibility timeout. Only right while no worker lives, so
the supervisor runs it before it starts any: `python -m flawmark.embedded.requeue`.
"""

from celery.app.utils import find_app

CELERY_APP = "flawmark.config.celery"


def requeue_unfinished() -> int:
    """Restore every unacknowledged message to its queue; returns how many there were."""
    with find_app(CELERY_APP).connection_for_write() as connection:
        channel = connection.default_channel
        tags = channel.client.zrange(channel.unacked_index_key, 0, -1)
        for tag in tags:
            channel.qos.restore_by_tag(tag, leftmost=True)
    return len(tags)


if __name__ == "__main__":
    print(f"{requeue_unfinished()} unfinished tasks are back in their queues.")
