//! Servers that ask to be left alone for a while: `429 Too Many Requests` and
//! `503 Service Unavailable` with `Retry-After` (RFC 6585, section 4; RFC 9110, section 10.2.3).
//!
//! What one episode is told counts for all of the same server, and for its feed, whoever asks
//! for them: so it is known to the whole process.

use super::{host, public};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// Time for which a server is left alone that does not say how long; twice as long each time.
const FIRST: Duration = Duration::from_secs(10);

/// Longest time that is waited within a run.
const WORTH_WAITING: Duration = Duration::from_secs(600);

/// A server that says the same so many times in a row has had enough for this run.
const TIMES_MAX: u32 = 5;

/// How long a server is to be left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The server.
    pub host: String,
    /// From now on.
    pub left: Duration,
    /// What it answered.
    pub status: u16,
    /// Whether it is worth waiting for: the wait is short, and it has not been too often.
    pub is_worth_it: bool,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.left.as_secs() + u64::from(self.left.subsec_nanos() > 0);
        write!(
            f,
            "`{}` asks to be left alone for {:02}:{:02}:{:02}: it answers {}",
            self.host,
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60,
            self.status
        )
    }
}

/// A server that asked for it.
#[derive(Debug, Clone)]
struct Asked {
    until: Instant,
    status: u16,
    n_times: u32,
}

impl Asked {
    fn wait(&self, host: &str) -> Wait {
        let left = self.until.saturating_duration_since(Instant::now());
        let is_worth_it = left <= WORTH_WAITING && self.n_times <= TIMES_MAX;
        Wait { host: host.to_owned(), left, status: self.status, is_worth_it }
    }
}

static ASKED: Mutex<BTreeMap<String, Asked>> = Mutex::new(BTreeMap::new());

/// How long the server of `address` is to be left alone; `None` if it may be asked.
pub fn wait(address: &str) -> Option<Wait> {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let wait = asked.get(host(address))?.wait(host(address));
    (!wait.left.is_zero()).then_some(wait)
}

/// Notes that the server of `address` answered `status`, and in `Retry-After` what `after` says.
pub(super) fn note(address: &str, after: Option<&str>, status: u16) -> Wait {
    let host = host(&public(address)).to_owned();
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let n_times = asked.get(&host).map_or(0, |asked| asked.n_times) + 1;
    let by_itself = FIRST * 2_u32.pow(n_times.min(TIMES_MAX) - 1);
    let left = after
        .and_then(|after| parsed(after, DateTime::from(SystemTime::now())))
        .unwrap_or(by_itself);
    let until = Instant::now().checked_add(left).unwrap_or_else(Instant::now);
    let asked = asked.entry(host.clone()).insert_entry(Asked { until, status, n_times });
    asked.get().wait(&host)
}

/// Notes that the server of `address` gave what it was asked for.
pub(super) fn forget(address: &str) {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner).remove(host(address));
}

/// The time of `Retry-After`: seconds, or a moment; a month at most.
fn parsed(after: &str, now: DateTime<Utc>) -> Option<Duration> {
    const MONTH: Duration = Duration::from_secs(2_592_000);
    let seconds = after.trim().parse().ok().map(Duration::from_secs);
    let moment = || {
        let moment = DateTime::parse_from_rfc2822(after.trim()).ok()?;
        Some((moment.to_utc() - now).to_std().unwrap_or_default())
    };
    seconds.or_else(moment).map(|wait| wait.min(MONTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_moment() {
        let now = DateTime::parse_from_rfc2822("Wed, 21 Oct 2015 07:28:00 GMT").unwrap().to_utc();
        let seconds = |after| parsed(after, now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:30:00 GMT"), Some(120));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:20:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999"), Some(2_592_000));
        assert_eq!(seconds("bientôt"), None);
    }

    #[test]
    fn all_of_a_server_waits_and_nobody_else() {
        let told = note("https://j:m@attend.exemple/flux.xml", Some("60"), 429);
        assert!(told.is_worth_it);
        let message = "`attend.exemple` asks to be left alone for 00:01:00: it answers 429";
        assert_eq!(told.to_string(), message);
        assert!(wait("http://attend.exemple/un.mp3").is_some());
        assert_eq!(wait("http://attend.exemple:8080/un.mp3"), None);
        forget("http://attend.exemple/un.mp3");
        assert_eq!(wait("http://attend.exemple/un.mp3"), None);
    }

    #[test]
    fn a_server_that_asks_for_long_or_again_and_again_is_not_waited_for() {
        assert!(!note("https://long.exemple/", Some("3600"), 503).is_worth_it);
        let again = || note("https://encore.exemple/", None, 429);
        let waits: Vec<Wait> = (0..6).map(|_| again()).collect();
        assert!(waits[..5].iter().all(|wait| wait.is_worth_it) && !waits[5].is_worth_it);
        assert!(waits[1].left > waits[0].left);
    }
}
