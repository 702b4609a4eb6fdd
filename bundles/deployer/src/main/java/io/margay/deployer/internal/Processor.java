package io.margay.deployer.internal;

import io.margay.model.Architecture;
import io.margay.packages.Elf;
import java.util.Optional;

/** Processors as the framework and as people call them. */
final class Processor {
    private Processor() {}

    /** What the carrier of a program in C requires. The framework knows one 32-bit ARM, whatever its numbers go through. */
    static String requirement(Architecture architecture) {
        String processor =
                switch (architecture) {
                    case AMD64 -> "(osgi.native.processor~=x86-64)";
                    case X86 -> "(osgi.native.processor~=x86)";
                    case ARM64 -> "(|(osgi.native.processor~=aarch64)(osgi.native.processor~=arm64))";
                    case ARMV7, ARMV7HF -> "(osgi.native.processor~=arm_le)";
                };
        return "osgi.native;filter:=\"(&(osgi.native.osname~=linux)" + processor + ")\"";
    }

    /** Whether programs for that architecture run here, as far as the framework can't tell. */
    static boolean fits(Architecture architecture) {
        Optional<Architecture> host = Elf.ofHost();
        return host.isEmpty() || host.get() == architecture;
    }

    /** This machine's, in the words of packages where it has one. */
    static String host() {
        String system = System.getProperty("os.name").equals("Linux") ? "" : " with " + System.getProperty("os.name");
        return Elf.ofHost().map(Architecture::word).orElse(System.getProperty("os.arch")) + system;
    }
}
