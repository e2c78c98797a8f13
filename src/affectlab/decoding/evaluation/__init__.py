"""How good decoders are: protocols that keep people and stimuli apart, methods and baselines, intervals."""
