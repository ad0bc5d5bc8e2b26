import ast
import os
import signal
import string
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"

NO_NETWORK = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "0",
}


def start(clone: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, **NO_NETWORK}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "packaging/bootstrap.py", *arguments],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_old_python_is_told_so_in_one_sentence() -> None:
    faked = "import sys, runpy; sys.version_info = (3, 8, 10); runpy.run_path('packaging/bootstrap.py')"
    done = subprocess.run(
        [sys.executable, "-c", faked], cwd=PACKAGING.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed, and this is Python 3.8:")
    assert len(done.stderr.splitlines()) == 1


def test_an_old_python_can_read_the_entry() -> None:
    tree = ast.parse((PACKAGING / "bootstrap.py").read_text("utf-8"), feature_version=(3, 4))
    modern = (ast.JoinedStr, ast.AnnAssign, ast.FunctionDef, ast.Match, ast.NamedExpr)
    assert not [node for node in ast.walk(tree) if isinstance(node, modern)]


def test_without_a_network_one_sentence_and_status_2(clone: Path) -> None:
    process = start(clone)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert output.splitlines() == ["[1/4] Making the Python environment"]
    assert errors.strip() == (
        "The package index could not be reached. Check the network and start again; what is done is kept."
    )
    assert "pip" in (clone / ".venv" / "setup.log").read_text()


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to one process")
def test_interrupted_it_says_so_and_the_next_call_goes_on(clone: Path) -> None:
    process = start(clone)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("[1/4]")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "The next call carries on" in errors
    again = start(clone)
    _, errors = again.communicate(timeout=120)
    assert "could not be reached" in errors  # it made the environment whole and went on to the index


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_a_second_start_does_nothing_but_open_the_window(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    write = "import setup_steps as s; s.stamp('').write_text(s.wanted())"
    subprocess.run([sys.executable, "-c", write], cwd=clone / "packaging", check=True)
    process = start(clone)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, "")
    assert "there is no display to open the window on" in errors
    assert "/bin/workbench --help" in errors


def test_an_unknown_command_shows_the_use(clone: Path) -> None:
    process = start(clone, "instal")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith("Use: ")


def test_the_stamp_follows_all_that_the_environment_depends_on(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import setup_steps

    venv = clone / ".venv"
    for name, value in {
        "ROOT": clone,
        "VENV": venv,
        "PYTHON": venv / "python",
        "CONSTRAINTS": clone / "packaging" / "constraints.txt",
    }.items():
        monkeypatch.setattr(setup_steps, name, value)
    venv.mkdir()
    (venv / "python").touch()
    (venv / "pyvenv.cfg").write_text("version = 3.11.7")
    assert not setup_steps.is_set_up("")

    setup_steps.stamp("").write_text(setup_steps.wanted())
    assert setup_steps.is_set_up("")
    assert not setup_steps.is_set_up("test")
    setup_steps.stamp("").unlink()
    setup_steps.stamp("test").write_text(setup_steps.wanted())
    assert setup_steps.is_set_up("test")
    assert setup_steps.is_set_up("")

    for file in (clone / "pyproject.toml", clone / "packaging" / "constraints.txt", venv / "pyvenv.cfg"):
        before = file.read_text()
        file.write_text(before + "\n")
        assert not setup_steps.is_set_up("test"), file
        file.write_text(before)
        assert setup_steps.is_set_up("test"), file
    monkeypatch.setattr(setup_steps, "has_nvidia_gpu", lambda: True)  # a card was put in: there is more to bring along
    assert not setup_steps.is_set_up("test")
    setup_steps.stamp("test").write_text(setup_steps.wanted())
    (venv / "python").unlink()
    assert not setup_steps.is_set_up("test")


def test_half_installed_packages_are_forgotten(tmp_path: Path) -> None:
    import setup_steps

    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name, files in {
        "whole-1.dist-info": ["METADATA", "RECORD"],
        "half-1.dist-info": ["METADATA"],
    }.items():
        (packages / name).mkdir(parents=True)
        for file in files:
            (packages / name / file).touch()
    setup_steps.drop_half_installed(tmp_path)
    assert [path.name for path in packages.iterdir()] == ["whole-1.dist-info"]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device: '/x'", "The disk is full."),
        ("WARNING: Retrying after connection broken by 'NewConnectionError'", "could not be reached"),
        (
            "ERROR: Could not find a version that satisfies torch (from versions: none)",
            "could not be reached",
        ),
        ("one\ntwo\nerror: something else", "“Step” failed. The whole output is in"),
    ],
)
def test_a_failed_step_becomes_a_sentence(output: str, sentence: str) -> None:
    import setup_steps

    assert sentence in str(setup_steps.problem("Step", output))


def test_a_failed_step_shows_the_end_of_its_output() -> None:
    import setup_steps

    said = str(setup_steps.problem("Step", "\n".join(f"line {number}" for number in range(40))))
    assert "line 39" in said
    assert "line 20" not in said


def test_lacks_of_the_computer_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import setup_system

    with pytest.raises(setup_system.Problem, match=r"1e\+09 GB are needed"):
        setup_system.check_disk(tmp_path, 1e9)
    monkeypatch.setattr(setup_system.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(setup_system.Problem, match="apt install python3-venv"):
        setup_system.check_venv()
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if sys.platform.startswith("linux"):
        with pytest.raises(setup_system.Problem, match="apt install xvfb"):
            setup_system.virtual_display()
        monkeypatch.setitem(setup_system.X11_LIBRARIES, "libnot-there.so.7", "libnot-there7")
        assert setup_system.missing_packages({"libnot-there.so.7": "libnot-there7"}) == ["libnot-there7"]
        with pytest.raises(setup_system.Problem, match=r"apt install .*libnot-there7"):
            setup_system.check_libraries(x11=True)
    monkeypatch.setenv("DISPLAY", ":0")
    assert setup_system.virtual_display() == []


def test_texts_are_in_both_languages_and_all_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from setup_texts import TEXTS, say

    def fields(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert all(fields(text["en"]) == fields(text["ja"]) for text in TEXTS.values())
    used = {
        node.args[0].value
        for name in ("setup_steps.py", "setup_system.py")
        for node in ast.walk(ast.parse((PACKAGING / name).read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "say"
        and isinstance(node.args[0], ast.Constant)
    }
    assert used == set(TEXTS)
    assert say("window") == "Opening the window"
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    assert say("window") == "ウィンドウを開いています"


@pytest.mark.parametrize(("gpu", "extras"), [(False, "[test]"), (True, "[test,few-bits]")])
def test_what_needs_a_gpu_comes_along_only_where_there_is_one(
    clone: Path, monkeypatch: pytest.MonkeyPatch, gpu: bool, extras: str
) -> None:
    import setup_steps

    ran: list[list[str]] = []
    for name, value in {
        "ROOT": clone,
        "VENV": clone / ".venv",
        "PYTHON": clone / ".venv" / "python",
        "has_nvidia_gpu": lambda: gpu,
        "run": lambda step, command: ran.append(command),
    }.items():
        monkeypatch.setattr(setup_steps, name, value)
    setup_steps.set_up("test")
    assert [command[-1] for command in ran if "--editable" in command] == [f"{clone}{extras}"]
