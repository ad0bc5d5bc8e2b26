"""The frozen description of a run, written before it starts and never changed."""

from typing import Any

import msgspec

VERSION = 1


class RunSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a trainer process needs to know; ``spec.json`` in a run folder.

    Attributes:
        task: Name of a task (``instruction-tuning``).
        model: The base model as the person named it: a starter's name, a folder, or a Hugging Face id.
        model_path: The folder of its weights on this computer, or the Hugging Face id.
        adapter: Name of an adapter, ``full`` for none.
        data: Name of the data set in the project.
        data_hash: Content hash of that data set; a run is comparable with another only if these agree.
        data_path: Its folder, relative to the project (or to the run folder, for a snapshot of the rankings).
        options: Values of the task's Options, all of them.
        adapter_options: Values of the adapter's Options, all of them.
        parents: Other runs that this one starts from, by role: ``from`` (its adapter goes on), ``reward``.
    """

    version: int = VERSION
    task: str
    name: str
    model: str
    model_path: str
    adapter: str = "full"
    data: str
    data_hash: str = ""
    data_path: str
    options: dict[str, Any] = {}
    adapter_options: dict[str, Any] = {}
    parents: dict[str, str] = {}
    created: str = ""
