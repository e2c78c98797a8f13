"""EEG in: simulated listener, replay, boards and LSL streams; conditioning, quality and windows."""
