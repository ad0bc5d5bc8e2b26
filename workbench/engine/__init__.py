"""The training side: models, batches, losses, generation, checkpoints. torch lives here, Qt does not."""

import os

# Threads that wait for each other by spinning starve the window, and each other, on a machine with few cores.
# It must be set before torch loads its OpenMP library.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
