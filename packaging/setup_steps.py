"""The steps of the set-up: each can be interrupted and carried on; a stamp says that all are done."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from setup_system import (
    NEEDED_GB,
    Problem,
    check_disk,
    check_libraries,
    check_venv,
    has_display,
    has_nvidia_gpu,
    virtual_display,
)
from setup_texts import say

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
LOG = VENV / "setup.log"

NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProtocolError",
    "Temporary failure in name resolution",
    "(from versions: none)",
    "Check the network",
)
NO_SPACE = ("No space left on device", "not enough disk space")


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for and return the exit status."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("window", [])
    if command not in ("window", "test", "tour"):
        print(say("usage"), file=sys.stderr)
        return 2
    try:
        if command == "test":
            return test(rest)
        return tour(rest) if command == "tour" else window(rest)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\n" + say("interrupted"), file=sys.stderr)
        return 130


def window(arguments: list[str]) -> int:
    """Set up, open the window and wait for its end."""
    fresh = not is_set_up("")
    if fresh:
        if has_display():  # else the commands are wanted, perhaps; they need no screen
            check_libraries(x11=not os.environ.get("WAYLAND_DISPLAY"))
        set_up("")
    if not has_display():
        raise Problem(say("no display", command=PYTHON.with_name("workbench")))
    if fresh:
        announce(say("window"))
    try:
        status = subprocess.call([str(PYTHON), "-m", "workbench", *arguments])
    except KeyboardInterrupt:
        return 130
    if status:
        explain(status)
    return status


def explain(status: int) -> None:
    """Say why the window ended with an error: a library that is gone, Qt, or a fault of its own."""
    check_libraries(x11=not os.environ.get("WAYLAND_DISPLAY"))
    probe = [str(PYTHON), "-c", "from PySide6.QtWidgets import QApplication; QApplication([])"]
    tried = subprocess.run(probe, capture_output=True, text=True, timeout=60, check=False)
    if tried.returncode:
        said = tried.stderr.strip().splitlines() or [f"status {tried.returncode}"]
        raise Problem(say("qt failed", reason=said[0]))
    raise Problem(say("window failed", status=status))


def test(arguments: list[str]) -> int:
    """Set up, run the checks of the source and all tests; 0 only if everything is well."""
    check_libraries(x11=False)
    set_up("test")
    tools = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "import-linter": ["lint-imports"],
    }
    failed = False
    for tool, (name, *options) in tools.items():
        announce(say("checking", tool=tool))
        done = subprocess.run(
            [str(PYTHON.with_name(name)), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            failed = True
            print(done.stdout.decode("utf-8", errors="replace"), flush=True)
    announce(say("testing"))
    beside = ["--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    status = subprocess.call([str(PYTHON), "-m", "pytest", *beside, *arguments], cwd=ROOT)
    return status or int(failed)


def tour(arguments: list[str]) -> int:
    """Set up and drive a real window through the whole job, on a virtual screen where there is no other."""
    screen = virtual_display()
    check_libraries(x11=True)
    set_up("test")
    return subprocess.call([*screen, str(PYTHON), "-m", "tests.end_to_end.tour", *_absolute(arguments)], cwd=ROOT)


def _absolute(arguments: list[str]) -> list[str]:
    """Let a relative folder after ``--to`` mean the one seen from where the person is."""
    return [
        str(Path(text).expanduser().absolute()) if before == "--to" else text
        for before, text in zip(["", *arguments], arguments, strict=False)
    ]


def announce(text: str) -> None:
    """Print one plain line of progress."""
    print(text, flush=True)


def stamp(extra: str) -> Path:
    """Return the file whose content says what has been set up, with the test extra or without."""
    return VENV / f"set-up{'-' + extra if extra else ''}.stamp"


def wanted() -> str:
    """Return the hash of all that the environment depends on."""
    parts = [str(ROOT).encode(), (ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes()]
    configuration = VENV / "pyvenv.cfg"
    parts.append(configuration.read_bytes() if configuration.exists() else b"")
    parts += [name.encode() for name in own_extras()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def own_extras() -> list[str]:
    """Return the extras of the project that this computer has a use for."""
    return ["few-bits"] if has_nvidia_gpu() else []


def is_set_up(extra: str) -> bool:
    """Return whether nothing is left to do; an environment with the test extra will do for the window too."""
    stamps = {stamp(extra), stamp("test")}
    return PYTHON.exists() and any(file.exists() and file.read_text("utf-8") == wanted() for file in stamps)


def set_up(extra: str) -> None:
    """Do all steps that are not done yet.

    Raises:
        Problem: A step failed.
    """
    starters = [str(PYTHON), "-m", "workbench", "starter", "get"]
    if is_set_up(extra):
        if extra:  # the tests need them, and the cache may have been emptied; the window would offer them again
            run(say("starters"), starters)
        return
    check_disk(ROOT, NEEDED_GB - size_below(VENV) / 1e9)
    install = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    install += ["--progress-bar", "off"]
    pip = [*install, "--constraint", str(CONSTRAINTS)]
    extras = [name for name in (extra, *own_extras()) if name]
    project = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    make = [] if venv_works() else [[sys.executable, "-m", "venv", str(VENV)]]
    if make:
        check_venv()
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
    drop_half_installed(VENV)
    steps = [
        (say("environment"), [*make, [*install, pinned("pip")]]),
        (say("torch"), [[*pip, "torch", "setuptools"]]),
        # setuptools is there now, so nothing has to be downloaded to build our own package
        (say("program"), [[*pip, "--no-build-isolation", "--editable", project]]),
        (say("starters"), [starters]),
    ]
    for number, (step, commands) in enumerate(steps, 1):
        announce(f"[{number}/{len(steps)}] {step}")
        for command in commands:
            run(step, command)
    stamp(extra).write_text(wanted(), "utf-8")


def size_below(folder: Path) -> int:
    """Return the bytes of all files that an earlier, interrupted call has put there."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def pinned(package: str) -> str:
    """Return the line of a package in the constraints (``pip==26.3``)."""
    return next(line for line in CONSTRAINTS.read_text("utf-8").splitlines() if line.startswith(f"{package}=="))


def venv_works() -> bool:
    """Return whether the environment can be installed into; making it may have been interrupted."""
    try:
        done = subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def drop_half_installed(environment: Path) -> None:
    """Forget packages whose installation was killed: pip writes RECORD last, but counts them without it."""
    for folder in environment.glob("[lL]ib/**/site-packages/*.dist-info"):
        if not (folder / "RECORD").exists():
            shutil.rmtree(folder)


def run(step: str, command: list[str]) -> None:
    """Run a command of a step, its output in the log; on a terminal the seconds are counted.

    Raises:
        Problem: It failed.
    """
    temporary = VENV / "temporary"  # where pip unpacks: the system's own may be small and in memory
    temporary.mkdir(exist_ok=True)
    with LOG.open("ab") as log:
        begin = log.tell()
        environment = {**os.environ, "TMPDIR": str(temporary)}
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        try:
            _wait(process)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    shutil.rmtree(temporary, ignore_errors=True)
    if process.returncode:
        with LOG.open("rb") as log:
            log.seek(begin)
            raise problem(step, log.read().decode("utf-8", errors="replace"))


def _wait(process: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    live = sys.stdout.isatty()
    while True:
        try:
            process.wait(1)
            break
        except subprocess.TimeoutExpired:
            if live:
                minutes, seconds = divmod(int(time.monotonic() - began), 60)
                print(f"\r      {minutes}:{seconds:02d}", end="", flush=True)
    if live:
        print("\r              \r", end="", flush=True)


def problem(step: str, output: str) -> Problem:
    """Turn the output of a failed step into a sentence for a person."""
    if any(sign in output for sign in NO_SPACE):
        return Problem(say("disk full", needed=NEEDED_GB))
    if any(sign in output for sign in NO_NETWORK):
        return Problem(say("no network"))
    end = "\n".join(output.strip().splitlines()[-12:])
    return Problem(say("step failed", step=step, log=LOG) + f"\n{end}")
