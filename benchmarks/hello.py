"""A bare Flask application that says hello, on the product's server: the floor for pages and for the start."""

import logging

from flask import Flask
from waitress import create_server

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """The whole page."""
    return "<!doctype html><title>Hello</title><p>Hello."


if __name__ == "__main__":
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # as the product does
    server = create_server(app, host="127.0.0.1", port=0, threads=4, connection_limit=1000, asyncore_use_poll=True)
    print(f"http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()
