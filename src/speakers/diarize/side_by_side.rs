//! Windows side by side, answers in their order.
//!
//! Plain threads and not a pool of rayon, for two reasons. The answers are
//! taken in order while later ones are still worked on, so that sums of floats
//! come out the same for any number of threads and only a few answers wait in
//! memory. And the network runtime has a pool of its own: a worker of rayon
//! that waits for another pool begins other work, one window inside the other.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    sync::mpsc,
    thread,
};

/// Works on jobs `0..n_jobs` on `threads` threads and takes their answers in
/// order, on the calling thread.
///
/// # Errors
/// The first error in the order of the jobs; the answers before it were taken,
/// and jobs after it may have been done in vain.
pub fn in_order<T: Send, E: Send>(
    n_jobs: usize,
    threads: NonZeroUsize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
    mut take: impl FnMut(usize, T),
) -> Result<(), E> {
    let next_job = AtomicUsize::new(0);
    let (sender, answers) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.get().min(n_jobs) {
            let (sender, work, next_job) = (sender.clone(), &work, &next_job);
            scope.spawn(move || {
                loop {
                    let job_idx = next_job.fetch_add(1, Ordering::Relaxed);
                    // Nobody listens any more once an error was taken.
                    if job_idx >= n_jobs || sender.send((job_idx, work(job_idx))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (job_idx, answer) in answers {
            early.insert(job_idx, answer);
            while let Some(answer) = early.remove(&turn) {
                take(turn, answer?);
                turn += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let square = |job_idx: usize| Ok::<_, ()>(job_idx * job_idx);
            in_order(100, count(threads), square, |_, answer| taken.push(answer)).unwrap();
            assert_eq!(taken, (0..100).map(|job_idx| job_idx * job_idx).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_order_is_the_answer() {
        let mut taken = Vec::new();
        let work = |job_idx| if job_idx % 5 == 3 { Err(job_idx) } else { Ok(job_idx) };
        let error = in_order(100, count(4), work, |_, answer| taken.push(answer));
        assert_eq!((error, taken), (Err(3), vec![0, 1, 2]));
    }

    #[test]
    fn no_jobs_need_no_threads() {
        let work = |_| Err::<(), _>("no job was given");
        assert_eq!(in_order(0, count(3), work, |_, ()| ()), Ok(()));
    }

    fn count(threads: usize) -> NonZeroUsize {
        NonZeroUsize::new(threads).unwrap()
    }
}
