"""Will it fit? Shown in the wizard and where a run is put together."""
