package io.margay.spi;

import io.margay.model.Source;

/**
 * A message on its way. The payload is shared by all targets and never changed.
 *
 * @param source the one device or the one function that sent it
 * @param topic without wildcards
 * @param payload as a rule UTF-8 JSON
 * @param time milliseconds since 1970 at which it was accepted
 */
public record Message(Source source, String topic, byte[] payload, long time) {}
