package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailedComponentsTest {
    @Test
    void theFirstCauseThatIsNoWrapperIsTheReason() {
        assertThat(FailedComponents.reason("""
                        java.lang.reflect.InvocationTargetException
                        \tat a.B.c(B.java:1)
                        Caused by: java.lang.RuntimeException: java.io.IOException: /home/data/users is damaged (line 1)
                        \tat a.B.d(B.java:2)
                        Caused by: java.io.IOException: /home/data/users is damaged (line 1)
                        \tat a.B.e(B.java:3)
                        Caused by: java.lang.StringIndexOutOfBoundsException: begin 0, end -1
                        """)).isEqualTo("/home/data/users is damaged (line 1)");
    }

    @Test
    void theTypeStaysWhereItSaysWhatIsWrong() {
        assertThat(FailedComponents.reason("java.nio.file.AccessDeniedException: /home/data\n\tat a.B.c(B.java:1)"))
                .isEqualTo("AccessDeniedException: /home/data");
        assertThat(FailedComponents.reason("java.lang.NullPointerException\n\tat a.B.c(B.java:1)"))
                .isEqualTo("NullPointerException");
        assertThat(FailedComponents.reason("")).isEmpty();
    }
}
