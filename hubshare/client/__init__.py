"""The Python client of the service's API, for programs that wait and for programs that do not.

`Client` is small (urllib3), so that an idle agent is small; `AsyncClient` has the same methods as coroutines and asynchronous
iterators, and needs httpx (`pip install 'hubshare[client]'`).

    with Client("https://hub.example.org/services/hubshare/", token) as client:
        for project in client.projects():
            print(project.name, project.role)

    async with AsyncClient("https://hub.example.org/services/hubshare/", token) as client:
        async for event in client.project_events("alice/course"):
            print(event.type, event.number)

`calls` describes every call, `methods` makes the methods of both classes from that.
"""

from hubshare.client.asynchronous import AsyncClient
from hubshare.client.call import Progress
from hubshare.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "Progress"]
