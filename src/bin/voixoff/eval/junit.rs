//! The verdict for a build server: a test for each figure that is held, and for each episode.

use super::{Report, figures, gate::Verdict, page::escaped};

/// JUnit XML, as build servers read it: one suite.
pub(crate) fn render(report: &Report, verdicts: &[Verdict]) -> String {
    let n_tests = verdicts.len() + report.episodes.len();
    let n_failures = verdicts.iter().filter(|verdict| verdict.is_worse).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
         <testsuite name=\"voixoff\" tests=\"{n_tests}\" failures=\"{n_failures}\" errors=\"0\" skipped=\"0\">\n"
    );
    for verdict in verdicts {
        let name = escaped(&verdict.name);
        let remark = escaped(&verdict.remark);
        text += &format!("<testcase classname=\"voixoff.baseline\" name=\"{name}\">");
        if verdict.is_worse {
            text += &format!("<failure message=\"{remark}\">{remark}</failure>");
        } else if !remark.is_empty() {
            text += &format!("<system-out>{remark}</system-out>");
        }
        text += "</testcase>\n";
    }
    for episode in &report.episodes {
        let figures = figures::of(&episode.scores);
        let lines: Vec<String> =
            figures.iter().map(|figure| format!("{} {}", figure.name, figure.shown())).collect();
        text += &format!(
            "<testcase classname=\"voixoff.episode\" name=\"{}\"><system-out>{}</system-out></testcase>\n",
            escaped(&episode.name),
            escaped(&lines.join("\n"))
        );
    }
    text + "</testsuite>\n</testsuites>\n"
}
