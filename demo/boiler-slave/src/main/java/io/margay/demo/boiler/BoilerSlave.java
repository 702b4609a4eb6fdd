package io.margay.demo.boiler;

import com.digitalpetri.modbus.server.ModbusTcpServer;
import com.digitalpetri.modbus.server.ProcessImage;
import com.digitalpetri.modbus.server.ReadWriteModbusServices;
import com.digitalpetri.modbus.tcp.server.NettyTcpServerTransport;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.nio.NioEventLoopGroup;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A boiler behind a real Modbus TCP server on loopback, as unit 1. Time runs ten times as fast as outside.
 *
 * <p>Called with the port, or 0 for a free one; prints {@code listening PORT} and runs until standard input ends or it
 * gets a signal.
 */
public final class BoilerSlave implements AutoCloseable {
    private static final int UNIT = 1;
    private static final int STEP_MS = 100;
    private static final double SPEED = 10;

    private final Boiler boiler = new Boiler();
    private final Registers registers = new Registers(new ProcessImage());
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService requests = Executors.newSingleThreadExecutor();
    private final NioEventLoopGroup network = new NioEventLoopGroup(1);
    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private final ModbusTcpServer server;
    private final Future<?> ticking;

    /**
     * Starts it.
     *
     * @param wantedPort 0 for a free one
     * @throws Exception the port can't be had
     */
    public BoilerSlave(int wantedPort) throws Exception {
        NettyTcpServerTransport transport = NettyTcpServerTransport.create(config -> config.setBindAddress("127.0.0.1")
                .setPort(wantedPort)
                .setEventLoopGroup(network)
                .setExecutor(requests)
                .setBootstrapCustomizer(bootstrap -> bootstrap.handler(new PortTeller())));
        server = ModbusTcpServer.create(transport, new ReadWriteModbusServices() {
            @Override
            protected Optional<ProcessImage> getProcessImage(int unitId) {
                return unitId == UNIT ? Optional.of(registers.image()) : Optional.empty();
            }
        });
        registers.show(boiler);
        try {
            server.start();
        } catch (Exception e) {
            end();
            throw e;
        }
        ticking = clock.scheduleAtFixedRate(this::tick, STEP_MS, STEP_MS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        registers.obey(boiler);
        boiler.step(SPEED * STEP_MS / 1000);
        registers.show(boiler);
    }

    /** The port that it listens on. */
    public int port() {
        return port.join();
    }

    @Override
    public void close() throws Exception {
        ticking.cancel(false);
        server.stop();
        end();
    }

    private void end() {
        clock.shutdownNow();
        requests.shutdownNow();
        network.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Learns which port the system chose. */
    private final class PortTeller extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) throws Exception {
            port.complete(((InetSocketAddress) context.channel().localAddress()).getPort());
            super.channelActive(context);
        }
    }

    /** See the class. */
    public static void main(String[] arguments) throws Exception {
        // Must be set before netty's classes load; else Java 25 warns on standard error.
        System.setProperty("io.netty.noUnsafe", "true");
        int wanted = -1;
        if (arguments.length == 1 && arguments[0].matches("\\d{1,5}")) {
            wanted = Integer.parseInt(arguments[0]);
        }
        if (wanted < 0 || wanted > 65_535) {
            System.err.println("usage: boiler-slave PORT   (0 for a free one)");
            System.exit(2);
        }
        try (BoilerSlave slave = new BoilerSlave(wanted)) {
            System.out.println("listening " + slave.port());
            System.out.flush();
            // Whoever started it holds the other end; when that closes, it is time to go.
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (ExecutionException e) {
            System.err.println(
                    "port " + wanted + " can't be had: " + e.getCause().getMessage());
            System.exit(1);
        }
        System.exit(0);
    }
}
