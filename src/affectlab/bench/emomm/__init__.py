"""EmoMM: emotion recognition when modalities agree, disagree or are missing (arXiv 2605.01024)."""
