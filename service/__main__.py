"""``python -m service``: the same as the console script ``liangpin``."""

from service.cli import main

if __name__ == "__main__":
    main()
