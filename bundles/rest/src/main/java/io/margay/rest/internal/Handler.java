package io.margay.rest.internal;

/** Answers requests of one method and path. */
@FunctionalInterface
interface Handler {
    /** What it throws becomes a problem document, see {@link Problem#of}. */
    void handle(Exchange exchange) throws Exception;
}
