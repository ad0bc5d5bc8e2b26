"""The training side: models, batches, losses, generation, checkpoints. torch lives here, Qt does not."""
