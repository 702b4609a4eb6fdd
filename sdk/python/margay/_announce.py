"""Makes this container known on its network, for a worker with ports of the host.

The engine forwards such a port before the container is on the network. So the host asks for its address in vain, and again after
a second only, in which nobody gets through. What comes from the container tells the host as well.
"""

from sys import byteorder

try:
    # As in _link: the C part alone.
    from _socket import AF_INET, SOCK_DGRAM, inet_ntoa
    from _socket import socket as Socket
except ImportError:
    from socket import AF_INET, SOCK_DGRAM, inet_ntoa
    from socket import socket as Socket

_DISCARD = 9


def announce(routes="/proc/net/route", port=_DISCARD):
    """Sends an empty datagram to the next hop of the default route; a worker works without it."""
    try:
        with open(routes) as lines:
            for line in lines:
                fields = line.split()
                # Addresses are numbers in the order of bytes of this machine.
                if fields[1] == "00000000" and fields[2] != "00000000":
                    hop = inet_ntoa(int(fields[2], 16).to_bytes(4, byteorder))
                    connection = Socket(AF_INET, SOCK_DGRAM)
                    try:
                        connection.sendto(b"", (hop, port))
                    finally:
                        connection.close()
                    return
    except (OSError, ValueError, IndexError):
        pass  # Who asks for its port then waits a second longer.
