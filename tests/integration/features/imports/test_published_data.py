"""Published data and large files, over sites that answer by the documented shapes of their APIs."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from hubshare.errors import Clash, Invalid, NotFound, Unavailable
from hubshare.features.imports.links import Dataverse, Doi, Figshare, Git, Link, Record
from hubshare.sealed import Credential
from tests.helpers.data_sites import DataSites
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet, Visit
from tests.helpers.zips import zipped

FILES = {"a.csv": b"1,2", "deep/b.txt": b"b"}


@pytest.fixture(scope="module")
def sites(internet: Internet) -> DataSites:
    return DataSites(internet)


def test_a_record_of_zenodo(importer: Importer, sites: DataSites, internet: Internet) -> None:
    sites.record("71", FILES)
    link = Link(Record(internet.url, "71"))
    assert importer.files(link) == {"a.csv": "1,2", "deep/b.txt": "b"}
    assert importer.last is not None
    known = importer.last.version
    assert importer.take(link, known=known) is None
    sites.record("71", {"a.csv": b"1,3"})
    assert importer.files(link, known=known) == {"a.csv": "1,3"}


def test_the_badge_of_a_repository_leads_to_its_newest_record(
    importer: Importer, sites: DataSites, internet: Internet
) -> None:
    sites.record("711", FILES)
    badge = f"{internet.url}/badge/latestdoi/4242"
    internet.redirect("/badge/latestdoi/4242", internet.url + "/doi/10.5281/zenodo.711")
    internet.redirect("/doi/10.5281/zenodo.711", internet.serve("/records/711", "<html>", Content_Type="text/html"))
    assert importer.files(f"[![DOI]({internet.url}/badge/4242.svg)]({badge})") == {"a.csv": "1,2", "deep/b.txt": "b"}
    internet.redirect("/badge/latestdoi/4242", internet.serve("/elsewhere", "<html>", Content_Type="text/html"))
    with pytest.raises(Invalid, match=r"badge/latestdoi/4242' leads to 127\.0\.0\.1, whose files cannot be fetched"):
        importer.take(badge)


def test_one_file_of_a_record_and_one_archive(importer: Importer, sites: DataSites, internet: Internet) -> None:
    sites.record("72", FILES)
    assert importer.files(Link(Record(internet.url, "72", "a.csv"))) == {"a.csv": "1,2"}
    sites.record("73", {"all.zip": zipped({"top/x": b"1", "top/y": b"2"})})
    assert importer.files(Link(Record(internet.url, "73"))) == {"x": "1", "y": "2"}
    with pytest.raises(NotFound):
        importer.take(Link(Record(internet.url, "72", "none.csv")))


def test_a_record_with_files_that_no_project_can_hold(importer: Importer, sites: DataSites, internet: Internet) -> None:
    sites.record("74", {"fine": b"1", "../out": b"x", ".git/config": b"x", "gone": b"x", "large": b"x" * 500})
    del internet.answers["/api/records/74/files/gone/content"]
    importer.settings.max_file_bytes = 400
    assert importer.files(Link(Record(internet.url, "74"))) == {"fine": "1"}
    assert importer.last is not None
    assert [line.partition(":")[0] for line in importer.last.left_out] == ["../out", ".git/config", "gone", "large"]


@pytest.mark.parametrize("link", ["record", "archive", "osf", "dataset", "figshare"])
def test_a_file_that_is_not_what_its_record_says_is_refused(
    importer: Importer, sites: DataSites, internet: Internet, link: str
) -> None:
    files = (
        {"fine.txt": b"1", "wrong.txt": b"2"} if link != "archive" else {"wrong.zip": zipped({"a": b"1", "b": b"2"})}
    )
    wrong = next(name for name in files if name.startswith("wrong"))
    address: Link | str
    if link == "osf":
        number = sites.osf("wr0ng", files)[wrong]
        address, at = "https://osf.io/wr0ng/", f"/osf.io/download/{number}/"
    elif link == "figshare":
        address, at = Link(Figshare("9782780")), sites.article("9782780", {1: files})[wrong]
    elif link == "dataset":
        number = str(sites.dataset("doi:10.7910/DVN/WRONG", files)[wrong])
        address = Link(Dataverse(internet.url, "doi:10.7910/DVN/WRONG"))
        at = f"/api/access/datafile/{number}?format=original"
    else:
        sites.record("77", files)
        address, at = Link(Record(internet.url, "77")), f"/api/records/77/files/{wrong}/content"
    right = internet.answers[at]
    internet.serve(at, b"3")
    internet.asked.clear()
    # No job tries it again: it is the same each time.
    with pytest.raises(Clash, match=f"{wrong}' is not what its record says.* twice like that"):
        importer.take(address)
    assert [one.path for one in internet.asked].count(at) == 2
    internet.answers[at] = right
    assert len(importer.files(address)) == 2


def test_a_file_that_is_damaged_on_its_way_is_asked_for_once_more(
    importer: Importer, sites: DataSites, internet: Internet
) -> None:
    content = b"x" * 1000
    sites.record("79", {"a.bin": content})
    link, at = Link(Record(internet.url, "79")), "/api/records/79/files/a.bin/content"
    come = [b"y" * 1000, content]
    internet.answers[at] = lambda visit: visit.send(come.pop(0))
    # What came damaged does not count.
    importer.settings.fetch_max_bytes = 1500
    assert importer.files(link) == {"a.bin": "x" * 1000}
    assert not come
    come = [b"y" * 1000, b"z" * 1000]
    with pytest.raises(Unavailable, match=r"'a\.bin' is not what its record says.* otherwise a moment ago"):
        importer.take(link)
    assert not come


def test_a_checksum_of_a_kind_that_nobody_knows_is_not_compared(
    importer: Importer, sites: DataSites, internet: Internet
) -> None:
    sites.record("78", FILES)
    entries = [
        {"key": name, "checksum": checksum, "links": {"content": f"{internet.url}/api/records/78/files/{name}/content"}}
        for name, checksum in zip(FILES, ("crc32:0badcafe", "md5:none of it"), strict=True)
    ]
    internet.serve("/api/records/78/files", json.dumps({"entries": entries}))
    assert importer.files(Link(Record(internet.url, "78"))) == {"a.csv": "1,2", "deep/b.txt": "b"}


def test_a_project_of_osf_and_a_file_of_it(importer: Importer, sites: DataSites, internet: Internet) -> None:
    files = {f"data/{number}.csv": b"%d" % number for number in range(5)} | {"a.txt": b"a", "data/deep/b.txt": b"b"}
    numbers = sites.osf("ab1cd", files)
    meant = {path: content.decode() for path, content in files.items()}
    assert importer.files("https://osf.io/ab1cd/") == meant
    assert importer.last is not None
    known = importer.last.version
    assert importer.take("https://osf.io/ab1cd", known=known) is None
    sites.osf("ab1cd", files | {"a.txt": b"b"})
    assert importer.files("https://osf.io/ab1cd/", known=known) == meant | {"a.txt": "b"}
    sites.doi("10.17605/osf.io/ab1cd", "https://osf.io/ab1cd/")
    assert importer.files("https://doi.org/10.17605/OSF.IO/AB1CD") == meant | {"a.txt": "b"}
    assert importer.files(f"https://osf.io/ab1cd/files/osfstorage/{numbers['data/3.csv']}") == {"3.csv": "3"}
    internet.serve("/api.osf.io/v2/guids/pre11/", json.dumps({"data": {"id": "pre11", "type": "preprints"}}))
    with pytest.raises(NotFound, match="neither a project nor a file"):
        importer.take("https://osf.io/pre11")


def test_dois_lead_to_what_they_name(importer: Importer, sites: DataSites, internet: Internet) -> None:
    sites.record("75", FILES)
    sites.doi("10.5281/zenodo.75", f"{internet.url}/doi/10.5281/zenodo.75")
    internet.redirect("/doi/10.5281/zenodo.75", f"{internet.url}/records/75")
    internet.serve("/records/75", "<html>", Content_Type="text/html")
    assert importer.files("doi:10.5281/zenodo.75") == {"a.csv": "1,2", "deep/b.txt": "b"}
    sites.dataset("doi:10.7910/DVN/X", FILES)
    sites.doi("10.7910/dvn/x", f"{internet.url}/citation?persistentId=doi:10.7910/DVN/X")
    assert importer.files("10.7910/DVN/X") == {"a.csv": "1,2", "deep/b.txt": "b"}
    sites.doi("10.1000/page", internet.serve("/page.htm", "<html>"))
    for doi, error, words in [
        ("10.1000/page", Invalid, "whose files cannot be fetched"),
        ("10.1000/none", NotFound, "no DOI '10.1000/none'"),
    ]:
        with pytest.raises(error, match=words):
            importer.take(Link(Doi(doi)))


def test_an_article_of_figshare_and_its_versions(importer: Importer, sites: DataSites) -> None:
    sites.article("9782777", {1: {"old": b"1"}, 2: {"new": b"2"}})
    assert importer.files(Link(Figshare("9782777"))) == {"new": "2"}
    assert importer.last is not None
    assert importer.last.version.label == "version 2 of figshare article 9782777"
    assert importer.take(Link(Figshare("9782777")), known=importer.last.version) is None
    assert importer.files(Link(Figshare("9782777", "1"))) == {"old": "1"}


def test_an_article_that_does_not_list_all_of_its_files_comes_whole(
    importer: Importer, sites: DataSites, internet: Internet
) -> None:
    sites.article("9782778", {1: {"a": b"1", "data/b": b"2"}})
    assert importer.files(Link(Figshare("9782778"))) == {"a": "1", "data/b": "2"}
    assert not [one for one in internet.asked if one.path.endswith("/download")]
    sites.article("9782778", {1: {"a": b"1", "data/b": b"2"}}, listed=1)
    assert importer.files(Link(Figshare("9782778"))) == {"a": "1", "data/b": "2"}
    assert [one for one in internet.asked if one.path.endswith("/download")]
    sites.article("9782779", {1: {"all.zip": zipped({"a": b"1", "b": b"2"})}})
    assert importer.files(Link(Figshare("9782779"))) == {"a": "1", "b": "2"}


def test_a_dataset_and_a_file_of_one(importer: Importer, sites: DataSites, internet: Internet) -> None:
    numbers = sites.dataset("doi:10.7910/DVN/Y", FILES)
    assert importer.files(Link(Dataverse(internet.url, "doi:10.7910/DVN/Y"))) == {"a.csv": "1,2", "deep/b.txt": "b"}
    assert importer.files(Link(Dataverse(internet.url, file=str(numbers["deep/b.txt"])))) == {"b.txt": "b"}


def test_a_credential_goes_to_the_site_that_was_named_and_not_to_where_it_keeps_files(
    importer: Importer, sites: DataSites, internet: Internet, tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    with Internet.running(tmp_path / "store") as store:
        DataSites(store).record("77", FILES)
        internet.serve("/api/records/77", json.dumps({"links": {"files": f"{store.url}/api/records/77/files"}}))
        assert importer.files(Link(Record(internet.url, "77")), credential=Credential("", "t0ken"))["a.csv"] == "1,2"
        assert {asked.headers.get("authorization") for asked in internet.asked} == {"Bearer t0ken"}
        assert {asked.headers.get("authorization") for asked in store.asked} == {None}


def test_a_site_that_answers_something_else(importer: Importer, internet: Internet) -> None:
    for number, answer in enumerate(
        ["<html>", "[]", '{"links": 5}', "[" * 100_000, '{"links": {"files": "file:///etc/passwd"}}']
    ):
        internet.serve(f"/api/records/9{number}", answer)
        with pytest.raises((Unavailable, NotFound, Invalid)):
            importer.take(Link(Record(internet.url, f"9{number}")))


# Large files of git repositories.


def pointer(content: bytes) -> str:
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(content).hexdigest()}\nsize {len(content)}\n"
    )


def test_large_files_are_fetched_where_the_repository_keeps_them(
    importer: Importer, sites: DataSites, internet: Internet
) -> None:
    source = internet.repository("lfs")
    large, missing, wrong = b"large " * 1000, b"missing", b"wrong"
    source.commit(
        {
            ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
            "a.bin": pointer(large),
            "copy/a.bin": pointer(large),
            "missing.bin": pointer(missing),
            "wrong.bin": pointer(wrong),
            "annexed": "/annex/objects/SHA256E-s5--abc.dat\n",
            "plain.txt": "version",
        }
    )
    sites.large("lfs", {large: large, wrong: b"other"})
    files = importer.files(source.url)
    assert files["a.bin"] == files["copy/a.bin"] == large.decode()
    assert files["missing.bin"] == pointer(missing) and files["wrong.bin"] == pointer(wrong)
    assert importer.last is not None
    named = {line.partition(":")[0]: line for line in importer.last.left_out}
    assert named.keys() == {"missing.bin", "wrong.bin", "annexed"}
    assert "Git LFS" in named["wrong.bin"] and "git-annex" in named["annexed"]
    asked = [json.loads(asked.body) for asked in internet.asked if asked.path.endswith("/objects/batch")]
    assert [len(one["objects"]) for one in asked] == [3]
    assert {asked.headers["x-token"] for asked in internet.asked if asked.path.startswith("/lfs-store/")} == {"given"}


def test_a_large_file_that_was_fetched_before_is_not_fetched_again(
    importer: Importer, sites: DataSites, internet: Internet
) -> None:
    source, kept, old, new = internet.repository("kept-large"), b"kept" * 1000, b"old " * 1000, b"new " * 1000
    attributes: dict[str, bytes | str] = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    sites.large("kept-large", {kept: kept, old: old, new: new})
    source.commit(attributes | {"a.bin": pointer(kept), "b.bin": pointer(old)})
    importer.files(source.url)
    assert importer.last is not None
    before, first = len(internet.asked), importer.last
    source.commit(attributes | {"moved/a.bin": pointer(kept), "b.bin": pointer(new), "c.bin": pointer(kept)})
    files = importer.files(source.url, known=first.version, parent=first.commit)
    assert files["moved/a.bin"] == files["c.bin"] == kept.decode() and files["b.bin"] == new.decode()
    later = [asked.path for asked in internet.asked[before:] if asked.path.startswith("/lfs-store/")]
    assert later == [f"/lfs-store/{sha256(new).hexdigest()}"]


def test_large_files_are_not_fetched_from_where_nothing_is(importer: Importer, internet: Internet) -> None:
    source = internet.repository("lured")
    source.commit({".gitattributes": "* filter=lfs\n", "a.bin": pointer(b"x")})

    def lure(visit: Visit) -> None:
        actions = {"download": {"href": "http://169.254.169.254/latest"}}
        one = {"oid": sha256(b"x").hexdigest(), "size": 1, "actions": actions}
        visit.send(json.dumps({"objects": [one, 5, {"oid": 1}]}).encode())

    internet.answers["/lured.git/info/lfs/objects/batch"] = lure
    assert importer.files(source.url)["a.bin"] == pointer(b"x")
    assert importer.last is not None and "a.bin" in importer.last.left_out[0]


def test_a_file_that_only_looks_like_a_pointer_stays(importer: Importer, internet: Internet) -> None:
    source = internet.repository("looks")
    source.commit({"a.txt": pointer(b"x")})
    assert importer.files(Link(Git(source.url))) == {"a.txt": pointer(b"x")}
    assert importer.last is not None and importer.last.left_out == ()
    assert not [asked for asked in internet.asked if "lfs" in asked.path]
