"""The learned composer: music as tokens, what it was trained on, and how it is measured."""
