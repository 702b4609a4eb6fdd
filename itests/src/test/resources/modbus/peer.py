"""A Modbus slave from another code base: pymodbus 3.0, as Debian has it.

    peer.py tcp PORT | peer.py rtu DEVICE

Says "ready" when it serves, then each request in a line: table, address, count for reads; what was written for
writes. Ends with its standard input.
"""

import asyncio
import os
import sys
import threading

from pymodbus.constants import Endian
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.payload import BinaryPayloadBuilder
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

READS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
WRITES = {5: "coil", 6: "holding", 15: "coil", 16: "holding"}


def say(*words):
    print(*words, flush=True)


class Slave(ModbusSlaveContext):
    """Tells what it is asked."""

    def getValues(self, fc, address, count=1):
        if fc in READS:
            say("read", READS[fc], address, count)
        return super().getValues(fc, address, count)

    def setValues(self, fc, address, values):
        if fc in WRITES:
            say("write", WRITES[fc], address, *[int(value) for value in values])
        super().setValues(fc, address, values)


def numbers(byte_order, word_order):
    builder = BinaryPayloadBuilder(byteorder=byte_order, wordorder=word_order)
    builder.add_16bit_int(-2)
    builder.add_16bit_uint(65000)
    builder.add_32bit_int(-123456789)
    builder.add_32bit_uint(4000000000)
    builder.add_64bit_int(-1234567890123)
    builder.add_64bit_uint(9007199254740991)
    builder.add_32bit_float(3.5)
    builder.add_64bit_float(-0.0009765625)
    return builder.to_registers()


def inputs():
    registers = [0] * 400
    for start, byte_order, word_order in (
        (0, Endian.Big, Endian.Big),
        (30, Endian.Big, Endian.Little),
        (60, Endian.Little, Endian.Big),
    ):
        registers[start : start + 20] = numbers(byte_order, word_order)
    builder = BinaryPayloadBuilder(byteorder=Endian.Big, wordorder=Endian.Big)
    builder.add_string("Kessel \u00fc".encode("utf-8") + b"\0")
    registers[20:25] = builder.to_registers()
    registers[25] = 213
    registers[26] = 0b1000
    registers[300] = 7
    return registers


async def main():
    context = ModbusServerContext(
        slaves={
            3: Slave(
                di=ModbusSequentialDataBlock(0, [True, False, True] + [False] * 20),
                co=ModbusSequentialDataBlock(0, [False] * 20),
                hr=ModbusSequentialDataBlock(0, [0] * 20),
                ir=ModbusSequentialDataBlock(0, inputs()),
                zero_mode=True,
            )
        },
        single=False,
    )
    if sys.argv[1] == "tcp":
        server = ModbusTcpServer(
            context, framer=ModbusSocketFramer, address=("127.0.0.1", int(sys.argv[2])), allow_reuse_address=True
        )
        task = asyncio.ensure_future(server.serve_forever())
        await server.serving
        say("ready")
        await task
    else:
        server = ModbusSerialServer(context, framer=ModbusRtuFramer, port=sys.argv[2], baudrate=19200)
        await server.start()
        say("ready")
        await server.serve_forever()


def end():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end, daemon=True).start()
asyncio.run(main())
