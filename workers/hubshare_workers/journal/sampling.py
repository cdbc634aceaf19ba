"""How much lies in the queues, written down once a minute."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.operations.ops.queues import read_queues
from hubshare.operations.ops.workers import read_workers
from hubshare.store.models import now
from hubshare.store.queue_depths import Sampled, add_samples


def sample_queues(centre: Centre) -> None:
    """Look at all queues, and write down what lies in them.

    Raises:
        Unavailable: Redis or the database does not answer.
    """
    threads = sum(one.threads for one in read_workers(centre) if not one.lost)
    sampled = [
        Sampled(queue.name, queue.waiting, queue.delayed, round(queue.oldest_seconds), queue.running, threads)
        for queue in read_queues(centre).queues
    ]
    with centre.database.begin("journal") as session:
        add_samples(session, now(), sampled)
