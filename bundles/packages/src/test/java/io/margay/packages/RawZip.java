package io.margay.packages;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes zip files that {@code java.util.zip} would not: with modes, flags, false sizes and names that occur twice. */
public final class RawZip {
    public static final int REGULAR = 0100644;
    public static final int EXECUTABLE = 0100755;
    public static final int LINK = 0120777;
    public static final int PIPE = 0010644;
    public static final int ENCRYPTED = 1;
    private static final int UTF8 = 0x800;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<byte[]> table = new ArrayList<>();

    public RawZip add(String name, String content) {
        return add(name, content.getBytes(StandardCharsets.UTF_8), REGULAR, 0);
    }

    public RawZip add(String name, byte[] content, int mode, int flags) {
        return add(name, content, mode, flags, content.length);
    }

    /** @param size what the table says that it has unpacked */
    public RawZip add(String name, byte[] content, int mode, int flags, int size) {
        byte[] packed = deflate(content);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        CRC32 crc = new CRC32();
        crc.update(content);
        int at = out.size();
        byte[] local = new byte[30];
        ByteBuffer to = little(local).putInt(0x04034b50).putShort((short) 20).putShort((short) (flags | UTF8));
        common(to.putShort((short) 8), (int) crc.getValue(), packed.length, size, bytes.length);
        out.writeBytes(local);
        out.writeBytes(bytes);
        out.writeBytes(packed);
        byte[] line = new byte[46 + bytes.length];
        ByteBuffer entry =
                little(line).putInt(0x02014b50).put((byte) 20).put((byte) 3).putShort((short) 20);
        entry.putShort((short) (flags | UTF8)).putShort((short) 8);
        common(entry, (int) crc.getValue(), packed.length, size, bytes.length);
        entry.putShort((short) 0).putInt(0).putShort((short) 0).putShort((short) 0);
        entry.position(38);
        entry.putInt(mode << 16).putInt(at).put(bytes);
        table.add(line);
        return this;
    }

    /** Time and date, sums, sizes, length of the name and of what is extra. */
    private static void common(ByteBuffer to, int crc, int packed, int size, int name) {
        to.putInt(0)
                .putInt(crc)
                .putInt(packed)
                .putInt(size)
                .putShort((short) name)
                .putShort((short) 0);
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] deflate(byte[] content) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(content);
        deflater.finish();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        while (!deflater.finished()) {
            packed.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return packed.toByteArray();
    }

    public byte[] bytes() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(out.toByteArray());
        int size = 0;
        for (byte[] entry : table) {
            whole.writeBytes(entry);
            size += entry.length;
        }
        byte[] end = new byte[22];
        little(end)
                .putInt(0x06054b50)
                .putInt(0)
                .putShort((short) table.size())
                .putShort((short) table.size())
                .putInt(size)
                .putInt(out.size());
        whole.writeBytes(end);
        return whole.toByteArray();
    }
}
