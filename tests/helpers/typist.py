"""Types into a document that is open in a Jupyter server, as a browser would: `python -m tests.helpers.typist URL TOKEN PATH`.

Runs where jupyter-collaboration's libraries are. Takes commands as lines of JSON and answers each with one:
`{"type": "x", "times": 60, "every": 0.1, "cell": 2}` types at the end of a cell or of the text, `{"erase": 3}` takes the last
characters of the text away, `{"read": true}` gives the content.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any
from urllib.parse import quote

from jupyter_ydoc import ydocs
from pycrdt import Doc, YMessageType, YSyncMessageType, create_sync_message, create_update_message, handle_sync_message
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect


class Document:
    """One open document."""

    def __init__(self, connection: WebSocketClientConnection, kind: str) -> None:
        self._connection = connection
        self._shared: Doc[Any] = Doc()
        self.content = ydocs[kind](self._shared)
        self.loaded, self._answered = asyncio.Event(), asyncio.Event()
        self._taking_in = False

    async def follow(self) -> None:
        """Take in what others type, for as long as the connection is there."""
        await self._connection.write_message(create_sync_message(self._shared), binary=True)
        said: set[int] = set()
        while (message := await self._connection.read_message()) is not None:
            if message[0] != YMessageType.SYNC:
                continue
            self._taking_in = True
            reply = handle_sync_message(message[1:], self._shared)
            self._taking_in = False
            if reply is not None:
                await self._connection.write_message(reply, binary=True)
            said.add(message[1])
            if message[1] == YSyncMessageType.SYNC_STEP2:
                self._answered.set()
            # The server takes edits from those who have answered its question as well.
            if said >= {YSyncMessageType.SYNC_STEP1, YSyncMessageType.SYNC_STEP2} and not self.loaded.is_set():
                self._shared.observe(lambda event: self._send(event.update))
                self.loaded.set()

    async def arrived(self) -> None:
        """Wait until the server has all that was typed: it answers in order."""
        self._answered.clear()
        await self._connection.write_message(create_sync_message(self._shared), binary=True)
        await asyncio.wait_for(self._answered.wait(), 30)

    def _send(self, update: bytes) -> None:
        if not self._taking_in:
            self._connection.write_message(create_update_message(update), binary=True)


async def open_document(url: str, token: str, path: str) -> Document:
    """Open a document, with whichever extension the server has."""
    headers, client = {"Authorization": f"token {token}"}, AsyncHTTPClient()
    kind, form = ("notebook", "json") if path.endswith(".ipynb") else ("file", "text")
    session = ""
    try:
        asked = HTTPRequest(
            f"{url}api/collaboration/session/{quote(path)}",
            "PUT",
            headers,
            json.dumps({"format": form, "type": kind}),
        )
        answer = json.loads((await client.fetch(asked)).body)
        name, session = answer["fileId"], f"?sessionId={answer['sessionId']}"
    except HTTPClientError as error:
        if error.code not in (404, 405):
            raise
        asked = HTTPRequest(f"{url}api/fileid/index?path={quote(path)}", "POST", headers, "")
        name = json.loads((await client.fetch(asked)).body)["id"]
    room = f"{url.replace('http', 'ws', 1)}api/collaboration/room/{form}:{kind}:{name}{session}"
    return Document(await websocket_connect(HTTPRequest(room, headers=headers)), kind)


async def type_keys(document: Document, key: str, times: int, every: float, cell: int | None) -> None:
    """Press a key again and again at the end of a text."""
    for _ in range(times):
        text = document.content._ysource if cell is None else document.content.ycells[cell]["source"]
        text += key
        await asyncio.sleep(every)


async def main() -> None:
    """Carry out what is asked on the standard input until it ends."""
    document = await open_document(*sys.argv[1:4])
    following = asyncio.create_task(document.follow())
    await asyncio.wait_for(document.loaded.wait(), 30)
    print(json.dumps({"open": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        if "type" in asked:
            await type_keys(document, asked["type"], asked["times"], asked["every"], asked.get("cell"))
        if "erase" in asked:
            source = document.content._ysource
            del source[len(source) - asked["erase"] : len(source)]
        await document.arrived()
        print(json.dumps(document.content.get()), flush=True)
    following.cancel()


if __name__ == "__main__":
    asyncio.run(main())
