package io.margay.bench;

import java.util.List;
import java.util.Locale;

/**
 * One line of a table.
 *
 * @param name what was measured
 * @param margay the figure of Margay; NaN where it could not be taken
 * @param otherName what a user would pick instead; empty for none
 * @param other its figure; NaN for none
 * @param unit of both; empty for a number of things
 * @param aim the bound, NaN for none
 * @param higherIsBetter how the bound is meant
 */
record Figure(
        String name, double margay, String otherName, double other, String unit, double aim, boolean higherIsBetter) {

    /** A rate, which should be at least the aim. */
    static Figure rate(String name, double margay, String otherName, double other, double aim) {
        return new Figure(name, margay, otherName, other, "/s", aim, true);
    }

    /** A time or a size, which should be at most the aim. */
    static Figure cost(String name, double margay, String otherName, double other, String unit, double aim) {
        return new Figure(name, margay, otherName, other, unit, aim, false);
    }

    /** A number of things, which should be at most the aim. */
    static Figure count(String name, long margay, double aim) {
        return new Figure(name, margay, "", Double.NaN, "", aim, false);
    }

    private String value(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        if (unit.isEmpty()) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        String digits = higherIsBetter || value >= 1000 ? "%,.0f" : "%.1f";
        return String.format(Locale.ROOT, digits, value) + (unit.startsWith("/") ? unit : " " + unit);
    }

    private String otherText() {
        return otherName.isEmpty() ? "-" : otherName + ": " + value(other);
    }

    private String ratio() {
        return Double.isNaN(margay / other) ? "-" : String.format(Locale.ROOT, "%.2f", margay / other);
    }

    private String aimText() {
        return Double.isNaN(aim) ? "-" : (higherIsBetter ? "≥ " : "≤ ") + value(aim);
    }

    private String met() {
        if (Double.isNaN(aim)) {
            return "-";
        }
        // Not "margay < aim": a figure that could not be taken has not met its aim.
        return (higherIsBetter ? margay >= aim : margay <= aim) ? "yes" : "NO";
    }

    /** Prints figures as a Markdown table, aligned, so that it reads well in a terminal and in the README. */
    static void print(String title, List<Figure> figures) {
        String[] head = {"figure", "Margay", "other", "ratio", "aim", "met?"};
        String[][] rows = new String[figures.size()][];
        for (int i = 0; i < rows.length; i++) {
            Figure figure = figures.get(i);
            rows[i] = new String[] {
                figure.name,
                figure.value(figure.margay),
                figure.otherText(),
                figure.ratio(),
                figure.aimText(),
                figure.met()
            };
        }
        int[] widths = new int[head.length];
        for (int column = 0; column < head.length; column++) {
            widths[column] = head[column].length();
            for (String[] row : rows) {
                widths[column] = Math.max(widths[column], row[column].length());
            }
        }
        StringBuilder text = new StringBuilder("\n" + title + "\n\n");
        line(text, head, widths, ' ');
        line(text, new String[] {"", "", "", "", "", ""}, widths, '-');
        for (String[] row : rows) {
            line(text, row, widths, ' ');
        }
        System.out.println(text);
    }

    private static void line(StringBuilder text, String[] cells, int[] widths, char fill) {
        for (int column = 0; column < cells.length; column++) {
            text.append("| ").append(cells[column]);
            text.append(String.valueOf(fill).repeat(widths[column] - cells[column].length()))
                    .append(' ');
        }
        text.append("|\n");
    }

    /** The middle of the values; the mean of the middle two where their number is even. */
    static double median(List<Double> values) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** All values in the order in which they were taken, so that noise can be seen. */
    static String all(String what, List<Double> values) {
        List<String> texts = values.stream()
                .map(value -> String.format(Locale.ROOT, "%.1f", value))
                .toList();
        return what + ": " + String.join(" ", texts);
    }
}
