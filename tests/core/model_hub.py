"""A server on this computer that answers as the Hugging Face Hub does when it is asked about models."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

SHA = "b" * 40
LARGE = ".safetensors"
STORE = "store"
"""Where large files lie: the Hub sends whoever asks for one to another place."""
PIECE = 1 << 16


class ModelHub:
    """Repositories by name, each with its files and what the Hub says of it.

    Attributes:
        asked: What was asked for: path and range.
        cut_after: Bytes of a file after which the line breaks, once for each number.
        keep_after: Bytes of a large file after which the rest is kept back until `go_on`; 0 for none.
        silent: Whether nothing is answered until `go_on`.
    """

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.facts: dict[str, dict[str, Any]] = {}
        self.closed: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.queries: list[dict[str, list[str]]] = []
        self.cut_after: list[int] = []
        self.keep_after = 0
        self.silent = False
        self.go_on = threading.Event()
        self.endpoint = ""

    def add(self, name: str, folder: Path, **facts: Any) -> None:
        self.files[name] = {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
        config = json.loads(self.files[name].get("config.json", b"{}"))
        self.facts[name] = {
            "pipeline_tag": "text-generation",
            "tags": ["transformers", "safetensors"],
            "downloads": 1000,
            "likes": 7,
            "gated": False,
            "config": config,
            "cardData": {"license": "apache-2.0"},
            **facts,
        }

    def described(self, name: str) -> dict[str, Any]:
        listed = []
        for path, content in self.files[name].items():
            file: dict[str, Any] = {"rfilename": path, "size": len(content)}
            if path.endswith(LARGE):
                sha256 = hashlib.sha256(content).hexdigest()
                file["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 100}
            listed.append(file)
        return {"id": name, "sha": SHA, "private": False, "siblings": listed, **self.facts[name]}

    def fetched(self, ending: str) -> list[str]:
        """Return the ranges in which the content of a file was asked for."""
        place = STORE if ending.endswith(LARGE) else "resolve"
        asked = [(path, how) for path, how in self.asked if path.startswith("GET") and f"/{place}/" in path]
        return [how for path, how in asked if path.endswith(ending)]


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_HEAD(self) -> None:
        self._answer(with_content=False)

    def do_GET(self) -> None:
        self._answer(with_content=True)

    def _answer(self, with_content: bool) -> None:
        hub: ModelHub = self.server.hub
        address = urlsplit(self.path)
        path = unquote(address.path).strip("/")
        hub.asked.append((f"{self.command} {path}", self.headers.get("Range", "")))
        if hub.silent:
            hub.go_on.wait(60)
        if path == "api/models":
            hub.queries.append(parse_qs(address.query))
            self._search(hub, hub.queries[-1])
        elif path.startswith("api/models/"):
            name = path.removeprefix("api/models/").partition("/revision/")[0]
            if name in hub.files:
                self._send(200, json.dumps(hub.described(name)).encode())
            else:
                self._send(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        else:
            stored = f"/{STORE}/" in path
            name, _, rest = path.partition(f"/{STORE}/" if stored else "/resolve/")
            self._give(hub, name, rest.partition("/")[2], with_content, stored)

    def _search(self, hub: ModelHub, query: dict[str, list[str]]) -> None:
        text, kind = query.get("search", [""])[0].lower(), query["pipeline_tag"][0]
        found = [
            {"id": name, "sha": SHA, **facts}
            for name, facts in hub.facts.items()
            if text in name.lower() and facts["pipeline_tag"] == kind
        ]
        self._send(200, json.dumps(found).encode())

    def _give(self, hub: ModelHub, name: str, path: str, with_content: bool, stored: bool) -> None:
        if name in hub.closed:
            self._send(403, b"{}", {"X-Error-Code": "GatedRepo"})
            return
        if path not in hub.files.get(name, {}):
            self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
            return
        content = hub.files[name][path]
        etag = (hashlib.sha256 if path.endswith(LARGE) else hashlib.sha1)(content).hexdigest()
        if path.endswith(LARGE) and not stored:
            linked = {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(content)), "X-Xet-Hash": "c" * 64}
            place = {"Location": f"{hub.endpoint}/{name}/{STORE}/{SHA}/{path}", "X-Repo-Commit": SHA}
            self._send(302, b"", {**linked, **place})
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        for key, value in {
            "ETag": f'"{etag}"',
            "X-Repo-Commit": SHA,
            "Content-Length": str(len(content) - start),
        }.items():
            self.send_header(key, value)
        self.end_headers()
        if with_content:
            self._pour(hub, content, start)

    def _pour(self, hub: ModelHub, content: bytes, start: int) -> None:
        cut = hub.cut_after.pop(0) if hub.cut_after and len(content) > PIECE else len(content)
        for begin in range(start, min(cut, len(content)), PIECE):
            if hub.keep_after and begin >= hub.keep_after:
                hub.go_on.wait(60)
            try:
                self.wfile.write(content[begin : min(begin + PIECE, cut)])
            except (BrokenPipeError, ConnectionResetError):
                return
        if cut < len(content):
            self.wfile.flush()
            self.connection.close()

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def connect(monkeypatch: pytest.MonkeyPatch, hub: ModelHub, cache: Path) -> None:
    """Let this process and its children ask that hub, and download into that folder."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
    template = hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))


@contextmanager
def serving() -> Iterator[ModelHub]:
    """Serve an empty hub."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    hub = server.hub = ModelHub()  # type: ignore[attr-defined]
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
