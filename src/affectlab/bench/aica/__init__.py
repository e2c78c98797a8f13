"""AICA-Bench: what a vision-language model understands of affective images."""
