"""python3 -m unittest, in sdk/python."""

import os
import socket
import sys
import tempfile
import unittest

from margay._announce import announce

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


class AnnounceTest(unittest.TestCase):
    def setUp(self):
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind(("127.0.0.1", 0))
        self.receiver.settimeout(20)
        self.addCleanup(self.receiver.close)

    def announce(self, *lines):
        with tempfile.NamedTemporaryFile("w", suffix="route", delete=False) as file:
            file.write(HEAD + "".join(line + "\n" for line in lines))
        self.addCleanup(os.unlink, file.name)
        announce(file.name, self.receiver.getsockname()[1])

    def test_goes_to_the_next_hop_of_the_default_route(self):
        hop = int.from_bytes(socket.inet_aton("127.0.0.1"), sys.byteorder)
        self.announce(
            "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
            "eth0\t00000000\t%08X\t0003\t0\t0\t0\t00000000\t0\t0\t0" % hop,
        )
        self.assertEqual(self.receiver.recv(100), b"")

    def test_is_left_out_where_nobody_is_there(self):
        announce("/nowhere/route")
        self.announce("eth0\t00000000\tnonsense\t0003")
        self.announce("eth0")
