"""Base models with adapters on them: loading, attaching, and what a run's result stands on."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.utils.other import AuxiliaryTrainingWrapper
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from workbench.core import models as core_models
from workbench.core import registry
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.options import parse
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec
from workbench.engine import few_bits
from workbench.engine.device import Device
from workbench.engine.few_bits import AS_IS
from workbench.engine.virtual_tokens import Prompted, go_on, is_saved, prepare, virtual_tokens


@dataclass(frozen=True)
class Lineage:
    """What a model is made of: the folder of its base and, unless it is a whole model, of the adapter on it."""

    base: Path
    adapter: Path | None = None


def lineage(project: Project, run_id: str) -> Lineage:
    """Return what the result of a run stands on.

    Raises:
        UserError: The run has no result yet.
    """
    run = project.run(run_id)
    info = run.result_info()
    if not info:
        raise UserError(tr("Run “{run}” has no result yet.", run=run.id))
    if info.get("model"):
        return Lineage(run.result / info["model"])
    return Lineage(Path(info["base"]), run.result / info["adapter"])


def starting_point(project: Project, spec: RunSpec) -> Lineage:
    """Return what a run starts from: its ``from`` parent's result, or the plain base model.

    Raises:
        UserError: The parent has no result, or one that cannot become a classifier.
    """
    parent = spec.parents.get("from")
    if not parent:
        return Lineage(Path(spec.model_path))
    found = lineage(project, parent)
    writes = "labels" not in project.run(parent).result_info()
    if found.adapter and writes and registry.task(spec.task).sorts:  # an adapter of one kind of model fits no other
        return Lineage(merged(project.run(parent), found))
    return found


def merged(run: Run, found: Lineage) -> Path:
    """Return the folder of the whole model that a run's adapter makes of its base; made once, beside the result.

    Raises:
        UserError: The adapter is of a kind that cannot become part of the weights.
    """
    folder = run.result / "merged"
    if folder.exists():
        return folder
    model: Any = load_base(found.base, Device("cpu", "fp32", 1), frozen=True)
    assert found.adapter is not None
    model = load_adapter(model, found.adapter, trainable=False)
    whole = merge(run, model)
    staging = folder.with_name("merged.new")
    shutil.rmtree(staging, ignore_errors=True)
    whole.save_pretrained(staging)
    load_tokenizer(found.base).save_pretrained(staging)
    staging.rename(folder)
    return folder


def merge(run: Run, model: Any) -> Any:
    """Return the plain model that a run's adapter makes of its base.

    Raises:
        UserError: The adapter is of a kind that cannot become part of the weights.
    """
    _put_heads_in_place(model)
    try:
        return model.merge_and_unload()
    except (AttributeError, NotImplementedError) as error:
        text = tr(
            "The adapter of run “{run}” cannot become part of its model, so it stays beside it.",
            run=run.id,
        )
        raise UserError(text, str(error)) from error


def _put_heads_in_place(model: PeftModel) -> None:
    """Let the trained head and pooler of a classifier take the place of its base's: PEFT's IA3 stumbles on them."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, AuxiliaryTrainingWrapper):
                setattr(parent, name, child.modules_to_save[child.active_adapters[0]])


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Load a tokenizer that pads; one without a padding token pads with its end token."""
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_base(
    folder: Path, device: Device, *, frozen: bool, labels: Sequence[str] | None = None, bits: str = AS_IS
) -> PreTrainedModel:
    """Load a model from safetensors: a causal language model, or a classifier of texts or images.

    Args:
        folder: Folder of the model.
        device: Where it goes.
        frozen: Held in the device's precision with no gradients; otherwise in fp32, all of it trainable.
        labels: Classes of a classifier; its head is a fresh one unless the files have one of that size.
        bits: In how many bits the weights of a frozen one are held (see `workbench.engine.few_bits`).

    Raises:
        UserError: It must not be loaded, is no classifier, or cannot be held so.
    """
    info = core_models.inspect(str(folder))  # refuses what must not be loaded, with a sentence
    how: dict[str, Any] = {
        "dtype": device.dtype if frozen else torch.float32,
        "local_files_only": True,
        "use_safetensors": True,
    }
    auto = AutoModelForCausalLM if labels is None else _classifier(info)
    how |= few_bits.how(bits, device, auto, folder) | ({} if labels is None else _classes(labels))
    model: PreTrainedModel = auto.from_pretrained(folder, **how)
    model.config.use_cache = False
    if labels is not None and info.architecture == "causal-lm":  # it judges by the last token before the padding
        model.config.pad_token_id = load_tokenizer(folder).pad_token_id
    placed = model if "device_map" in how else model.to(device.name)
    return placed.requires_grad_(not frozen)


def _classifier(info: core_models.ModelInfo) -> Any:
    """Return the class of transformers that makes a classifier of a model."""
    images = info.architecture == "image-classifier"
    auto = AutoModelForImageClassification if images else AutoModelForSequenceClassification
    if type(AutoConfig.from_pretrained(info.path, local_files_only=True)) not in auto._model_mapping:
        raise UserError(
            tr("Models of the family “{family}” cannot be made classifiers; choose another.", family=info.model_type)
        )
    return auto


def _classes(labels: Sequence[str]) -> dict[str, Any]:
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        "ignore_mismatched_sizes": True,  # the head of another set of classes is replaced
    }


def load_adapter(model: Any, folder: Path, *, name: str = "default", trainable: bool) -> PeftModel:
    """Put a saved adapter on a base model, beside those that are on it already; it becomes the active one."""
    for adapter in registry.adapters().values():
        if adapter.module:  # makes a method of our own known to PEFT
            import_module(adapter.module)
    virtual = is_saved(folder)
    if trainable and virtual:
        return go_on(model, folder, name)
    prepare(model)
    if isinstance(model, PeftModel):
        model.load_adapter(folder, adapter_name=name, is_trainable=trainable, torch_device=str(model.device))
        model.set_adapter(name, inference_mode=not trainable)
    else:
        model = PeftModel.from_pretrained(model, folder, adapter_name=name, is_trainable=trainable)
    if virtual:
        model.prompt_encoder[name].requires_grad_(False)  # PEFT leaves it trainable
    return model


def activate(model: PeftModel, name: str, *, trainable: bool) -> None:
    """Make one of a model's adapters the active one; it alone has gradients, if any has."""
    model.set_adapter(name, inference_mode=not trainable)
    for its, encoder in getattr(model, "prompt_encoder", {}).items():  # PEFT leaves all virtual tokens trainable
        encoder.requires_grad_(trainable and its == name)


@contextmanager
def without_adapter(model: PeftModel) -> Iterator[None]:
    """Let a model answer as its base does, by its own head if it is a classifier."""
    heads = [module for module in model.modules() if isinstance(module, AuxiliaryTrainingWrapper)]
    with model.disable_adapter():
        for head in heads:  # with virtual tokens PEFT forgets them
            head.enable_adapters(False)
        try:
            yield
        finally:
            for head in heads:
                head.enable_adapters(True)


def attach(model: PreTrainedModel, spec: RunSpec, *, name: str = "default") -> Any:
    """Put the fresh adapter that a spec describes on a base model."""
    adapter = registry.adapter(spec.adapter)
    attached = adapter.attach(model, parse(adapter.options, spec.adapter_options), name)
    return _in_fp32(attached)


def _in_fp32(model: Any) -> Any:
    """Bring all that is trained into fp32: PEFT makes the head of a classifier in the precision of its frozen base."""
    for parameter in trainable(model).values():
        parameter.data = parameter.data.float()
    return model


def load_trainable(
    project: Project, spec: RunSpec, device: Device, labels: Sequence[str] | None = None
) -> tuple[Any, Lineage]:
    """Load the model that a run trains: its base, with the parent's adapter going on or a fresh one attached."""
    start = starting_point(project, spec)
    if spec.adapter == "full":
        model = attach(load_base(start.base, device, frozen=False, labels=labels), spec)
        return checkpointed(model, spec), start
    base = load_base(start.base, device, frozen=True, labels=labels, bits=few_bits.bits_of(spec))
    model = _in_fp32(load_adapter(base, start.adapter, trainable=True)) if start.adapter else attach(base, spec)
    return checkpointed(model, spec), start


def checkpointed(model: Any, spec: RunSpec) -> Any:
    """Let a model forget, if its run asks for it, what its layers compute, and compute it again on the way back.

    Raises:
        UserError: The family of the model, or the prefix before its texts, does not allow it.
    """
    if not spec.options.get("gradient_checkpointing"):
        return model
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    if not inner.supports_gradient_checkpointing:
        raise UserError(tr("This model does not know gradient checkpointing. Train it without."))
    if spec.adapter == "prefix-tuning":  # what stands before a text is a cache, which such layers do not look at
        raise UserError(tr("Gradient checkpointing does not go together with prefix tuning. Train without."))
    inner.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


def load_run(project: Project, run_id: str | None, model_name: str, device: Device) -> tuple[Any, Any]:
    """Load a run's result, or a plain model when ``run_id`` is None, ready for use, and its reader."""
    origin = lineage(project, run_id) if run_id else Lineage(core_models.locate(model_name))
    labels = project.run(run_id).result_info().get("labels") if run_id else None
    bits = few_bits.bits_for(project, run_id, device)
    model: Any = load_base(origin.base, device, frozen=True, labels=labels, bits=bits)
    if origin.adapter is not None:
        model = load_adapter(model, origin.adapter, trainable=False)
    return model.eval(), load_reader(origin.base)


def load_reader(folder: Path) -> Any:
    """Load what makes a model's inputs of texts or images: a tokenizer, or an image processor."""
    if core_models.inspect(str(folder)).architecture != "image-classifier":
        return load_tokenizer(folder)
    from workbench.engine.vision import load_processor

    return load_processor(folder)


def decoder(model: Any) -> Any:
    """Return the part of a causal language model below its output layer, adapters included."""
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    body = getattr(inner, inner.base_model_prefix)
    return Prompted(model, body) if virtual_tokens(model) else body


def output_logits(model: Any, states: torch.Tensor) -> torch.Tensor:
    """Return the logits (..., vocabulary) of hidden states (..., H) of `decoder`, as the whole model would."""
    return finished_logits(model, model.get_output_embeddings()(states))


def finished_logits(model: Any, logits: torch.Tensor) -> torch.Tensor:
    """Do to what the output layer gives what the model does to it.

    Some families scale them (Cohere, Granite) or bend them (Gemma 2, arXiv 2408.00118, section 2) after the layer.
    """
    config = model.config
    logits = logits * (getattr(config, "logit_scale", None) or 1) / (getattr(config, "logits_scaling", None) or 1)
    cap = getattr(config, "final_logit_softcapping", None)
    return cap * torch.tanh(logits / cap) if cap else logits


def trainable(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """Return the trainable parameters by name."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
