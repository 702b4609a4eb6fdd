"""The function behind multiprocessing.connection on a Unix socket, called from Python. Prints calls a second each round."""
import multiprocessing
import sys
import time
from multiprocessing.connection import Client, Listener

from index import handler


def serve(address, ready):
    with Listener(address, "AF_UNIX") as listener:
        ready.set()
        with listener.accept() as connection:
            try:
                while True:
                    connection.send(handler(connection.recv(), None))
            except EOFError:
                pass


if __name__ == "__main__":
    address, seconds = sys.argv[1], float(sys.argv[2])
    ready = multiprocessing.Event()
    server = multiprocessing.Process(target=serve, args=(address, ready))
    server.start()
    ready.wait()
    with Client(address, "AF_UNIX") as connection:
        for measured in (False, True):
            calls, start = 0, time.perf_counter()
            while time.perf_counter() - start < (seconds if measured else 0.3):
                connection.send('{"temperature": 42.5}')
                connection.recv()
                calls += 1
        print(calls / (time.perf_counter() - start))
    server.join()
