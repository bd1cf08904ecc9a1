"""python -m ddcat."""

from ddcat.cli import main

if __name__ == "__main__":
    main()
