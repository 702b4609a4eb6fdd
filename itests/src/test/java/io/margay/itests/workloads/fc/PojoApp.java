package io.margay.itests.workloads.fc;

import com.aliyun.fc.runtime.Context;
import com.aliyun.fc.runtime.PojoRequestHandler;

/** Adds two numbers. */
public class PojoApp implements PojoRequestHandler<PojoApp.Numbers, PojoApp.Sum> {
    /** What comes in. */
    public static class Numbers {
        private int a;
        private int b;

        public int getA() {
            return a;
        }

        public void setA(int a) {
            this.a = a;
        }

        public int getB() {
            return b;
        }

        public void setB(int b) {
            this.b = b;
        }
    }

    /** What goes out. */
    public static class Sum {
        private final int sum;

        public Sum(int sum) {
            this.sum = sum;
        }

        public int getSum() {
            return sum;
        }
    }

    @Override
    public Sum handleRequest(Numbers numbers, Context context) {
        return new Sum(numbers.getA() + numbers.getB());
    }
}
