package io.margay.driver.modbus.internal;

import com.digitalpetri.modbus.ExceptionCode;
import com.digitalpetri.modbus.FunctionCode;
import com.digitalpetri.modbus.exceptions.ModbusResponseException;
import com.digitalpetri.modbus.pdu.ReadHoldingRegistersRequest;
import com.digitalpetri.modbus.server.ModbusRtuServer;
import com.digitalpetri.modbus.server.ModbusServer;
import com.digitalpetri.modbus.server.ModbusServices;
import com.digitalpetri.modbus.server.ModbusTcpServer;
import com.digitalpetri.modbus.server.ProcessImage;
import com.digitalpetri.modbus.server.ReadWriteModbusServices;
import com.digitalpetri.modbus.tcp.server.NettyRtuServerTransport;
import com.digitalpetri.modbus.tcp.server.NettyServerTransportConfig;
import com.digitalpetri.modbus.tcp.server.NettyTcpServerTransport;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The library's own server on loopback, with unit 1 and some disturbances. */
final class Slave implements AutoCloseable {
    final int port;
    final ProcessImage image = new ProcessImage();
    /** Address and quantity of each read of holding registers. */
    final List<String> reads = new CopyOnWriteArrayList<>();
    /** An address that it does not have. */
    volatile int hole = -1;

    private final boolean rtu;
    private ModbusServer server;

    Slave(boolean rtu) throws Exception {
        this.rtu = rtu;
        port = freePort();
        start();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    void start() throws Exception {
        Consumer<NettyServerTransportConfig.Builder> bind =
                config -> config.setBindAddress("127.0.0.1").setPort(port);
        server = rtu
                ? ModbusRtuServer.create(NettyRtuServerTransport.create(bind), services())
                : ModbusTcpServer.create(NettyTcpServerTransport.create(bind), services());
        server.start();
    }

    void holding(int address, int... values) {
        image.with(tx -> tx.writeHoldingRegisters(registers -> {
            for (int i = 0; i < values.length; i++) {
                registers.put(address + i, new byte[] {(byte) (values[i] >> 8), (byte) values[i]});
            }
        }));
    }

    int holding(int address) {
        return image.get(tx -> tx.readHoldingRegisters(registers -> {
            byte[] register = registers.getOrDefault(address, new byte[2]);
            return ((register[0] & 0xff) << 8) | (register[1] & 0xff);
        }));
    }

    boolean coil(int address) {
        return image.get(tx -> tx.readCoils(coils -> coils.getOrDefault(address, false)));
    }

    void coil(int address, boolean value) {
        image.with(tx -> tx.writeCoils(coils -> coils.put(address, value)));
    }

    void stop() throws Exception {
        server.stop();
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }

    private ModbusServices services() {
        ReadWriteModbusServices real = new ReadWriteModbusServices() {
            @Override
            protected Optional<ProcessImage> getProcessImage(int unitId) {
                return unitId == 1 ? Optional.of(image) : Optional.empty();
            }
        };
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (arguments != null && arguments[2] instanceof ReadHoldingRegistersRequest request) {
                read(request);
            }
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return (ModbusServices)
                Proxy.newProxyInstance(Slave.class.getClassLoader(), new Class<?>[] {ModbusServices.class}, handler);
    }

    private void read(ReadHoldingRegistersRequest request) throws ModbusResponseException {
        reads.add(request.address() + "+" + request.quantity());
        if (hole >= request.address() && hole < request.address() + request.quantity()) {
            throw new ModbusResponseException(FunctionCode.READ_HOLDING_REGISTERS, ExceptionCode.ILLEGAL_DATA_ADDRESS);
        }
    }
}
