"""What every benchmark here shares: two things timed in turn, servers started as people start them."""

import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

HELLO = [str(Path(__file__).with_name("hello.py"))]


def serve(folder: Path) -> list[str]:
    """The arguments of Python that serve the product on this data folder, on any free port."""
    return ["-m", "ddcat", "serve", "--port", "0", "--data", str(folder)]


def in_turn(floor: Callable[[], float], product: Callable[[], float], rounds: int) -> list[tuple[float, float]]:
    """The figures of both for every round; the two take turns in being first, and one round is thrown away."""
    figures = []
    for number in range(rounds + 1):
        if number % 2:
            figures.append((floor(), product()))
        else:
            figures.append((product(), floor())[::-1])
    return figures[1:]


def timed(work: Callable[[], object]) -> float:
    """The seconds that this takes."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


def tell(what: str, figures: list[tuple[float, float]], unit: str, aim: str, *, more_is_better: bool = False) -> None:
    """Print the median and the best of floor and product, and the median and the span of the rounds' ratios."""
    best = max if more_is_better else min
    ratios = sorted(floor / product if more_is_better else product / floor for floor, product in figures)
    floor, product = (
        f"{median(column):.4g} {unit} (best {best(column):.4g})" for column in zip(*figures, strict=True)
    )
    print(f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, {len(figures)} rounds")
    print(f"{what}: {product}, floor {floor}")
    print(f"ratio {median(ratios):.2f} (rounds {ratios[0]:.2f} to {ratios[-1]:.2f}); aim: {aim}")


@contextmanager
def server(arguments: list[str]) -> Iterator[int]:
    """Start Python with these arguments and wait for the address it prints; its port."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = next(line for line in process.stdout if "http://" in line)
            yield int(address.partition("http://127.0.0.1:")[2].split()[0])
        finally:
            process.terminate()


class Client:
    """One connection that is kept, and a cookie, as browsers do; bare sockets, so that it costs next to nothing."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.always = f"Host: 127.0.0.1:{port}\r\n"

    def get(self, path: str) -> bytes:
        """The content of a page that is there and says how long it is."""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{self.always}\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, content = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        length = int(headers["Content-Length"])
        if "Set-Cookie" in headers:
            self.always += f"Cookie: {headers['Set-Cookie'].partition(';')[0]}\r\n"
        while len(content) < length:
            content += self._receive()
        return content

    def _receive(self) -> bytes:
        received = self.socket.recv(1 << 20)
        assert received, "the server hung up"
        return received
