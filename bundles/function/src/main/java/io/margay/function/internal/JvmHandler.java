package io.margay.function.internal;

/** An author's handler, whatever its interface. */
interface JvmHandler {
    /** @return the result, null for none */
    byte[] handle(Call call) throws Exception;
}
