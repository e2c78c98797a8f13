"""The learned composer around its network: what may be written, how much of it, and how it is played."""
