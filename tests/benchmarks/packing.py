"""How many tokens of text a second are learnt from in blocks, against batches that are padded.

    python -m tests.benchmarks.packing [--rows 400] [--model smollm2-135m-instruct] [--adapter lora] [--batch 16]
                                       [--length 512]

The same review sentences are learnt from once, with the same loss of all their tokens, in three ways: batches of
``--batch`` sentences in random order, each padded to the longest of them (what most tutorials show); the same, but
sentences of about one length together; and blocks of ``--length`` tokens, as `workbench.engine.domain` makes them.
Printed are the tokens of text a second without padding, the share of what is computed that is padding, and the ratio to
the first way. The ways take turns, a step each, so that another load of the computer strikes all of them alike.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import torch

from workbench.core import registry, starters
from workbench.core.options import parse
from workbench.engine import batching, packing
from workbench.engine.device import autocast, probe
from workbench.engine.models import load_base, load_tokenizer, trainable
from workbench.engine.packing import Text
from workbench.engine.token_loss import token_loss

Blocks = list[list[Text]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--adapter", choices=["lora", "full"], default="lora")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=512)
    return parser.parse_args()


def ways(texts: list[Text], batch: int, length: int) -> dict[str, list[Blocks]]:
    """Return the steps of each way; a padded batch is one with a block for each text."""
    order = list(range(len(texts)))
    random.Random(0).shuffle(order)
    lengths = [len(text) for text in texts]
    as_they_come = [order[at : at + batch] for at in range(0, len(order), batch)]
    sorted_ones = batching.length_sorted(lengths, batch, seed=0, epoch=0)
    blocks = packing.fill(lengths, length, seed=0)
    return {
        "padded, random order": [[[texts[index]] for index in some] for some in as_they_come],
        "padded, sorted by length": [[[texts[index]] for index in some] for some in sorted_ones],
        f"packed into {length}": [[[texts[index] for index in block]] for block in blocks],
    }


def step(model: Any, optimizer: torch.optim.Optimizer, blocks: Blocks, pad_id: int, device: Any) -> tuple[float, int]:
    """Learn from some blocks; return the seconds and the tokens that were computed, padding included."""
    began = time.perf_counter()
    laid_out = packing.lay_out(blocks, pad_id, device.name)
    with autocast(device):
        states = packing.hidden_states(model, laid_out)
        loss = token_loss(model, states[:, :-1][laid_out.wanted], laid_out.targets)
    (loss / len(laid_out.targets)).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return time.perf_counter() - began, laid_out.ids.numel()


def turns(steps: dict[str, list[Blocks]]) -> Iterator[tuple[str, Blocks]]:
    """Give the steps of all ways so that each way is equally far at any time."""
    due = [(place / len(some), way, blocks) for way, some in steps.items() for place, blocks in enumerate(some)]
    for _, way, blocks in sorted(due, key=lambda one: one[:2]):
        yield way, blocks


def main() -> None:
    asked = arguments()
    device = probe()
    folder = starters.get(asked.model) if asked.model in starters.MODELS else asked.model
    tokenizer = load_tokenizer(folder)
    adapter = registry.adapter(asked.adapter)
    model = load_base(folder, device, frozen=asked.adapter != "full")
    model = adapter.attach(model, parse(adapter.options, {}), "default").train()
    for parameter in trainable(model).values():
        parameter.data = parameter.data.float()
    optimizer = torch.optim.AdamW(trainable(model).values(), lr=1e-5)
    lines = starters.get("reviews").read_text("utf-8").splitlines()[: asked.rows]
    ends = [tokenizer.eos_token_id]
    texts = [ids + ends for ids in tokenizer([json.loads(line)["text"] for line in lines]).input_ids]
    steps = ways(texts, asked.batch, asked.length)
    for blocks in (some[0] for some in steps.values()):  # warms up
        step(model, optimizer, blocks, tokenizer.pad_token_id, device)
    seconds, computed = dict.fromkeys(steps, 0.0), dict.fromkeys(steps, 0)
    for way, blocks in turns(steps):
        took, tokens = step(model, optimizer, blocks, tokenizer.pad_token_id, device)
        seconds[way] += took
        computed[way] += tokens
    total, first = sum(map(len, texts)), next(iter(steps))
    print(f"{len(texts)} sentences, {total} tokens, {asked.model}, {asked.adapter}, {device.precision}")
    print(f"{'':26}{'steps':>7}{'padding':>9}{'tokens/s':>10}{'ratio':>7}")
    for way, some in steps.items():
        padding = 1 - total / computed[way]
        speed, ratio = total / seconds[way], seconds[first] / seconds[way]
        print(f"{way:26}{len(some):>7}{padding:>9.1%}{speed:>10.0f}{ratio:>7.2f}")


if __name__ == "__main__":
    main()
