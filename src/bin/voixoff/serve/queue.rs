//! The recordings that wait, are worked on, or are over; and how far each is.

use super::{
    form::{Asked, Form, Sound},
    metrics::Metrics,
    reply::Reply,
    trouble::Trouble,
};
use crate::server::secret;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use voixoff::base::progress::{Cancel, Event, Observer, Stage};

/// Jobs that are over and still known.
const OVER_MAX: usize = 256;

/// Most bytes of their answers together; the newest one may be larger.
const REPLY_BYTES_MAX: usize = 64 << 20;

/// All jobs.
pub(super) struct Queue {
    jobs: Mutex<Jobs>,
    arrived: Condvar,
    places: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Arc<Job>>,
    n_running: usize,
    /// In the order in which they came.
    known: Vec<Arc<Job>>,
    is_closed: bool,
}

/// Room for one recording, on the disk and in the queue.
pub(super) type Place = OwnedSemaphorePermit;

/// A recording, from when it is here to when its answer is forgotten.
pub(super) struct Job {
    pub(super) id: String,
    pub(super) name: String,
    n_bytes: u64,
    created: SystemTime,
    pub(super) asked: Asked,
    /// Whether its answer is fetched later; else somebody waits for it.
    is_kept: bool,
    pub(super) cancel: Cancel,
    standing: watch::Sender<Standing>,
    holding: Mutex<Holding>,
}

/// What a job has, at most one of both.
struct Holding {
    /// Until it is over.
    sound: Option<(Arc<Sound>, Place)>,
    /// From then on.
    result: Option<Result<Reply, Trouble>>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) state: JobState,
    stage: Option<Stage>,
    done_s: f64,
    total_s: Option<f64>,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobState {
    Waiting,
    Running,
    Done,
    Failed,
    Canceled,
}

impl JobState {
    pub(super) fn is_over(self) -> bool {
        matches!(self, JobState::Done | JobState::Failed | JobState::Canceled)
    }

    /// Its name in answers and metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            JobState::Waiting => "waiting",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Canceled => "canceled",
        }
    }
}

impl Job {
    /// How far it is, and each change of that.
    pub(super) fn watched(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Its answer, where it is over and the answer is still here.
    pub(super) fn result(&self) -> Option<Result<Reply, Trouble>> {
        self.held().result.clone()
    }

    /// The same, which it then has no longer.
    pub(super) fn take_result(&self) -> Option<Result<Reply, Trouble>> {
        self.held().result.take()
    }

    /// Its recording, until it is over.
    pub(super) fn sound(&self) -> Option<Arc<Sound>> {
        self.held().sound.as_ref().map(|(sound, _)| Arc::clone(sound))
    }

    pub(super) fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// What clients are told of it.
    pub(super) fn json(&self) -> Value {
        let Standing { state, stage, done_s, total_s } = self.standing();
        let created = self.created.duration_since(UNIX_EPOCH).unwrap_or_default();
        let error = match &self.held().result {
            Some(Err(trouble)) => trouble.json(),
            _ => Value::Null,
        };
        json!({
            "id": self.id,
            "object": "job",
            "created": created.as_secs(),
            "name": self.name,
            "bytes": self.n_bytes,
            "state": state.name(),
            "stage": stage.map(stage_name),
            "done": done_s,
            "total": total_s,
            "error": error,
        })
    }

    fn held(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.standing().state.is_over()
    }

    /// The size of an answer that is kept.
    fn n_reply_bytes(&self) -> usize {
        match &self.held().result {
            Some(Ok(reply)) if self.is_kept => reply.body.len(),
            _ => 0,
        }
    }
}

impl Observer for Job {
    fn on(&self, event: Event) {
        let (new, done, total) = match event {
            Event::Started { stage, total } => (stage, 0.0, Some(total)),
            Event::Advanced { stage, done } => (stage, done.as_secs_f64(), None),
            Event::Finished { .. } => return,
        };
        self.standing.send_if_modified(|standing| {
            // Windows are told side by side.
            let is_late = standing.stage == Some(new) && total.is_none() && done <= standing.done_s;
            if is_late || standing.state.is_over() {
                return false;
            }
            (standing.stage, standing.done_s) = (Some(new), done);
            if let Some(total) = total {
                standing.total_s = total.map(|total| total.as_secs_f64());
            }
            true
        });
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => "decode",
        Stage::Regions => "regions",
        Stage::Voices => "voices",
        Stage::Transcribe => "transcribe",
    }
}

impl Queue {
    /// One with so many places.
    pub(super) fn new(n_places: usize, metrics: Arc<Metrics>) -> Queue {
        let places = Arc::new(Semaphore::new(n_places));
        Queue { jobs: Mutex::default(), arrived: Condvar::new(), places, metrics }
    }

    /// A place for a recording that is about to come.
    ///
    /// # Errors
    /// Where all are taken.
    pub(super) fn place(&self) -> Result<Place, Trouble> {
        let full = |_| {
            let message = "too many recordings wait: come again later";
            Trouble::new(StatusCode::TOO_MANY_REQUESTS, Some("queue_full"), message)
        };
        Arc::clone(&self.places).try_acquire_owned().map_err(full)
    }

    /// Puts the recording of `form` at the end.
    ///
    /// # Errors
    /// Where the system gives no random numbers, and where the server ends.
    pub(super) fn put(&self, form: Form, place: Place, is_kept: bool) -> Result<Arc<Job>, Trouble> {
        let id = secret().map_err(|_| Trouble::own("this system gives no random numbers"))?;
        let Form { sound, asked } = form;
        let standing =
            Standing { state: JobState::Waiting, stage: None, done_s: 0.0, total_s: None };
        let job = Arc::new(Job {
            id: format!("job_{}", &id[..24]),
            name: sound.name.clone(),
            n_bytes: sound.n_bytes,
            created: SystemTime::now(),
            asked,
            is_kept,
            cancel: Cancel::default(),
            standing: watch::Sender::new(standing),
            holding: Mutex::new(Holding { sound: Some((Arc::new(sound), place)), result: None }),
        });
        let mut jobs = self.jobs();
        if jobs.is_closed {
            return Err(Trouble::canceled());
        }
        jobs.waiting.push_back(Arc::clone(&job));
        jobs.known.push(Arc::clone(&job));
        drop(jobs);
        self.arrived.notify_all();
        Ok(job)
    }

    /// Waits for a job, which stays the first; `None` where the server ends.
    pub(super) fn first(&self) -> Option<Arc<Job>> {
        self.awaited().waiting.front().cloned()
    }

    /// Waits for a job, and does `work` for it where it `suits`; whether it did.
    pub(super) fn work_on_next(
        &self,
        suits: impl Fn(&Job) -> bool,
        work: impl Fn(&Job) -> Result<Reply, Trouble>,
    ) -> bool {
        let mut jobs = self.awaited();
        let Some(job) = jobs.waiting.pop_front_if(|job| suits(job)) else { return false };
        jobs.n_running += 1;
        drop(jobs);
        job.standing.send_modify(|standing| standing.state = JobState::Running);
        let began = Instant::now();
        let result = work(&job);
        self.jobs().n_running -= 1;
        self.end(&job, result, began.elapsed().as_millis() as u64);
        true
    }

    /// Has `job` end with `trouble`, where it still waits.
    pub(super) fn refuse(&self, job: &Arc<Job>, trouble: Trouble) {
        let mut jobs = self.jobs();
        let place = jobs.waiting.iter().position(|it| Arc::ptr_eq(it, job));
        let waited = place.and_then(|place| jobs.waiting.remove(place)).is_some();
        drop(jobs);
        if waited {
            self.end(job, Err(trouble), 0);
        }
    }

    /// Waits for a job, or for the end of the server.
    fn awaited(&self) -> MutexGuard<'_, Jobs> {
        let idle = |jobs: &mut Jobs| jobs.waiting.is_empty() && !jobs.is_closed;
        let awaited = self.arrived.wait_while(self.jobs(), idle);
        awaited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up `job`, where it is not over.
    pub(super) fn cancel(&self, job: &Arc<Job>) {
        job.cancel.request();
        self.refuse(job, Trouble::canceled());
    }

    /// Forgets `job`, which is over.
    pub(super) fn forget(&self, job: &Arc<Job>) {
        self.jobs().known.retain(|it| !Arc::ptr_eq(it, job));
    }

    fn end(&self, job: &Arc<Job>, result: Result<Reply, Trouble>, work_ms: u64) {
        let state = match &result {
            Ok(_) => JobState::Done,
            Err(trouble) if trouble.is_canceled() => JobState::Canceled,
            Err(_) => JobState::Failed,
        };
        let sound_ms = result.as_ref().map_or(0, |reply| reply.sound_ms);
        // Dropped before anybody hears that it is over: the file is gone then, and the place free.
        let held =
            std::mem::replace(&mut *job.held(), Holding { sound: None, result: Some(result) });
        drop(held);
        self.metrics.ended(state.name(), sound_ms, work_ms);
        job.standing.send_modify(|standing| standing.state = state);
        self.jobs().forget_oldest();
    }

    /// Ends the waiting of workers, and gives up all jobs.
    pub(super) fn close(&self) {
        let mut jobs = self.jobs();
        jobs.is_closed = true;
        jobs.known.iter().for_each(|job| job.cancel.request());
        // Their recordings go with them.
        let known = std::mem::take(&mut *jobs);
        jobs.is_closed = true;
        jobs.n_running = known.n_running;
        drop(jobs);
        self.arrived.notify_all();
    }

    /// The job called `id`.
    ///
    /// # Errors
    /// Where there is none, or no longer.
    pub(super) fn job(&self, id: &str) -> Result<Arc<Job>, Trouble> {
        let jobs = self.jobs();
        jobs.known.iter().find(|job| job.id == id).cloned().ok_or_else(Trouble::no_job)
    }

    /// All that are known, the newest first.
    pub(super) fn known(&self) -> Vec<Arc<Job>> {
        self.jobs().known.iter().rev().cloned().collect()
    }

    /// How many wait, and how many are worked on.
    pub(super) fn n_waiting_and_running(&self) -> (usize, usize) {
        let jobs = self.jobs();
        (jobs.waiting.len(), jobs.n_running)
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    /// Forgets the jobs that were over first, and answers that are too many bytes together.
    fn forget_oldest(&mut self) {
        let n_over = self.known.iter().filter(|job| job.is_over()).count();
        let mut left = n_over.saturating_sub(OVER_MAX);
        self.known.retain(|job| {
            let goes = left > 0 && job.is_over();
            left -= usize::from(goes);
            !goes
        });
        let mut n_bytes = 0;
        let with_bytes = self.known.iter().rev().filter(|job| job.n_reply_bytes() > 0);
        for (n_newer, job) in with_bytes.enumerate() {
            n_bytes += job.n_reply_bytes();
            if n_newer > 0 && n_bytes > REPLY_BYTES_MAX {
                job.held().result = None;
            }
        }
    }
}
