package io.margay.function.internal;

import com.aliyun.fc.runtime.Context;
import com.aliyun.fc.runtime.Credentials;
import com.aliyun.fc.runtime.FunctionComputeLogger;
import com.aliyun.fc.runtime.FunctionParam;
import com.aliyun.fc.runtime.OpenTracing;
import com.aliyun.fc.runtime.Service;
import io.margay.spi.WorkloadSpec;
import java.util.Map;
import org.slf4j.Logger;

/** What a function written against {@code fc-java-core} sees; a gateway has no cloud account, so those parts are empty. */
record FcContext(String requestId, WorkloadSpec spec, Logger log)
        implements Context, Credentials, FunctionParam, Service, OpenTracing, FunctionComputeLogger {
    @Override
    public String getRequestId() {
        return requestId;
    }

    @Override
    public Credentials getExecutionCredentials() {
        return this;
    }

    @Override
    public FunctionParam getFunctionParam() {
        return this;
    }

    @Override
    public Service getService() {
        return this;
    }

    @Override
    public FunctionComputeLogger getLogger() {
        return this;
    }

    @Override
    public OpenTracing getTracing() {
        return this;
    }

    @Override
    public int getRetryCount() {
        return 0;
    }

    @Override
    public String getAccessKeyId() {
        return "";
    }

    @Override
    public String getAccessKeySecret() {
        return "";
    }

    @Override
    public String getSecurityToken() {
        return "";
    }

    @Override
    public String getFunctionName() {
        return spec.id().name();
    }

    @Override
    public String getFunctionHandler() {
        return spec.function().handler();
    }

    @Override
    public String getFunctionInitializer() {
        return "";
    }

    @Override
    public int getExecTimeLimitInMillis() {
        return (int) Math.min(Integer.MAX_VALUE, spec.function().timeout().toMillis());
    }

    @Override
    public int getMemoryLimitInMB() {
        return spec.function().memory().orElseGet(() ->
                (int) (Runtime.getRuntime().maxMemory() / (1024 * 1024)));
    }

    @Override
    public String getName() {
        return "margay";
    }

    @Override
    public String getLogProject() {
        return "";
    }

    @Override
    public String getLogStore() {
        return "";
    }

    @Override
    public String getQualifier() {
        return "LATEST";
    }

    @Override
    public String getVersionId() {
        return spec.version();
    }

    @Override
    public String getSpanContext() {
        return "";
    }

    @Override
    public Map<String, String> getSpanBaggages() {
        return Map.of();
    }

    @Override
    public String getJaegerEndpoint() {
        return "";
    }

    @Override
    public void trace(String text) {
        log.trace(text);
    }

    @Override
    public void debug(String text) {
        log.debug(text);
    }

    @Override
    public void info(String text) {
        log.info(text);
    }

    @Override
    public void warn(String text) {
        log.warn(text);
    }

    @Override
    public void error(String text) {
        log.error(text);
    }

    @Override
    public void fatal(String text) {
        log.error(text);
    }

    @Override
    public void setLogLevel(FunctionComputeLogger.Level level) {
        // The gateway's log levels are the administrator's.
    }
}
