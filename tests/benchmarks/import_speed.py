"""How fast a large JSON-lines file comes in, beside pyarrow's own reader of it, and how much memory that takes.

    python tests/benchmarks/import_speed.py [--size 2e9] [--repeat 3] [--kind instruction] [--folder /tmp]

Every measurement runs in a process of its own. The file (prompt, answer and four other columns, about 400 bytes a row;
or conversations of three messages) is made first and removed at the end. ``read_json`` is pyarrow's usual reader, which
holds the whole table in memory and is left out where that would not fit; ``open_json`` its streaming one. Both only
parse; the import also checks every row, hashes the content, decides the split and writes the data set.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

WORDS = 40
LARGER_IN_MEMORY = 3
"""How many times a file's size its table may take."""

TASKS = {
    "read_json": "from pyarrow import json\njson.read_json(path)",
    "open_json": "from pyarrow import json\nfor batch in json.open_json(path): pass",
    "look": "from pathlib import Path\nfrom workbench.core.datasets.importer import look\nlook(Path(path))",
    "import": (
        "from pathlib import Path\n"
        "from workbench.core.datasets.importer import import_file\n"
        "from workbench.core.project import Project\n"
        "project = Project.create(Path(folder))\n"
        "dataset = import_file(project, Path(path), kind=kind)\n"
        "assert dataset.info.rejected == 0, dataset.info.reasons"
    ),
}
PROGRAM = """
import json as output, resource, sys, time
path, folder, kind = sys.argv[1:]
imports = [line for line in TASK.splitlines() if line.startswith("from ")]
exec("\\n".join(imports))
begin = time.perf_counter()
exec(TASK)
seconds = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(output.dumps([seconds, peak, used.ru_utime + used.ru_stime]))
"""


def make(path: Path, size: float, kind: str) -> None:
    """Write rows until the file is so large."""
    chance = random.Random(0)
    words = [f"word{number}" if number % 3 else "日本語" for number in range(2000)]
    texts = [" ".join(chance.choices(words, k=chance.randint(WORDS // 4, WORDS))) for _ in range(5000)]
    written = number = 0
    with path.open("wb") as file:
        while written < size:
            prompt, answer = f"{number} {chance.choice(texts)}", chance.choice(texts)
            said: dict[str, object] = {"prompt": prompt, "answer": answer}
            if kind == "chat":
                turns = (("system", "Be kind."), ("user", prompt), ("assistant", answer))
                said = {"messages": [{"role": role, "content": content} for role, content in turns]}
            row = {"id": number, **said, "source": "web", "score": number / 7, "tags": ["a"]}
            written += file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            number += 1


def measure(task: str, path: Path, folder: Path, kind: str) -> list[float]:
    """Run a task in a process of its own; return seconds, peak bytes and seconds of processor time."""
    program = PROGRAM.replace("TASK", repr(TASKS[task]))
    command = [sys.executable, "-c", program, str(path), str(folder / "project"), kind]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    shutil.rmtree(folder / "project", ignore_errors=True)
    found: list[float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Make the file, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=float, default=2e9, help="bytes of the file")
    parser.add_argument("--repeat", type=int, default=3, help="the median of so many runs counts")
    parser.add_argument("--kind", choices=("instruction", "chat"), default="instruction", help="what the rows are")
    parser.add_argument("--folder", type=Path, default=None, help="where there is room for twice the file")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="import-speed-", dir=given.folder))
    try:
        path = folder / "large.jsonl"
        make(path, given.size, given.kind)
        size = path.stat().st_size
        fits = size * LARGER_IN_MEMORY < psutil.virtual_memory().available
        tasks = [task for task in TASKS if fits or task != "read_json"]
        speeds = {}
        # one after the other in each round, so that what else the machine does meets all alike
        rounds = [{task: measure(task, path, folder, given.kind) for task in tasks} for _ in range(given.repeat)]
        print(f"{size / 1e6:.0f} MB, median of {given.repeat}")
        for task in tasks:
            seconds = statistics.median(found[task][0] for found in rounds)
            speeds[task] = size / seconds / 1e6
            peak = max(found[task][1] for found in rounds)
            speed = "" if task == "look" else f"{speeds[task]:7.0f} MB/s"
            busy = statistics.median(found[task][2] for found in rounds)
            print(f"{task:10} {seconds:8.2f} s {speed:12} peak {peak / 1e6:6.0f} MB  processor {busy:6.2f} s")
        for reader in ("read_json", "open_json"):
            if reader in speeds:
                ratios = [found[reader][0] / found["import"][0] for found in rounds]
                print(f"the import has {statistics.median(ratios):.2f} times the speed of {reader}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
