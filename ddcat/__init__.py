"""ddcat: measure how well a program treats addiction and mental health together."""

__version__ = "0.1.0"
