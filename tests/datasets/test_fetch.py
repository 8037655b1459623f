"""Fetching from a server in the next thread: whole files, wrong ones, half ones, none."""

import contextlib
import gzip
import hashlib
import re
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from skxpresso.datasets import (
    _download,
    fetch,
    fetch_dataset,
    fetch_pretrained,
    fetch_roadmap,
    make_promoters,
    read_hdf5,
    write_hdf5,
)
from skxpresso.datasets._download import RemoteFile, data_folder, download

CONTENT = bytes(range(256)) * 4000
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status, length, body = self.server.answers.get(self.path, (404, None, b"gone"))
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", body.decode())
            body = b""
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if isinstance(body, bytes):
            self.wfile.write(body)
            return
        with contextlib.suppress(OSError):  # the client has left
            for part in body:
                self.wfile.write(part)
                time.sleep(0.05)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def running():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(running, monkeypatch):
    """Give a function from an answer to its URL; `server.asked` lists what was asked for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.answers, running.asked = {}, []

    def serve(path, body=CONTENT, status=200, length="right"):
        length = len(body) if length == "right" else length
        running.answers[path] = (status, length, body)
        return f"http://127.0.0.1:{running.server_port}{path}"

    serve.asked = running.asked
    return serve


def get(folder, *urls, **options):
    remote = RemoteFile("a.bin", urls, options.pop("md5", MD5))
    return download(remote, folder, progressbar=False, **options)


def only(folder):
    return [path.name for path in folder.iterdir()]


def test_fetched_once(server, tmp_path):
    url = server("/a")
    path = get(tmp_path / "new" / "folder", url)
    assert path == tmp_path / "new" / "folder" / "a.bin"
    assert path.read_bytes() == CONTENT
    assert get(tmp_path / "new" / "folder", url) == path
    assert server.asked == ["/a"]
    assert only(path.parent) == ["a.bin"]


def test_mirrors_in_turn(server, tmp_path):
    wrong = server("/wrong", CONTENT[::-1])
    half = server("/half", CONTENT[: len(CONTENT) // 2], length=len(CONTENT))
    cut = server("/cut", CONTENT[: len(CONTENT) // 2])
    broken = server("/broken", b"error", status=500)
    missing = server("/a").replace("/a", "/missing")
    nobody = "http://127.0.0.1:9/a"  # the port of 'discard'
    good = server("/good", length=None)
    path = get(tmp_path, wrong, half, cut, broken, missing, nobody, good)
    assert path.read_bytes() == CONTENT
    assert server.asked == ["/wrong", "/half", "/cut", "/broken", "/missing", "/good"]
    assert only(tmp_path) == ["a.bin"]


def test_every_failure_is_told_and_what_to_do(server, tmp_path):
    wrong = server("/wrong", b"12345")
    half = server("/half", CONTENT[:1000], length=len(CONTENT))
    missing = server("/a").replace("/a", "/missing")
    with pytest.raises(OSError, match=r"a\.bin could not be fetched") as caught:
        get(tmp_path, wrong, half, missing, "http://127.0.0.1:9/a")
    assert len(str(caught.value)) <= 500
    message = "\n".join([str(caught.value), *caught.value.__notes__])
    assert f"{wrong}: wrong content: md5 of its 5 bytes is 827ccb0eea" in message
    assert f"{half}: " in message
    assert "1000 bytes read" in message
    assert "404 Client Error" in message
    assert "Connection refused" in message
    assert f"put it at {tmp_path / 'a.bin'}" in message
    assert "SKXPRESSO_DATA" in message
    assert only(tmp_path) == []


@pytest.mark.parametrize("length", [None, "right"])
def test_what_is_larger_than_the_registry_says_is_not_taken(length, server, tmp_path):
    large = server("/large", CONTENT * 20, length=length)
    remote = RemoteFile("a.bin", (large, server("/a")), MD5, largest=len(CONTENT))
    assert download(remote, tmp_path, progressbar=False).read_bytes() == CONTENT
    with pytest.raises(
        OSError, match="bytes or more, but the file has at most 1,024,000"
    ) as caught:
        download(replace(remote, urls=(large,), md5="other"), tmp_path / "b", progressbar=False)
    taken = int(re.search(r"sends ([\d,]+) bytes", caught.value.__notes__[0])[1].replace(",", ""))
    assert taken == len(CONTENT) * 20 or length is None


def test_a_slow_server_is_left(server, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_PATIENCE", 0.3)
    trickle = (bytes([i]) for i in range(200))  # a byte every 0.05 s: ten seconds in all
    slow = server("/slow", trickle, length=200)
    start = time.monotonic()
    assert get(tmp_path, slow, server("/a")).read_bytes() == CONTENT
    assert time.monotonic() - start < 5
    with pytest.raises(OSError, match=r"/slow: it is too slow: \d+ bytes in 0 s"):
        get(tmp_path / "b", server("/slow", trickle, length=200))


def test_registry_knows_how_large_files_are():
    assert {remote.largest for remote in fetch.PRETRAINED.values()} == {2**21}
    files = [file for species in fetch._DATASET_FILES.values() for file in species.values()]
    assert all(file.largest == 2**32 for file in files)


def test_redirect(server, tmp_path):
    there = server("/there")
    assert get(tmp_path, server("/here", there.encode(), 302)).read_bytes() == CONTENT


def test_file_put_there_by_hand(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT)
    assert get(tmp_path, server("/a")).read_bytes() == CONTENT
    assert server.asked == []


def test_damaged_file_is_fetched_again(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT[:-1])
    with pytest.warns(UserWarning, match=r"a\.bin was not the published file; it is kept as a"):
        assert get(tmp_path, server("/a")).read_bytes() == CONTENT
    assert sorted(only(tmp_path)) == ["a.bin", "a.bin.other1"]
    assert (tmp_path / "a.bin.other1").read_bytes() == CONTENT[:-1]  # it may be somebody's own
    (tmp_path / "a.bin").write_bytes(b"mine")
    with pytest.warns(UserWarning, match="kept as a.bin.other2"):
        get(tmp_path, server("/a"))
    assert (tmp_path / "a.bin.other2").read_bytes() == b"mine"


def test_damaged_file_is_named_and_kept_where_no_better_is_had(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"half")
    with pytest.raises(OSError, match=r"a\.bin: wrong content: md5 of its 4 bytes"):
        get(tmp_path, server("/a", b"wrong"))
    assert (tmp_path / "a.bin").read_bytes() == b"half"


def test_sha256_of_the_users(server, tmp_path):
    url = server("/a")
    right = hashlib.sha256(CONTENT).hexdigest().upper()
    assert get(tmp_path, url, md5=None, sha256=right).exists()
    with pytest.raises(OSError, match="sha256 of its 1024000 bytes is .*, not 00ff"):
        get(tmp_path, url, md5=None, sha256="00ff")


def test_structure(server, tmp_path):
    def check(path):
        if path.read_bytes()[:1] != b"\0":
            raise ValueError(f"{path}: begins wrongly")

    wrong, right = server("/wrong", b"text"), server("/right")
    with pytest.raises(OSError, match=f"{wrong}: begins wrongly"):
        get(tmp_path, wrong, md5=None, check=check)
    assert only(tmp_path) == []
    assert get(tmp_path, wrong, right, md5=None, check=check).read_bytes() == CONTENT


@pytest.mark.parametrize("length", ["right", None])
def test_progress_bar(length, server, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes any stream for a terminal then
    download(RemoteFile("a.bin", (server("/a", length=length),), MD5), tmp_path)
    captured = capsys.readouterr()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", captured.err)
    assert "a.bin" in shown
    assert ("1.0/1.0 MB" if length == "right" else "1.0/? MB") in shown
    assert captured.out == ""


def test_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("SKXPRESSO_DATA", raising=False)
    assert data_folder().name == "skxpresso"
    monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert data_folder("elsewhere").name == "elsewhere"


# the published weights

PUBLISHED = {
    "human_median": "9d00a3bc614da81655328b6e278569e2",
    "mouse_median": "938f5979c90f726b06f4b4e5b1919c16",
    "human_K562": "142990996e762e9a5c6e529a0f294ba6",
    "human_GM12878": "a4ed48f207408ff99358d9b24cd0b632",
    "mouse_ESCs": "07f21238bff057ae9865fd9bb89565a8",
}


def test_registry():
    assert {name: remote.md5 for name, remote in fetch.PRETRAINED.items()} == PUBLISHED
    for remote in fetch.PRETRAINED.values():
        first, *mirrors = remote.urls
        assert first == f"https://zenodo.org/records/4075690/files/{remote.name}?download=1"
        assert all(url.startswith("https://raw.githubusercontent.com/") for url in mirrors)
    for name in ("human_median", "mouse_median"):
        assert len(fetch.PRETRAINED[name].urls) == 2


@pytest.mark.parametrize("name", ["human", "mouse"])
def test_registry_knows_the_real_files(name, shared_data):
    (path,) = (shared_data / "xpresso").glob(f"{name}_*.h5")
    remote = fetch.PRETRAINED[f"{name}_median"]
    assert hashlib.md5(path.read_bytes()).hexdigest() == remote.md5
    assert remote.urls[1].endswith(f"Fig5_S5/{path.name}")


def test_fetch_pretrained(server, tmp_path, monkeypatch):
    urls = (server("/lost", status=503), server("/h5"))
    remote = replace(fetch.PRETRAINED["human_K562"], urls=urls, md5=MD5)
    monkeypatch.setitem(fetch.PRETRAINED, "human_K562", remote)
    monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path))
    path = fetch_pretrained("human_K562", progressbar=False)
    assert path == tmp_path / "K562_trainepoch.11-0.4917.h5"
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["fly", None, ["human_median"]])
def test_unknown_name(name):
    with pytest.raises(ValueError, match="name must be one of 'human_median', .*, got"):
        fetch_pretrained(name)


# data sets without a published checksum


@pytest.fixture
def small_dataset(server, tmp_path, monkeypatch):
    """Files of 10 genes of 30 nt under the published names, lost at their first place."""
    data = make_promoters(10, length=30, random_state=0)
    rows = {"train": slice(0, 6), "valid": slice(6, 8), "test": slice(8, 10)}
    monkeypatch.setattr(fetch, "_SEQUENCE", 30)
    monkeypatch.setitem(fetch._ROWS, "mouse", {"train": 6, "valid": 2, "test": 2})
    files = {}
    for split, chosen in rows.items():
        path = tmp_path / f"{split}.h5"
        write_hdf5(path, data.data[chosen], data.target[chosen])
        urls = (server("/lost").replace("lost", "none"), server(f"/{split}", path.read_bytes()))
        files[split] = replace(fetch._DATASET_FILES["mouse"][split], urls=urls)
    monkeypatch.setitem(fetch._DATASET_FILES, "mouse", files)
    return files


def test_dataset(small_dataset, tmp_path, server):
    folder = tmp_path / "kept"
    with pytest.warns(UserWarning, match=r"'train.h5', 'valid.h5', 'test.h5' .* unverified"):
        files = fetch_dataset("mouse", folder=folder, progressbar=False)
    assert files["train"] == folder / "pM10Kb_1KTest_Mouse" / "train.h5"
    assert [len(read_hdf5(path).y) for path in files.values()] == [6, 2, 2]
    n_asked = len(server.asked)
    sums = {split: hashlib.sha256(path.read_bytes()).hexdigest() for split, path in files.items()}
    assert fetch_dataset("mouse", folder=folder, sha256=sums) == files  # and no warning
    assert len(server.asked) == n_asked


def test_dataset_with_a_checksum_that_differs(small_dataset, tmp_path):
    with pytest.raises(OSError, match=r"train.h5 could not .*(?:\n.*)+sha256 of its \d+ bytes is"):
        fetch_dataset("mouse", folder=tmp_path, sha256={"train": "0" * 64}, progressbar=False)
    with pytest.raises(ValueError, match="sha256 must be for 'train', 'valid', 'test', got 'tets'"):
        fetch_dataset("mouse", folder=tmp_path, sha256={"tets": ""})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-100], "damaged or truncated"),
        (lambda data: b"<html>not found</html>", "not an HDF5 file"),
        (lambda data: data.replace(b"label", b"labil"), "'label' is missing"),
    ],
)
def test_dataset_of_another_structure(damage, message, small_dataset, server, tmp_path):
    path = tmp_path / "pM10Kb_1KTest_Mouse" / "train.h5"
    server("/train", damage((tmp_path / "train.h5").read_bytes()))
    with pytest.raises(OSError, match=f"/train: .*{message}"):
        fetch_dataset("mouse", folder=tmp_path, progressbar=False)
    assert not path.exists()


def test_dataset_of_another_size(small_dataset, server, tmp_path):
    server("/train", (tmp_path / "test.h5").read_bytes())
    with pytest.raises(OSError, match=r"/train: .*'promoter' must have shape \(6, 30, 4\), got"):
        fetch_dataset("mouse", folder=tmp_path, progressbar=False)


def test_dataset_registry():
    for name, folder in {"human": "pM10Kb_1KTest", "mouse": "pM10Kb_1KTest_Mouse"}.items():
        for split, remote in fetch._DATASET_FILES[name].items():
            first, mirror = remote.urls
            assert first.startswith("https://krishna.gs.washington.edu/content/members/vagar/")
            assert first.endswith(f"/datasets/{folder}/{split}.h5")
            assert mirror == f"https://web.archive.org/web/2id_/{first}"
    assert fetch._ROWS["human"]["train"] == 16_377
    assert fetch._ROWS["mouse"]["train"] == 19_856


def roadmap(n_genes=15_000, cells=57, first="E000"):
    names = [first, *(f"E{i:03d}" for i in range(1, cells))]
    values = "\t".join(["0.5"] * cells)
    rows = "".join(f"ENSG{i:011d}\t{values}\n" for i in range(n_genes))
    text = "gene_id\t" + "\t".join(names) + "\n" + rows
    return gzip.compress(text.encode(), compresslevel=1, mtime=0)


def test_roadmap(server, tmp_path, monkeypatch):
    urls = (server("/few", roadmap(10)), server("/html", b"<html></html>"), server("/r", roadmap()))
    monkeypatch.setattr(fetch, "_ROADMAP_FILE", replace(fetch._ROADMAP_FILE, urls=urls))
    with pytest.warns(UserWarning, match="'57epigenomes.RPKM.pc.gz' .* unverified"):
        path = fetch_roadmap(folder=tmp_path, progressbar=False)
    assert path == tmp_path / "57epigenomes.RPKM.pc.gz"
    assert server.asked == ["/few", "/html", "/r"]
    assert fetch_roadmap(folder=tmp_path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (roadmap(10), "some 20,000 genes are expected, got 10"),
        (roadmap(10, cells=5), "columns must be E000 and some 56 cell types more"),
        (roadmap(10, first="Liver"), "columns must be E000 and some 56 cell types more"),
        (roadmap(1000)[:-500], "r: "),
        (b"", "r: "),
    ],
    ids=["few genes", "few cells", "other cell", "cut short", "empty"],
)
def test_roadmap_of_another_structure(body, message, server, tmp_path, monkeypatch):
    remote = replace(fetch._ROADMAP_FILE, urls=(server("/r", body),))
    monkeypatch.setattr(fetch, "_ROADMAP_FILE", remote)
    with pytest.raises(OSError, match=message):
        fetch_roadmap(folder=tmp_path, progressbar=False)
    assert only(tmp_path) == []


def test_roadmap_registry():
    first, mirror = fetch._ROADMAP_FILE.urls
    assert first.startswith("https://egg2.wustl.edu/roadmap/data/byDataType/rna/expression/57epi")
    assert mirror == f"https://web.archive.org/web/2id_/{first}"


def test_a_file_that_another_process_brought_meanwhile_is_taken(server, tmp_path, monkeypatch):
    receive = _download._receive

    def meanwhile(*arguments):
        yield from receive(*arguments)
        (tmp_path / "a.bin").write_bytes(CONTENT)

    monkeypatch.setattr(_download, "_receive", meanwhile)
    assert get(tmp_path, server("/a")).read_bytes() == CONTENT
    assert only(tmp_path) == ["a.bin"]
