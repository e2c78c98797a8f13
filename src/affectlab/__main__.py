"""``python -m affectlab``."""

from affectlab.cli import main

main()
