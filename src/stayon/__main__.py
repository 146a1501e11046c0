"""``python -m stayon``: the same command as ``stayon``."""

from stayon.apps.cli.main import main

if __name__ == "__main__":
    main()
