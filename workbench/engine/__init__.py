"""The training side: models, batches, losses, generation, checkpoints. torch lives here, Qt does not."""

import os

# Threads that wait for each other by spinning for long starve the window on a machine with few cores; threads that
# sleep at once must be woken for each of the thousand small products of a step. Spinning for about a millisecond was
# 1.6 times as fast as sleeping at once, a step of a 135M model with LoRA on 2 cores. Both must be set before torch
# loads its OpenMP library; the second is known to GNU's alone, and there it goes before the first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
