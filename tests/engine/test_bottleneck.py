import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, GPT2Config, GPT2LMHeadModel

from tests.engine import tiny_classifier, tiny_vision
from tests.engine.tiny import FP32, make_model, train
from workbench.adapters import bottleneck
from workbench.core.errors import UserError
from workbench.core.options import parse
from workbench.core.project import Project
from workbench.engine.bottleneck import BottleneckConfig, BottleneckLinear
from workbench.engine.export import export
from workbench.engine.models import load_run, trainable

pytestmark = pytest.mark.usefixtures("plain_cpu")

VISION = ("vit", "deit", "swin", "convnext")


def test_the_output_by_hand() -> None:
    """h = (1, 2); D = (1, 1) and b = -1 give relu(2) = 2; U = (3, 0) and c = (0, 1) add (6, 1)."""
    base = nn.Linear(1, 2)
    layer = BottleneckLinear(base, "default", BottleneckConfig(size=1, activation="relu"))
    down, up = layer.bottleneck_down["default"], layer.bottleneck_up["default"]
    values = {base.weight: [[1.0], [2.0]], base.bias: [0.0, 0.0], down.weight: [[1.0, 1.0]], down.bias: [-1.0]}
    values |= {up.weight: [[3.0], [0.0]], up.bias: [0.0, 1.0]}
    with torch.no_grad():
        for parameter, value in values.items():
            parameter.copy_(torch.tensor(value))
    assert layer(torch.tensor([[1.0]])).tolist() == [[7.0, 3.0]]
    assert layer(torch.tensor([[-1.0]])).tolist() == [[-1.0, -1.0]]  # nothing is left of -4 but c
    layer.enable_adapters(False)
    assert layer(torch.tensor([[1.0]])).tolist() == [[1.0, 2.0]]


def make(family: str, folder: Path) -> Any:
    if family == "llama":
        return make_model()
    if family == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(n_embd=16, n_layer=2, n_head=2, vocab_size=30, bos_token_id=1, eos_token_id=1)
        )
    if family in VISION:
        return tiny_vision.make(family)
    return AutoModelForSequenceClassification.from_pretrained(tiny_classifier.save(folder, family))


@pytest.mark.parametrize("family", ["llama", "gpt2", "bert", "roberta", "deberta", "distilbert", *VISION])
def test_every_block_of_every_family_gets_its_adapters(tmp_path: Path, family: str) -> None:
    blocks, found = 2, {}
    for variant in ("pfeiffer", "houlsby"):
        model = make(family, tmp_path / variant).requires_grad_(False)
        attached = bottleneck.attach(model, parse(bottleneck.Options, {"size": 4, "variant": variant}), "default")
        found[variant] = [name for name, one in attached.named_modules() if isinstance(one, BottleneckLinear)]
        assert not any("classifier" in name or "pooler" in name for name in found[variant])
        assert trainable(attached)
    assert len(found["pfeiffer"]) == blocks
    assert len(found["houlsby"]) == (blocks if family == "convnext" else 2 * blocks)  # it has no attention
    assert set(found["pfeiffer"]) <= set(found["houlsby"])


def test_a_model_whose_layers_are_not_known_is_told() -> None:
    class Strange(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.somewhere = nn.Linear(2, 2)

    with pytest.raises(UserError, match="do not know the layers of this model"):
        bottleneck.attach(Strange(), bottleneck.Options(), "default")


def test_an_export_says_what_it_needs_and_loads_with_it(project: Project, tmp_path: Path) -> None:
    tiny_classifier.write_weather(project)
    base = tiny_classifier.save(tmp_path / "bert")
    run = train(
        project, "text-classification", "weather", model=str(base), adapter="bottleneck", max_steps=4, batch_size=6
    )
    done = export(project, run.id, "adapter", tmp_path / "out", lambda text: None)
    assert done.max_difference < 1e-4
    assert "only where this program is installed" in done.note
    card = (done.path / "README.md").read_text("utf-8")
    assert "import workbench.engine.bottleneck\n" in card and done.note in card
    with torch.no_grad():
        expected = load_run(project, run.id, "", FP32)[0](input_ids=torch.arange(4, 9)[None]).logits[0]
    code = (
        "import sys, torch; from pathlib import Path\n"
        "from workbench.core.project import Project; from workbench.engine import models; "
        "from workbench.engine.device import Device\n"
        "model, _ = models.load_run(Project.open(Path(sys.argv[1])), sys.argv[2], '', Device('cpu', 'fp32', 1))\n"
        "print(*model(input_ids=torch.arange(4, 9)[None]).logits[0].tolist())"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(project.path), run.id], capture_output=True, text=True, check=True
    )
    assert [float(one) for one in child.stdout.split()] == pytest.approx(expected.tolist(), abs=1e-5)
