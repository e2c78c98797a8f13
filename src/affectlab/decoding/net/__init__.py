"""The learned decoder: a temporal Transformer and a graph network over electrodes, and its rivals."""
