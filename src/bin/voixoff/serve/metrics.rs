//! What is counted, as Prometheus reads it.

use axum::http::StatusCode;
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Counts since the server was started.
#[derive(Default)]
pub(super) struct Metrics {
    statuses: Mutex<BTreeMap<u16, u64>>,
    n_bytes: AtomicU64,
    ended: Mutex<BTreeMap<&'static str, u64>>,
    sound_ms: AtomicU64,
    work_ms: AtomicU64,
}

impl Metrics {
    /// A request was answered, with which so many bytes came.
    pub(super) fn answered(&self, status: StatusCode, n_bytes: u64) {
        self.n_bytes.fetch_add(n_bytes, Relaxed);
        let mut statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        *statuses.entry(status.as_u16()).or_default() += 1;
    }

    /// A job has ended in `state`, after so much work that made text of so much sound.
    pub(super) fn ended(&self, state: &'static str, sound_ms: u64, work_ms: u64) {
        self.sound_ms.fetch_add(sound_ms, Relaxed);
        self.work_ms.fetch_add(work_ms, Relaxed);
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended.entry(state).or_default() += 1;
    }

    /// All of it, beside how many jobs wait and are worked on.
    pub(super) fn text(&self, n_waiting: usize, n_running: usize) -> String {
        let mut text = String::new();
        let mut add = |name: &str, kind: &str, help: &str, values: &[(String, String)]| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (label, value) in values {
                let _ = writeln!(text, "{name}{label} {value}");
            }
        };
        let one = |value: String| [(String::new(), value)];
        let seconds = |ms: &AtomicU64| format!("{:.3}", ms.load(Relaxed) as f64 / 1_000.0);
        let statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let statuses =
            statuses.iter().map(|(it, n)| (format!("{{status=\"{it}\"}}"), n.to_string()));
        let statuses: Vec<_> = statuses.collect();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let ended = ended.iter().map(|(it, n)| (format!("{{state=\"{it}\"}}"), n.to_string()));
        let ended: Vec<_> = ended.collect();
        let bytes = one(self.n_bytes.load(Relaxed).to_string());
        add("voixoff_requests_total", "counter", "Answered requests, by status.", &statuses);
        add("voixoff_upload_bytes_total", "counter", "Bytes that came with requests.", &bytes);
        add("voixoff_jobs_waiting", "gauge", "Recordings that wait.", &one(n_waiting.to_string()));
        add(
            "voixoff_jobs_running",
            "gauge",
            "Recordings that are worked on.",
            &one(n_running.to_string()),
        );
        add("voixoff_jobs_total", "counter", "Recordings that are over, by state.", &ended);
        let (sound, work) = (one(seconds(&self.sound_ms)), one(seconds(&self.work_ms)));
        add("voixoff_sound_seconds_total", "counter", "Sound that became text.", &sound);
        add("voixoff_work_seconds_total", "counter", "Time of work on recordings.", &work);
        if let Some(bytes) = resident_bytes() {
            let bytes = one(bytes.to_string());
            add("process_resident_memory_bytes", "gauge", "Memory of this process.", &bytes);
        }
        text
    }
}

/// The memory of this process, where the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_counted() {
        let metrics = Metrics::default();
        metrics.answered(StatusCode::OK, 700);
        metrics.answered(StatusCode::OK, 77);
        metrics.ended("done", 61_000, 1_500);
        let text = metrics.text(3, 1);
        for line in [
            "voixoff_requests_total{status=\"200\"} 2",
            "voixoff_upload_bytes_total 777",
            "voixoff_jobs_waiting 3",
            "voixoff_jobs_running 1",
            "voixoff_jobs_total{state=\"done\"} 1",
            "voixoff_sound_seconds_total 61.000",
            "voixoff_work_seconds_total 1.500",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in {text}");
        }
    }
}
