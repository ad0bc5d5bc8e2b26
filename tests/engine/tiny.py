"""A tiny model with a real tokenizer, to test the engine's arithmetic exactly and fast."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from workbench.core import events, registry
from workbench.core.context import RunContext, Stop
from workbench.core.datasets.writer import write_dataset
from workbench.core.plan import Request, create
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.device import Device

FP32 = Device("cpu", "fp32", 2)
TEMPLATE = (
    "{% for message in messages %}{{ '<' + message['role'] + '>' + message['content'] + '<end>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
)
WORDS = ["sun", "rain", "snow", "wind", "fog", "hail", "heat", "ice", "storm", "cloud"]
LETTERS = "abcdefghijklmnopqrstuvwxyz .!?"


def make_tokenizer() -> PreTrainedTokenizerFast:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    special = ["<pad>", "<end>", "<user>", "<assistant>", "<system>", "?"]
    words = {token: index for index, token in enumerate(dict.fromkeys([*special, *LETTERS]))}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.add_special_tokens(special[:5])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>", unk_token="?")
    fast.chat_template = TEMPLATE
    return fast


def make_model(seed: int = 0, width: int = 32) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(make_tokenizer()),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
        initializer_range=0.3,
    )
    return LlamaForCausalLM(config).eval()


def save_tiny(folder: Path, width: int = 32) -> Path:
    """Save model and tokenizer as a folder that `workbench.core.models` takes."""
    make_model(width=width).save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


def write_talk(project: Project) -> None:
    """Write ten examples, two of them held out, as the data set “talk”."""
    examples = [{"prompt": f"{word}?", "answer": f"{word} it is."} for word in WORDS]
    write_dataset(project.data / "talk", "talk", "instruction", examples, split=0.2)


def write_rankings(project: Project) -> None:
    """Write ten rankings, two of them held out, as the data set “ranked”."""
    rankings = [
        {"prompt": f"{word}?", "responses": [f"{word} aaa", "the eee", "no zz"], "ranks": [1, 2, 3]} for word in WORDS
    ]
    write_dataset(project.data / "ranked", "ranked", "ranking", rankings, split=0.2)


def make_project(folder: Path) -> Project:
    """A project with a tiny model, prompts, examples, rankings, and a tuned and a reward run (named so)."""
    base = save_tiny(folder / "base")
    project = Project.create(folder / "project")
    write_talk(project)
    write_dataset(project.data / "asked", "asked", "prompts", [{"prompt": f"{w}?"} for w in WORDS], split=0.2)
    write_rankings(project)
    train(project, "instruction-tuning", "talk", name="tuned", model=str(base), epochs=2, learning_rate=1e-3)
    train(project, "reward-model", "ranked", name="reward", parents={"from": "tuned"}, epochs=8, learning_rate=3e-3)
    return project


def new_run(
    project: Project,
    task: str,
    data: str,
    *,
    name: str = "",
    model: str = "",
    adapter: str = "",
    parents: Any = None,
    **settings: Any,
) -> Run:
    request = Request(
        task=task, data=data, name=name, model=model, adapter=adapter, parents=parents or {}, settings=settings
    )
    return create(project, request)


def train(project: Project, task: str, data: str, **more: Any) -> Run:
    """Train in this process; raises what the task raises."""
    run = new_run(project, task, data, **more)
    go(project, run)
    return run


def go(project: Project, run: Run, *, resume: bool = False, ask: str = "") -> None:
    """Do what the trainer process does, with an optional command that comes while it runs."""
    run.forget_commands()
    context = RunContext(project, run, resume=resume)
    run.append(events.Started(pid=0))
    if ask:
        run.ask(ask)
    registry.task(run.spec().task).run(context)
    context.emit(events.Finished(step=context.last_step, seconds=0.0))


class StopsAt(RunContext):
    """Is asked to stop while it does a step."""

    at = 0

    def emit(self, event: events.AnyEvent) -> None:
        super().emit(event)
        if isinstance(event, events.Progress) and event.step == self.at:
            self.run.ask("stop")


def stop_at(project: Project, run: Run, step: int) -> None:
    """Train up to a step, at which the run is stopped."""
    context = StopsAt(project, run)
    context.at = step
    with pytest.raises(Stop) as stop:
        registry.task(run.spec().task).run(context)
    assert stop.value.step == step


def metrics(run: Run) -> dict[str, dict[int, float]]:
    """Return the values of every metric by step, without those that depend on the clock."""
    found: dict[str, dict[int, float]] = {}
    for event in run.follow().read():
        if isinstance(event, events.Metrics):
            for name, value in event.values.items():
                found.setdefault(name, {})[event.step] = value
    return {name: values for name, values in found.items() if name not in ("tokens_per_second", "memory_mb")}
