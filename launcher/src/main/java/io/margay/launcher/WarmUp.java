package io.margay.launcher;

import java.io.StringReader;
import java.text.DateFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import javax.xml.parsers.SAXParserFactory;
import org.slf4j.LoggerFactory;
import org.xml.sax.InputSource;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What the JDK does once and takes its time for, on a thread of its own while the framework starts: Jetty asks for all
 * locales, the framework formats numbers and dates, Declarative Services reads XML. Nothing waits for it but who needs
 * the same class.
 */
final class WarmUp implements Runnable {
    static void begin() {
        Thread thread = new Thread(new WarmUp(), "margay-warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void run() {
        try {
            DecimalFormatSymbols.getInstance();
            DateFormat.getDateInstance();
            Locale.getAvailableLocales();
            SAXParserFactory.newInstance()
                    .newSAXParser()
                    .parse(new InputSource(new StringReader("<any/>")), new DefaultHandler());
        } catch (Exception e) {
            // Who needs it for a purpose will fail with a better word.
            LoggerFactory.getLogger(WarmUp.class).debug("the warm-up failed", e);
        }
    }
}
