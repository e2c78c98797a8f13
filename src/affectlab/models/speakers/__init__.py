"""How each kind of model answers piece by piece; opened by `affectlab.models.open_speaker`."""
