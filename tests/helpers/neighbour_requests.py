"""What one account, or none, can do to a Hub by HTTP and by connections, again and again."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import redis

from hubshare.git.objects import BLOB
from hubshare.git.pktline import FLUSH, line
from tests.helpers.forge import by_id, delta_of, folder, packed, raw_object, raw_pack, snapshot
from tests.helpers.neighbours import MIB, Neighbour
from tests.helpers.zips import zipped

#: Requests at a time; more than anybody has places for.
_AT_ONCE = 24
_KEPT: dict[tuple[str, str], Any] = {}


def _once(mallory: Neighbour, what: str, make: Callable[[], Any]) -> Any:
    """What is made the first time, and is there from then on: it is no part of what is done again."""
    if (mallory.user, what) not in _KEPT:
        _KEPT[mallory.user, what] = make()
    return _KEPT[mallory.user, what]


def _client(mallory: Neighbour, anonymous: bool = False) -> httpx.Client:
    headers = {} if anonymous else {"Authorization": f"token {mallory.user}"}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=2 * _AT_ONCE)
    return httpx.Client(base_url=mallory.centre.url, headers=headers, timeout=60, limits=limits)


def _ask(client: httpx.Client, method: str, address: str, slow: bool = False, **more: Any) -> int:
    """Ask, and take what comes; the status. What takes too long, or is cut off, is 0."""
    try:
        with client.stream(method, address, **more) as answer:
            for number, _ in enumerate(answer.iter_raw(64 * 1024)):
                if slow and number < 20:
                    time.sleep(0.1)
            status = answer.status_code
    except httpx.TransportError:
        return 0
    if status in (429, 503):
        # Who asks at once again does work of her own only.
        time.sleep(0.2)
    return status


def _all(mallory: Neighbour, requests: list[Callable[[], object]]) -> list[object]:
    pool: ThreadPoolExecutor = _once(mallory, "pool", lambda: ThreadPoolExecutor(_AT_ONCE))
    return [one.result() for one in [pool.submit(request) for request in requests]]


def _gets(
    mallory: Neighbour, addresses: list[str], *, anonymous: bool = False, slow: bool = False, **more: Any
) -> list[object]:
    client = _once(mallory, f"client {anonymous}", lambda: _client(mallory, anonymous))
    return _all(mallory, [lambda at=at: _ask(client, "GET", at, slow, **more) for at in addresses])  # type: ignore[misc]


def _noise(size: int) -> bytes:
    return random.randbytes(size)


# pages


def pages_of_a_table(mallory: Neighbour) -> None:
    """A visitor asks for all pages of a large table, and for some that there are not."""
    table = "n,square\n" + "".join(f"{n},x{n}\n" for n in range(15_000))
    _once(mallory, "table", lambda: mallory.publish({"t.csv": table.encode()}))
    at = f"projects/{mallory.full}/files/latest/t.csv"
    pages = random.sample(range(1, 151), 40) + random.sample(range(151, 10**9), 20)
    _gets(mallory, [f"{at}?page={page}&odd={random.random()}&wait=1" for page in pages], anonymous=True)


def notebooks_dear_to_render(mallory: Neighbour) -> None:
    """Notebooks of many cells, which nobody has seen before."""

    def notebook() -> bytes:
        mark = random.random()
        text = {"cell_type": "markdown", "metadata": {}, "source": f"{mark}\n" + "> - *a* **b** `c` $d$\n" * 300}
        code = {
            "cell_type": "code",
            "metadata": {},
            "source": f"x = {mark}\n" + "def f(a, b):\n    return [a for a in b if 'x' in a]\n" * 100,
            "execution_count": 1,
            "outputs": [],
        }
        return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [text, code] * 60}).encode()

    mallory.push({f"{number}.ipynb": notebook() for number in range(12)})
    at = f"projects/{mallory.full}/files/latest"
    addresses = [f"{at}/{number}.ipynb?wait=1" for number in range(12)]
    _gets(mallory, addresses, anonymous=True)
    _gets(mallory, addresses)


def comparisons_of_long_files(mallory: Neighbour) -> None:
    """Long files of which no line is where it was, compared in each way."""
    lines = [f"line {number} {random.random()}\n" for number in range(20_000)]
    for _ in range(2):
        random.shuffle(lines)
        mallory.push({f"{number}.txt": "".join(lines[number:]).encode() for number in range(6)})
    found = mallory.api("GET", f"projects/{mallory.full}/versions?limit=1")["items"][0]["number"]
    at = f"projects/{mallory.full}/versions/v{found}/difference"
    asked = ["layout=split&wait=1", "spaces=ignore&wait=1", "wait=1", "since=v0&wait=1"]
    _gets(mallory, [f"{at}/{number}.txt?{query}" for number in range(6) for query in asked])


def searches(mallory: Neighbour) -> None:
    """What is looked for in everything, and found nowhere."""
    browser = _once(mallory, "browser", lambda: _signed_in(mallory))
    texts = ["e", "a b c d e f g h", "%" * 60, "_" * 150, "zzz"]
    _all(mallory, [lambda text=text: _ask(browser, "GET", "search", params={"q": text}) for text in texts * 8])  # type: ignore[misc]
    wanted = ["me/jobs?limit=500", "me/jobs?limit=500&text=%25", "audit?limit=500", "projects?limit=500"]
    _gets(mallory, [f"api/v1/{one}" for one in wanted] * 8)


# what is large


def _large(mallory: Neighbour) -> None:
    _once(mallory, "large", lambda: mallory.publish({"large.bin": _noise(48 * MIB), "small.txt": b"small\n"}))


def raw_downloads(mallory: Neighbour) -> None:
    """A large file, many times at once; half of them take it slowly."""
    _large(mallory)
    at = f"projects/{mallory.full}/raw/latest/large.bin"
    _gets(mallory, [at] * 12)
    _gets(mallory, [at] * _AT_ONCE, slow=True, headers={"Range": "bytes=0-20000000"})


def archives(mallory: Neighbour) -> None:
    """Archives of versions of which nobody has had one."""
    mallory.push({"new.bin": _noise(MIB), "zeros.bin": bytes(90 * MIB), "large.bin": _noise(8 * MIB)})
    at = f"api/v1/projects/{mallory.full}/archive"
    _gets(mallory, [f"{at}?format={kind}" for kind in ("zip", "tar")] * 6)


def clones(mallory: Neighbour) -> None:
    """Everything that a project has, many times at once, as git asks for it."""
    _large(mallory)
    body = line(b"command=fetch") + b"0001" + line(f"want {mallory.head}\n".encode()) + line(b"done\n") + FLUSH
    headers = {"Git-Protocol": "version=2", "Content-Type": "application/x-git-upload-pack-request"}
    client = _once(mallory, "client", lambda: _client(mallory))
    at = f"git/{mallory.full}.git/git-upload-pack"
    _all(mallory, [lambda: _ask(client, "POST", at, content=body, headers=headers) for _ in range(12)])


def event_streams(mallory: Neighbour) -> None:
    """More streams of events than anybody may have, of which none is read, while there are events."""

    def listen() -> list[socket.socket]:
        place, opened = urlsplit(mallory.centre.url), list[socket.socket]()
        for _ in range(60):
            one = socket.create_connection((place.hostname or "", place.port or 0))
            head = f"GET {place.path}api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: token {mallory.user}\r\n\r\n"
            one.sendall(head.encode())
            opened.append(one)
        return opened

    _once(mallory, "streams", listen)
    for _ in range(10):
        with contextlib.suppress(redis.RedisError):
            mallory.send_save()
        time.sleep(0.1)


def zip_uploads(mallory: Neighbour) -> None:
    """Zips of very many files, and of what unpacks to a great deal, at the pages and at the API."""
    many = _once(mallory, "many", lambda: zipped({f"{n // 100}/{n}.txt": b"%d" % n for n in range(20_000)}))
    much = _once(mallory, "much", lambda: zipped({f"{n}.bin": bytes(90 * MIB) for n in range(8)}))
    browser = _once(mallory, "browser", lambda: _signed_in(mallory))
    csrf = _once(mallory, "csrf", lambda: re.findall(r'name="csrf" value="(\w+)"', browser.get("").text)[0])

    def post(data: bytes) -> None:
        fields = {"csrf": csrf, "existing": "replace", "folder": f"f{random.randrange(4)}"}
        with contextlib.suppress(httpx.TransportError):
            browser.post(f"projects/{mallory.full}/upload", data=fields, files={"zip": ("a.zip", data)})

    _all(mallory, [lambda data=data: post(data) for data in [many, much] * 4])  # type: ignore[misc]


def _signed_in(mallory: Neighbour) -> httpx.Client:
    browser = httpx.Client(base_url=mallory.centre.url, timeout=60, headers={"Accept": "text/html"})
    state = parse_qs(urlsplit(browser.get("login").headers["location"]).query)["state"][0]
    browser.get(f"oauth_callback?state={state}&code={mallory.user}")
    return browser


# git


def _git_push(mallory: Neighbour, commit: str, pack: bytes) -> bytes:
    head = f"{mallory.head} {commit} refs/heads/main\0report-status".encode()
    answer = httpx.post(
        f"{mallory.centre.url}git/{mallory.full}.git/git-receive-pack",
        content=line(head) + FLUSH + pack,
        headers={
            "Authorization": f"token {mallory.user}",
            "Content-Type": "application/x-git-receive-pack-request",
        },
        timeout=60,
    )
    return answer.content


def one_content_at_many_paths(mallory: Neighbour) -> None:
    """Git pushes of a few kilobytes that are 2 GB on the disk of whoever has the project."""
    content = random.randbytes(10) + bytes(10 * MIB)
    objects = snapshot(mallory.head, {f"{number}.bin": content for number in range(200)}, mallory.user)
    unique = {one.id: one for one in objects}
    if b"ok refs/heads/main" in _git_push(mallory, objects[-1].id, packed(list(unique.values()))):
        mallory.head = objects[-1].id


def deltas_of_gigabytes(mallory: Neighbour) -> None:
    """Git pushes of ten kilobytes that declare 9 GB, and of what is just below the limit."""
    base = bytes(70_000)
    whole = raw_object(BLOB, len(base), zlib.compress(base))
    bombs = [raw_pack(whole, *(by_id(base, delta_of(base, 1584)) for _ in range(count))) for count in (94, 20)]
    with contextlib.suppress(httpx.TransportError):
        _all(mallory, [lambda bomb=bomb: _git_push(mallory, "1" * 40, bomb) for bomb in bombs * 2])  # type: ignore[misc]


def a_great_many_folders(mallory: Neighbour) -> None:
    """Git pushes of folders upon folders, which are to be walked."""
    deep: Any = {"a.txt": b"%f" % random.random()}
    for level in range(100):
        deep = {f"level {level}": deep, **{f"{number}": b"%d" % number for number in range(100)}}
    objects = folder(deep)
    made = snapshot(mallory.head, {"deep": (0o40000, objects[-1].id)}, mallory.user)
    unique = {one.id: one for one in [*objects, *made]}
    if b"ok refs/heads/main" in _git_push(mallory, made[-1].id, packed(list(unique.values()))):
        mallory.head = made[-1].id


# connections


def connections_that_do_not_read(mallory: Neighbour) -> None:
    """As many connections to Redis as anybody has, which ask for much and take nothing of it."""
    place = mallory.redis.connection_pool.connection_kwargs
    with contextlib.suppress(redis.RedisError, OSError), contextlib.ExitStack() as opened:
        for _ in range(8):
            mallory.redis.xadd(mallory.inbox, {"event": b"x" * MIB})
        for _ in range(80):
            one = opened.enter_context(socket.create_connection((place["host"], place["port"])))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(f"AUTH {place['username']} {place['password']}\r\n".encode())
            one.sendall(f"XREAD COUNT 8 STREAMS {mallory.inbox} 0\r\n".encode() * 4)
        time.sleep(3)
    mallory.connect()


def connections_without_a_password(mallory: Neighbour) -> None:
    """As many connections to Redis as there may be, and again those that are ended."""
    place = mallory.redis.connection_pool.connection_kwargs
    held: list[socket.socket] = _once(mallory, "nameless", list)
    if len(held) > 12_000:
        while held:
            held.pop().close()
    with contextlib.suppress(OSError):
        for _ in range(1000):
            held.append(socket.create_connection((place["host"], place["port"]), timeout=1))
    time.sleep(0.1)


# what leads outside


def _dead(mallory: Neighbour) -> int:
    """The port of somebody who takes connections and never says a word."""

    def listen() -> socket.socket:
        made = socket.create_server(("127.0.0.1", 0), backlog=1000)

        def take() -> None:
            held = []
            while True:
                held.append(made.accept())

        threading.Thread(target=take, daemon=True).start()
        return made

    listening: socket.socket = _once(mallory, "dead", listen)
    return int(listening.getsockname()[1])


def _numbers(mallory: Neighbour) -> Iterator[int]:
    found: Iterator[int] = _once(mallory, "numbers", lambda: iter(range(10**6)))
    return found


def imports_that_stall(mallory: Neighbour) -> None:
    """Projects of what never comes, and the same fetched again."""
    port, numbers = _dead(mallory), _numbers(mallory)
    client = _once(mallory, "client", lambda: _client(mallory))
    for kind in ("a.zip", "a.git", "a.csv", "a.tar.gz"):
        number = next(numbers)
        wanted = {"source": f"http://127.0.0.1:{port}/{number}/{kind}", "name": f"stalls-{number}"}
        _ask(client, "POST", "api/v1/imports", json=wanted)
        _ask(client, "POST", f"api/v1/projects/{mallory.user}/stalls-{max(0, number - 3)}/import/fetch")
    time.sleep(0.5)


def webhooks_to_dead_receivers(mallory: Neighbour) -> None:
    """As many webhooks as anybody has, to somebody who never answers, and much to tell them."""
    port = _dead(mallory)
    client = _once(mallory, "client", lambda: _client(mallory))

    def add() -> list[int]:
        wanted = [{"url": f"http://127.0.0.1:{port}/{number}"} for number in range(20)]
        at = f"api/v1/projects/{mallory.full}/webhooks"
        return [_ask(client, "POST", at, json=one) for one in wanted]

    _once(mallory, "webhooks", add)
    for _ in range(10):
        mallory.send_save()
        time.sleep(0.1)


ATTACKS: tuple[Callable[[Neighbour], None], ...] = (
    pages_of_a_table,
    notebooks_dear_to_render,
    comparisons_of_long_files,
    searches,
    raw_downloads,
    archives,
    clones,
    event_streams,
    zip_uploads,
    one_content_at_many_paths,
    deltas_of_gigabytes,
    a_great_many_folders,
    connections_that_do_not_read,
    connections_without_a_password,
    imports_that_stall,
    webhooks_to_dead_receivers,
)
