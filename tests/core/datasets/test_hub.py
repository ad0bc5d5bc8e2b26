import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow
import pytest
from pyarrow import parquet

from workbench.core.datasets import hub, hub_transfer
from workbench.core.errors import UserError
from workbench.core.project import Project

CONVERTED = "refs/convert/parquet"
SHA = "a" * 40


class Hub:
    """What a local server answers as the Hub would: repositories by name and revision, each with its files."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], dict[str, bytes]] = {}
        self.cards: dict[str, dict[str, Any]] = {}
        self.gated: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.wrong_content = b""

    def add(self, name: str, revision: str, files: dict[str, bytes], **card: Any) -> None:
        self.repositories[name, revision] = files
        self.cards[name] = card

    def described(self, name: str, revision: str) -> dict[str, Any]:
        files = self.repositories[name, revision]
        listed = [
            {
                "rfilename": path,
                "size": len(content),
                "lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 100},
            }
            for path, content in files.items()
        ]
        return {"id": name, "sha": SHA, "private": False, "siblings": listed, "cardData": self.cards[name], "tags": []}


class Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        the_hub: Hub = self.server.hub
        path = unquote(urlsplit(self.path).path).strip("/")
        the_hub.asked.append((path, self.headers.get("Range", "")))
        if path.startswith("api/datasets/"):
            name, _, revision = path.removeprefix("api/datasets/").partition("/revision/")
            self._describe(the_hub, name, revision or "main")
        else:
            name, _, rest = path.removeprefix("datasets/").partition("/resolve/")
            self._give(the_hub, name, rest.partition("/")[2])

    def _describe(self, the_hub: Hub, name: str, revision: str) -> None:
        if (name, revision) in the_hub.repositories:
            self._send(200, json.dumps(the_hub.described(name, revision)).encode())
        elif (name, "main") in the_hub.repositories:
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        else:
            self._send(401, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _give(self, the_hub: Hub, name: str, path: str) -> None:
        if name in the_hub.gated:
            self._send(403, b"{}", {"X-Error-Code": "GatedRepo"})
            return
        if (name, "main") not in the_hub.repositories:  # the library asks for more than data
            self._send(404, b"{}")
            return
        files = {**the_hub.repositories[name, "main"], **the_hub.repositories.get((name, CONVERTED), {})}
        content = the_hub.wrong_content or files[path]
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self._send(206 if start else 200, content[start:])

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    from huggingface_hub import constants

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hub = Hub()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    yield server.hub  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def table(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


GOOD, BAD = [{"text": "good", "label": 1}], [{"text": "bad", "label": 0}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hf:someone/films", hub.Address("someone/films")),
        ("hf:squad", hub.Address("squad")),
        ("someone/films", hub.Address("someone/films")),
        ("someone/films:plain", hub.Address("someone/films", "plain")),
        ("https://huggingface.co/datasets/someone/films", hub.Address("someone/films")),
        (
            "https://huggingface.co/datasets/someone/films/viewer/plain/train?row=3",
            hub.Address("someone/films", "plain"),
        ),
        ("https://huggingface.co/datasets/squad/viewer", hub.Address("squad")),
        ("films.csv", None),
        ("some folder/films", None),
        ("a/b/c", None),
        ("some/films.csv", None),
        ("./films", None),
        ("https:/huggingface.co/datasets/someone/films", hub.Address("someone/films")),
        ("https://example.org/datasets/someone/films", None),
    ],
)
def test_data_sets_are_named_in_the_ways_people_do(text: str, expected: hub.Address | None) -> None:
    assert hub.parse(text) == expected


def test_a_file_of_the_same_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "someone").mkdir()
    (tmp_path / "someone" / "films").write_text("x")
    assert hub.parse("someone/films") is None
    assert hub.parse("hf:someone/films") == hub.Address("someone/films")


def test_the_parquet_copy_is_described_and_fetched_by_part(the_hub: Hub) -> None:
    the_hub.add("someone/films", "main", {"films.py": b"import os", "films.csv": b"a,b\n1,2\n"}, license="mit")
    files = {"plain/train/0000.parquet": table(GOOD), "plain/test/0000.parquet": table(BAD)}
    the_hub.repositories["someone/films", CONVERTED] = files
    info = hub.describe("someone/films")
    assert (info.name, info.licence, info.configs, info.splits("plain")) == (
        "someone/films",
        "mit",
        ["plain"],
        ["train", "test"],
    )
    assert info.bytes("plain") == sum(len(content) for content in files.values())
    shares: list[float] = []
    fetched = hub.fetch(info, progress=shares.append)
    assert (fetched.path / "train" / "0000.parquet").read_bytes() == files["plain/train/0000.parquet"]
    assert (fetched.path / "test" / "0000.parquet").read_bytes() == files["plain/test/0000.parquet"]
    assert fetched.origin.source == f"hf:someone/films:plain@{SHA}"
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert not [path for path, _ in the_hub.asked if path.endswith(".py")]
    assert hub.origin_of(fetched.path) == fetched.origin


def test_without_a_copy_the_uploaded_files_of_one_format_are_taken(the_hub: Hub) -> None:
    files = {
        "README.md": b"#",
        "load.py": b"",
        "data/train.jsonl": b'{"text": "a"}\n',
        "data/test.jsonl": b'{"text": "b"}\n',
        "data/train.csv": b"text\na\n",
    }
    the_hub.add("someone/films", "main", files)
    info = hub.describe("someone/films")
    assert [file.path for file in info.files] == ["data/train.jsonl", "data/test.jsonl"]
    fetched = hub.fetch(info)
    assert (fetched.path / "data" / "train.jsonl").read_bytes() == files["data/train.jsonl"]
    assert fetched.origin.source == f"hf:someone/films@{SHA}"


def test_images_that_were_uploaded_one_by_one_are_fetched_with_their_table(the_hub: Hub) -> None:
    files = {
        "cat/1.png": b"1",
        "dog/2.jpg": b"22",
        "dog/3.png": b"3",
        "metadata.csv": b"file_name,label\n",
        "load.py": b"",
    }
    the_hub.add("someone/pets", "main", files)
    fetched = hub.fetch(hub.describe("someone/pets"))
    there = {path.relative_to(fetched.path).as_posix() for path in fetched.path.rglob("*") if path.is_file()}
    assert there == {"cat/1.png", "dog/2.jpg", "dog/3.png", "metadata.csv"}


def test_one_of_several_configurations_must_be_named(the_hub: Hub) -> None:
    the_hub.add("someone/films", "main", {})
    copy = {"en/train/0000.parquet": table(GOOD), "ja/train/0000.parquet": table(BAD)}
    the_hub.repositories["someone/films", CONVERTED] = copy
    info = hub.describe("someone/films")
    with pytest.raises(UserError, match=r"someone/films:en.*There are: en, ja"):
        hub.fetch(info)
    with pytest.raises(UserError, match="There are: en, ja"):
        hub.fetch(info, "de")
    assert (hub.fetch(info, "ja").path / "train" / "0000.parquet").read_bytes() == copy["ja/train/0000.parquet"]


def test_a_cancelled_download_goes_on_where_it_was_left(the_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_transfer, "CHUNK", 1000)
    content = bytes(range(256)) * 40
    the_hub.add("someone/films", "main", {"films.parquet": content})
    info = hub.describe("someone/films")
    answers = iter([False] * 5 + [True])
    with pytest.raises(UserError, match="cancelled"):
        hub.fetch(info, cancelled=lambda: next(answers))
    fetched = hub.fetch(info)
    assert (fetched.path / "films.parquet").read_bytes() == content
    ranges = [asked for path, asked in the_hub.asked if path.endswith("films.parquet")]
    assert ranges[0] == ""
    assert 1000 <= int(ranges[1].removeprefix("bytes=").rstrip("-")) < len(content)
    hub.fetch(info)
    assert len([path for path, _ in the_hub.asked if path.endswith("films.parquet")]) == 2


def test_a_file_that_arrives_changed_is_refused(the_hub: Hub) -> None:
    content = b"x" * 500
    the_hub.add("someone/films", "main", {"films.parquet": content})
    info = hub.describe("someone/films")
    the_hub.wrong_content = b"y" * 500
    with pytest.raises(UserError, match="arrived damaged"):
        hub.fetch(info)
    the_hub.wrong_content = b""
    assert (hub.fetch(info).path / "films.parquet").read_bytes() == content


def scripts_only(the_hub: Hub) -> None:
    the_hub.add("someone/films", "main", {"films.py": b"", "README.md": b"#"})


def gated(the_hub: Hub) -> None:
    the_hub.add("someone/films", "main", {"films.parquet": b"x"})
    the_hub.gated.add("someone/films")


def leading_out(the_hub: Hub) -> None:
    the_hub.add("someone/films", "main", {"data/../../films.parquet": b"x"})


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda the_hub: None, "There is no data set “someone/films” on Hugging Face, or it is private"),
        (scripts_only, "no files that can be read"),
        (gated, "accepted its terms"),
        (leading_out, "leads out of its folder"),
    ],
)
def test_what_cannot_be_had_is_said_in_a_sentence(
    the_hub: Hub, prepare: Callable[[Hub], None], sentence: str, tmp_path: Path
) -> None:
    prepare(the_hub)
    with pytest.raises(UserError, match=sentence):
        hub.fetch(hub.describe("someone/films"))
    assert not list(tmp_path.rglob("*.parquet"))


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="cannot be reached"):
        hub.describe("someone/films")


def test_a_name_that_cannot_be_is_refused(the_hub: Hub) -> None:
    with pytest.raises(UserError, match="cannot be a data set"):
        hub.describe("some one/films")


def test_the_command_imports_a_data_set_with_its_parts_labels_and_licence(
    the_hub: Hub, project: Project, tmp_path: Path
) -> None:
    from huggingface_hub import constants

    made = pyarrow.Table.from_pylist([{"text": f"film number {number}", "label": number % 2} for number in range(20)])
    features = {"label": {"_type": "ClassLabel", "names": ["bad", "good"]}}
    made = made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    parquet.write_table(made, out)
    the_hub.add("someone/films", "main", {"films.py": b"import os"}, license="cc-by-4.0")
    copy = {"default/train/0000.parquet": out.getvalue(), "default/test/0000.parquet": table(GOOD * 3)}
    the_hub.repositories["someone/films", CONVERTED] = copy
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "workbench",
            "data",
            "import",
            project.path,
            "someone/films",
            "--split",
            "0.2",
            "--json",
        ],
        env={**os.environ, "HF_ENDPOINT": constants.ENDPOINT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["data"], report["kind"], report["rows"]) == ("films", "text-label", 23)
    assert (report["source"], report["licence"]) == (f"hf:someone/films@{SHA}", "cc-by-4.0")
    assert report["splits"] == {"train": 16, "validation": 4, "test": 3}
    assert {row["label"] for row in project.dataset("films").rows("train")} == {"bad", "good"}


def test_a_slip_in_a_name_is_one_sentence_and_asks_nobody(the_hub: Hub, project: Project, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workbench", "data", "import", project.path, "some/films.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "There is no file" in done.stderr
    assert not the_hub.asked


def test_looking_at_the_hub_brings_no_heavy_library_along() -> None:
    program = (
        "import sys\nfrom workbench.core.datasets import hub\nfrom huggingface_hub import HfApi\n"
        "from huggingface_hub.file_download import http_get\n"
        "print([name for name in ('torch', 'transformers', 'tensorflow', 'datasets') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
