"""`python -m mediaclay` is `clay`."""

from mediaclay.cli import main

main()
