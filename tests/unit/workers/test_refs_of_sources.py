"""The list of what a git repository on the internet has, which its server may write as it likes."""

from __future__ import annotations

import io

from hubshare_workers.fetch.repositories import read_refs

COMMIT = "1" * 40


def advertised(*refs: str, head: str = "") -> io.BytesIO:
    lines = [f"{COMMIT} HEAD\0symref=HEAD:{head} agent=x\n" if ref == "HEAD" else f"{COMMIT} {ref}\n" for ref in refs]
    return io.BytesIO(b"".join(f"{len(line.encode()) + 4:04x}".encode() + line.encode() for line in lines) + b"0000")


def test_names_that_git_does_not_make_are_not_read() -> None:
    wild = ["refs/heads/\x1b[31mred", "refs/heads/" + "b" * 10_000, "refs/tags/\x07", "refs/heads/\u202egnp"]
    found = read_refs(advertised("HEAD", "refs/heads/main", "refs/heads/ünï", *wild, head=wild[0]), "", "host")
    assert found.keys() - {"HEAD@"} == {"HEAD", "refs/heads/main", "refs/heads/ünï"}
    assert found.get("HEAD@", "") not in wild
