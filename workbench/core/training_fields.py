"""Settings that most tasks share, as types: ``epochs: Epochs = 3.0`` in an Options class.

Each carries its label, help, unit, bounds and source; a task only gives its default.
"""

from typing import Annotated, Literal

from workbench.core.i18n import mark
from workbench.core.options import option

Epochs = Annotated[
    float,
    option(
        mark("Epochs"),
        mark("How many times every example is seen. More teaches more, until the model learns by heart."),
        source=mark("Alpaca: 3; reward models: 1 (InstructGPT, arXiv 2203.02155, appendix C.2)"),
        low=0.01,
        high=1000,
        basic=True,
    ),
]
BatchSize = Annotated[
    int,
    option(
        mark("Batch size"),
        mark("Examples a step; a ranking with all its answers is one. Larger batches learn more calmly."),
        unit=mark("examples"),
        source=mark("QLoRA, arXiv 2305.14314, appendix B: 16"),
        low=1,
        high=4096,
        basic=True,
    ),
]
LearningRate = Annotated[
    float,
    option(
        mark("Learning rate"),
        mark("How far each step goes. 2e-4 suits LoRA; for full fine-tuning choose about 2e-5."),
        source=mark("QLoRA, arXiv 2305.14314, appendix B"),
        low=1e-8,
        high=1.0,
        basic=True,
    ),
]
MaxLength = Annotated[
    int,
    option(
        mark("Longest example"),
        mark("Longer examples are cut."),
        unit=mark("tokens"),
        low=8,
        high=131072,
        basic=True,
    ),
]
MaxSteps = Annotated[
    int,
    option(mark("Steps"), mark("Ends after so many steps; 0 leaves it to the epochs."), low=0, high=10_000_000),
]
MicroBatch = Annotated[
    int,
    option(
        mark("Micro-batch"),
        mark("Examples computed at once; the gradients of a batch are added up. 0 takes the whole batch at once."),
        unit=mark("examples"),
        low=0,
        high=4096,
    ),
]
WarmupRatio = Annotated[
    float,
    option(
        mark("Warm-up"),
        mark("The share of the steps over which the learning rate rises."),
        source=mark("Alpaca: 0.03"),
        low=0.0,
        high=1.0,
    ),
]
WeightDecay = Annotated[
    float,
    option(mark("Weight decay"), mark("Pulls weights towards zero."), source=mark("Alpaca: 0"), low=0.0, high=1.0),
]
MaxGradNorm = Annotated[
    float,
    option(
        mark("Gradient clipping"),
        mark("Longest gradient that is followed; 0 clips nothing."),
        source=mark("Pascanu et al., arXiv 1211.5063"),
        low=0.0,
        high=1000.0,
    ),
]
EvalEvery = Annotated[
    int,
    option(
        mark("Evaluate every"),
        mark("0 evaluates after each epoch."),
        unit=mark("steps"),
        low=0,
        high=1_000_000,
    ),
]
SaveEvery = Annotated[
    int,
    option(
        mark("Checkpoint every"),
        mark("A run can be resumed from its last checkpoint; 0 saves only at a stop and at the end."),
        unit=mark("steps"),
        low=0,
        high=1_000_000,
    ),
]
ClassWeights = Annotated[
    Literal["none", "balanced"],
    option(
        mark("Class weights"),
        mark("“balanced” lets rare classes count as much as frequent ones, “none” lets every row count the same."),
    ),
]
KeepBest = Annotated[
    Literal["accuracy", "loss", "last"],
    option(
        mark("Model to keep"),
        mark("The one with the best accuracy or the lowest loss on held-out rows, or simply the last one."),
    ),
]
DataShare = Annotated[
    float,
    option(
        mark("Share of the training rows"),
        mark("Learns from only so much of the rows to learn from, 1 for all; what is held out stays the same."),
        low=0.01,
        high=1.0,
    ),
]
BaseBits = Annotated[
    Literal["as-is", "8", "4"],
    option(
        mark("Bits of the base"),
        mark(
            "Holds each weight of the frozen base in 8 or 4 bits: a half or a quarter of the memory of 16, somewhat "
            "slower and less exact. What is trained stays exact."
        ),
        source=mark("LLM.int8(), arXiv 2208.07339 (8); QLoRA, arXiv 2305.14314 (4, as NF4)"),
        needs="few-bits",
    ),
]
Precision = Annotated[
    Literal["auto", "bf16", "fp32"],
    option(
        mark("Precision"),
        mark(
            "bf16 takes about half the memory of fp32 for what is computed, and is faster where the hardware knows it. "
            "“auto” takes it there and fp32 elsewhere."
        ),
        source=mark("Kalamkar et al., arXiv 1905.12322"),
    ),
]
GradientCheckpointing = Annotated[
    bool,
    option(
        mark("Gradient checkpointing"),
        mark(
            "Keeps only what goes into each layer and computes the rest again on the way back: far less memory for "
            "a batch, and each step takes about a third longer."
        ),
        source=mark("Chen et al., arXiv 1604.06174"),
    ),
]
Seed = Annotated[
    int,
    option(mark("Seed"), mark("The same seed gives the same run on the same computer."), low=0, high=2**31 - 1),
]
