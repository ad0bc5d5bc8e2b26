import importlib.metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONSTRAINTS = Path(__file__).resolve().parents[2] / "packaging" / "constraints.txt"


def pinned() -> dict[str, str]:
    lines = (line.strip() for line in CONSTRAINTS.read_text("utf-8").splitlines())
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def closure(requirement: str) -> dict[str, str]:
    """Return the installed version of everything that a requirement needs, directly or not."""
    seen: dict[tuple[str, frozenset[str]], str] = {}
    todo = [Requirement(requirement)]
    while todo:
        needed = todo.pop()
        key = (canonicalize_name(needed.name), frozenset(needed.extras))
        if key in seen:
            continue
        found = importlib.metadata.distribution(needed.name)
        seen[key] = found.version
        for text in found.requires or []:
            child = Requirement(text)
            extras = needed.extras or {""}
            if child.marker is None or any(child.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(child)
    return {name: version for (name, _), version in seen.items()}


def test_everything_installed_is_pinned_to_that_version() -> None:
    installed = closure("workbench[test]")
    del installed["workbench"]
    pins = pinned()
    wanted = {name: version.split("+")[0] for name, version in installed.items()}
    assert {name: pins.get(name) for name in wanted} == wanted


def test_torch_is_pinned_without_a_local_suffix() -> None:
    assert pinned()["torch"] == "2.13.0"
