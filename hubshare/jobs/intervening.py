"""What a person may do about one job on the queue: have it not begin, or begin once more after it has failed for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq.common import xq_name

from hubshare.jobs.broker import NAMESPACE
from hubshare.jobs.journal import Note
from hubshare.jobs.presence import Queued

#: Option of a message that is not to begin: who has said so.
CANCELLED_BY = "cancelled_by"
#: Options that tell of the tries that a job has had.
_OF_TRIES = ("retries", "traceback", "redis_message_id", "eta", "cost", "new", CANCELLED_BY)

# Only what waits is marked: of what a worker has taken, the worker has the message already.
_MARK = """
local queue, id = KEYS[1], ARGV[1]
local waits = redis.call("lpos", queue .. ".waiting:" .. string.match(id, "^([^|]*)|"), id)
for _, kind in ipairs(redis.call("smembers", queue .. ".aside")) do
    waits = waits or redis.call("lpos", queue .. ".aside:" .. kind, id)
end
if not waits then return 0 end
redis.call("hset", queue .. ".msgs", id, ARGV[2])
return 1
"""


def mark_cancelled(client: Any, job: Queued, by: str) -> bool:
    """Have a job that waits in line not begin: when its turn comes, whoever waits for it is told so.

    Args:
        client: connection to Redis.
        by: user who says so.

    Returns:
        Whether it waits; a job that has begun, or waits for the time of its next try, is left as it is.

    Raises:
        RedisError: Redis does not answer.
    """
    queue = f"{NAMESPACE}:{job.queue}"
    for name in job.ids():
        raw = client.hget(f"{queue}.msgs", name)
        if raw is None:
            continue
        marked = dramatiq.Message.decode(raw).copy(options={CANCELLED_BY: by})
        if client.eval(_MARK, 1, queue, name, marked.encode()):
            return True
    return False


def revive(broker: dramatiq.Broker, client: Any, job: Queued, failed: str, new: str, note: Callable[[], Note]) -> bool:
    """Put a job that has failed for good on its queue again, as a new one. To do so once more changes nothing.

    Args:
        client: connection to Redis.
        failed: id of the one that has.
        new: id of the new one, 32 hexadecimal digits.
        note: what the journal is told of it.

    Returns:
        Whether the new one is on the queue: not where that does not have the old one any more, or has the same work already.

    Raises:
        ConnectionClosed, RedisError: Redis does not answer.
    """
    alive, dead = f"{NAMESPACE}:{job.queue}.msgs", f"{NAMESPACE}:{xq_name(job.queue)}"
    for name in job.ids():
        raw = client.hget(f"{dead}.msgs", name)
        if raw is None:
            continue
        old = dramatiq.Message.decode(raw)
        if old.options.get("job", failed) != failed:
            # Another one with the same work has failed since, maybe the retry of this one.
            continue
        kept = {option: value for option, value in old.options.items() if option not in _OF_TRIES}
        message = dramatiq.Message(
            job.queue, old.actor_name, old.args, old.kwargs, {**kept, "job": new}, message_id=old.message_id
        )
        if broker.enqueue(message).options["new"]:
            broker.journal.add(note())
        elif not _is_there(client, alive, job, new):
            return False
        # Afterwards: whoever dies in between leaves it to be asked for twice, which does no harm.
        with client.pipeline() as pipe:
            pipe.zrem(dead, name).hdel(f"{dead}.msgs", name).execute()
        return True
    return _is_there(client, alive, job, new)


def _is_there(client: Any, messages: str, job: Queued, new: str) -> bool:
    """Whether the queue has the job under the new id."""
    found = client.hmget(messages, [*job.ids(), *job._replace(attempt=0).ids()])
    return any(dramatiq.Message.decode(raw).options.get("job") == new for raw in found if raw is not None)
