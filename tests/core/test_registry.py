import subprocess
import sys
from pathlib import Path

import pytest

from workbench.core import registry
from workbench.core.errors import UserError

ROOT = Path(registry.__file__).parents[1]


def test_every_file_is_listed_under_the_name_that_stays_fixed() -> None:
    fixed_tasks = {
        "text-classification", "instruction-tuning", "domain-adaptation", "keras-image-classification",
        "image-classification", "reward-model", "ppo", "reinforce", "dpo",
    }  # fmt: skip
    fixed_adapters = {
        "full", "lora", "adalora", "prefix-tuning", "p-tuning", "prompt-tuning", "bottleneck", "ia3",
    }  # fmt: skip
    assert {"instruction-tuning", "reward-model", "ppo", "reinforce"} <= set(registry.tasks()) <= fixed_tasks
    assert {"full", "lora"} <= set(registry.adapters()) <= fixed_adapters
    for name in registry.tasks():
        assert (ROOT / "tasks" / f"{name.replace('-', '_')}.py").exists()
    for name in registry.adapters():
        assert (ROOT / "adapters" / f"{name.replace('-', '_')}.py").exists()


@pytest.mark.parametrize("task", registry.tasks().values(), ids=lambda task: task.name)
def test_a_task_names_only_what_there_is(task: registry.Task) -> None:
    from workbench.core.datasets import kinds

    assert task.label and task.help and task.architectures
    assert all(kinds.kind(kind) for kind in task.kinds)
    assert all(registry.adapter(name) for name in task.adapters)
    assert {role.rstrip("?") for role in task.parents} <= {"from", "reward"}


def test_unknown_names_are_told_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"no task “poetry”; there are: .*instruction-tuning"):
        registry.task("poetry")
    with pytest.raises(UserError, match=r"no adapter “glue”; there are: .*lora"):
        registry.adapter("glue")


def test_listing_loads_nothing_heavy() -> None:
    program = (
        "import sys; from workbench.core import registry; from workbench.core.options import fields\n"
        "for it in (*registry.tasks().values(), *registry.adapters().values()): assert fields(it.options) is not None\n"
        "heavy = ('torch', 'transformers', 'peft', 'tensorflow', 'keras', 'PySide6', 'pyarrow', 'numpy')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
