"""How well generated music does what was asked; nothing that trains may import it."""
