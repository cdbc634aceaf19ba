"""Sites of published data, by the documented shapes of their APIs, on the internet of the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import md5, sha256
from itertools import count
from urllib.parse import quote

from tests.helpers.internet import Internet, Visit
from tests.helpers.zips import zipped


class DataSites:
    """doi.org and figshare, which are mirrored here, and one site that is a Zenodo and a Dataverse at once."""

    def __init__(self, internet: Internet) -> None:
        self._internet = internet
        self._numbers = count(100)

    def doi(self, name: str, address: str) -> None:
        """Register a DOI (the handle API)."""
        values = [
            {"index": 100, "type": "HS_ADMIN", "data": {"format": "admin", "value": {"handle": "10.admin/x"}}},
            {"index": 1, "type": "URL", "data": {"format": "string", "value": address}, "ttl": 86400},
        ]
        self._json(f"/doi.org/api/handles/{name}", {"responseCode": 1, "handle": name, "values": values})

    def record(self, number: str, files: Mapping[str, bytes]) -> None:
        """Publish a record of InvenioRDM."""
        at = f"{self._internet.url}/api/records/{number}"
        entries = []
        for name, content in files.items():
            path = f"/api/records/{number}/files/{name}/content"
            self._internet.serve(path, content)
            links = {"self": f"{at}/files/{quote(name)}", "content": self._internet.url + quote(path)}
            digest = f"md5:{md5(content).hexdigest()}"
            entries.append(
                {"key": name, "size": len(content), "checksum": digest, "status": "completed", "links": links}
            )
        self._json(f"/api/records/{number}", {"id": number, "links": {"self": at, "files": f"{at}/files"}})
        self._json(f"/api/records/{number}/files", {"enabled": True, "entries": entries})

    def article(self, number: str, versions: Mapping[int, Mapping[str, bytes]], listed: int = 100) -> dict[str, str]:
        """Publish an article of figshare, of which so many files are listed; returns where each file lies."""
        places = dict[str, str]()
        at = f"/api.figshare.com/v2/articles/{number}"
        self._json(f"{at}/versions", [{"version": version, "url": f"{at}/versions/{version}"} for version in versions])
        for version, files in versions.items():
            self._internet.serve(f"{at}/versions/{version}/download", zipped(files))
            entries, folders = list[dict[str, object]](), dict[str, str]()
            for path, content in files.items():
                folder, _, name = path.rpartition("/")
                one = next(self._numbers)
                places[path] = f"/ndownloader/files/{one}"
                address, digest = self._internet.serve(places[path], content), md5(content).hexdigest()
                about = {"id": one, "name": name, "size": len(content), "is_link_only": False, "download_url": address}
                # Who publishes need not give one.
                entries.append(about | {"supplied_md5": "", "computed_md5": digest})
                if folder:
                    folders[str(one)] = folder
            size = sum(map(len, files.values()))
            whole = {"id": int(number), "version": version, "size": size, "folder_structure": folders}
            self._json(f"{at}/versions/{version}", whole | {"files": entries[:listed]})
        return places

    def dataset(self, name: str, files: Mapping[str, bytes]) -> dict[str, int]:
        """Publish a dataset of a Dataverse; returns the numbers of its files."""
        listed, numbers = list[dict[str, object]](), dict[str, int]()
        for path, content in files.items():
            folder, _, label = path.rpartition("/")
            numbers[path] = number = next(self._numbers)
            # A table is kept in another form; the one that was uploaded is asked for.
            digest = md5(content).hexdigest()
            about: dict[str, object] = {"id": number, "filesize": len(content), "md5": digest}
            if label.endswith(".csv"):
                about |= {"filename": "other.tab", "originalFileName": label, "md5": md5(b"other").hexdigest()}
            else:
                about |= {"filename": label, "checksum": {"type": "MD5", "value": digest}}
            one: dict[str, object] = {"label": about["filename"], "dataFile": about} | (
                {"directoryLabel": folder} if folder else {}
            )
            listed.append(one)
            self._internet.serve(f"/api/access/datafile/{number}?format=original", content)
            self._json(
                f"/api/files/{number}",
                {"status": "OK", "data": one | {"datasetVersion": {"datasetPersistentId": name}}},
            )
        version = {"versionNumber": 1, "versionState": "RELEASED", "files": listed}
        self._json(
            f"/api/datasets/:persistentId?persistentId={name}",
            {"status": "OK", "data": {"id": 1, "latestVersion": version}},
        )
        return numbers

    def osf(self, name: str, files: Mapping[str, bytes]) -> dict[str, str]:
        """Publish a project of OSF (API v2, after the redirect from its guid): two files a page; returns the ids of files."""
        numbers = dict[str, str]()
        api, at = f"{self._internet.url}/api.osf.io", f"/api.osf.io/v2/nodes/{name}"
        folders: dict[str, dict[str, dict[str, object]]] = {"": {}}
        for path, content in files.items():
            *above, last = path.split("/")
            for depth, folder in enumerate(above, 1):
                inside = "/".join(above[:depth])
                folders.setdefault(inside, {})
                href = f"{api}/v2/nodes/{name}/files/osfstorage/{inside.replace('/', '-')}/"
                folders["/".join(above[: depth - 1])][folder] = {
                    "type": "files",
                    "attributes": {"name": folder, "kind": "folder", "materialized_path": f"/{inside}/"},
                    "relationships": {"files": {"links": {"related": {"href": href, "meta": {}}}}},
                    "links": {"upload": "", "move": ""},
                }
            numbers[path] = number = f"{next(self._numbers):024x}"
            hashes = {"md5": md5(content).hexdigest(), "sha256": sha256(content).hexdigest()}
            about: dict[str, object] = {
                "name": last,
                "kind": "file",
                "size": len(content),
                "materialized_path": f"/{path}",
            }
            about |= {"extra": {"hashes": hashes, "downloads": 1}, "guid": None}
            address = f"{self._internet.url}/osf.io/download/{number}/"
            self._internet.serve(f"/osf.io/download/{number}/", content)
            one: dict[str, object] = {
                "id": number,
                "type": "files",
                "attributes": about,
                "links": {"download": address},
            }
            folders["/".join(above)][last] = one
            self._json(f"/api.osf.io/v2/files/{number}/", {"data": one})
        for folder, held in folders.items():
            place = f"{at}/files/osfstorage/{folder.replace('/', '-') + '/' if folder else ''}"
            listed = list(held.values())
            for start in range(0, len(listed) or 1, 2):
                more = f"{self._internet.url}{place}?page={start + 2}" if start + 2 < len(listed) else None
                asked = f"{place}?page={start}" if start else place
                page = {"data": listed[start : start + 2], "links": {"next": more, "prev": None, "meta": {}}}
                self._json(asked, page)
        self._json(f"{at}/", {"data": {"id": name, "type": "nodes", "attributes": {"title": "A project"}}})
        self._internet.redirect(f"/api.osf.io/v2/guids/{name}/", f"{self._internet.url}{at}/")
        return numbers

    def large(self, repository: str, contents: Mapping[bytes, bytes]) -> None:
        """Keep large files of a repository (the batch API of Git LFS).

        Args:
            contents: what is asked for, to what is given.
        """
        held = {sha256(wanted).hexdigest(): given for wanted, given in contents.items()}
        for oid, given in held.items():
            self._internet.serve(f"/lfs-store/{oid}", given)

        def batch(visit: Visit) -> None:
            objects = []
            for one in json.loads(visit.body)["objects"]:
                href = f"{self._internet.url}/lfs-store/{one['oid']}"
                action = {"actions": {"download": {"href": href, "header": {"X-Token": "given"}, "expires_in": 60}}}
                missing = {"error": {"code": 404, "message": "Object does not exist"}}
                objects.append(one | (action if one["oid"] in held else missing))
            answer = json.dumps({"transfer": "basic", "objects": objects}).encode()
            visit.send(answer, Content_Type="application/vnd.git-lfs+json")

        self._internet.answers[f"/{repository}.git/info/lfs/objects/batch"] = batch

    def _json(self, path: str, answer: object) -> None:
        self._internet.serve(path, json.dumps(answer), Content_Type="application/json")
