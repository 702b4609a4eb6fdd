package io.margay.rest.internal;

import io.margay.deployer.Plan;
import io.margay.deployer.Plan.Finding;
import io.margay.deployer.Plan.Needs;
import io.margay.deployer.Plan.Restart;
import io.margay.deployer.Plan.Step;
import io.margay.instance.InstanceReader;
import io.margay.model.Fault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a plan looks like in an answer. */
final class PlanView {
    private PlanView() {}

    static Map<String, Object> of(Plan plan) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", plan.id());
        view.put("steps", steps(plan.steps()));
        view.put("restarts", plan.restarts().stream().map(PlanView::restart).toList());
        view.put("timers", plan.timers().stream().map(TimerView::of).toList());
        view.put("findings", plan.findings().stream().map(PlanView::finding).toList());
        view.put("needs", needs(plan.needs()));
        return view;
    }

    static List<Map<String, Object>> steps(List<Step> steps) {
        return steps.stream()
                .map(step -> {
                    Map<String, Object> view = new LinkedHashMap<>();
                    view.put("action", word(step.action()));
                    view.put("kind", step.kind());
                    view.put("name", step.name());
                    view.put("detail", step.detail());
                    return view;
                })
                .toList();
    }

    /** The same plan, whose findings have the lines of the document that was planned. */
    static Plan located(Plan plan, InstanceReader reader, String document) {
        if (plan.findings().isEmpty()) {
            return plan;
        }
        List<Fault> located = reader.locate(
                document, plan.findings().stream().map(Finding::fault).toList());
        List<Finding> findings = new java.util.ArrayList<>();
        for (int i = 0; i < located.size(); i++) {
            Finding finding = plan.findings().get(i);
            findings.add(new Finding(finding.severity(), finding.resource(), located.get(i)));
        }
        return new Plan(plan.id(), plan.steps(), plan.restarts(), plan.timers(), findings, plan.needs());
    }

    private static Map<String, Object> restart(Restart restart) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("kind", restart.kind());
        view.put("name", restart.name());
        view.put("how", word(restart.how()));
        view.put("longestGapMillis", restart.longestGapMillis());
        return view;
    }

    private static Map<String, Object> finding(Finding finding) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("severity", word(finding.severity()));
        view.put("resource", finding.resource());
        view.putAll(Problem.error(finding.fault()));
        return view;
    }

    private static Map<String, Object> needs(Needs needs) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("diskBytes", needs.diskBytes());
        view.put("diskFreeBytes", needs.diskFreeBytes());
        view.put("memoryMegabytes", needs.memoryMegabytes());
        view.put("machineMegabytes", needs.machineMegabytes());
        return view;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
