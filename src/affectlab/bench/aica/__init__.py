"""AICA-Bench: what vision-language models understand of affective images, and write about them."""
