"""Answers each connection to port 8080 with its number; as a function it also gives its event back."""

import pathlib
import socket
import threading

NUMBER = (pathlib.Path(__file__).parent / "number.txt").read_bytes()


def serve():
    with socket.create_server(("", 8080)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                connection.sendall(NUMBER)


threading.Thread(target=serve, daemon=True).start()


def handler(event, context):
    return event


if __name__ == "__main__":
    threading.Event().wait()
