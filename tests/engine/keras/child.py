"""TensorFlow and torch must not share a process: what tests of Keras compute, they compute in a child."""

import json
import subprocess
import sys
from typing import Any

BEFORE = "import json, sys; told = {}"
AFTER = "print(json.dumps(told))"


def run(code: str, *arguments: object) -> Any:
    """Run code in a Python of its own and return what it has put into the dictionary ``told``.

    Args:
        code: Python; ``sys.argv[1:]`` are the arguments.
        arguments: Made into texts.
    """
    command = [sys.executable, "-c", "\n".join([BEFORE, code, AFTER]), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
