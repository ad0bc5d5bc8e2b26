"""Keeping what native libraries say out of what a person reads."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out what native code writes to standard error inside this context, if a command has asked for it.

    TensorFlow greets with lines about processors and missing drivers that no setting turns off. In a trainer they go to
    the log of the run.
    """
    if "WORKBENCH_HUSHED" not in os.environ:
        yield
        return
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
