"""What the app knows: projects, data sets, runs, preferences. No Qt, torch or TensorFlow."""
