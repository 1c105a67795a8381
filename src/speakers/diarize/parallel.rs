//! Jobs in parallel, results in order.
//!
//! Plain threads and not a pool of rayon, for two reasons. Results are
//! taken in order while later ones are still computed, so that sums of floats
//! are the same for any number of threads and only a few results wait in
//! memory. And the network runtime has a pool of its own: a worker of rayon
//! that waits for another pool begins other work, one job inside the other.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    sync::mpsc,
    thread,
};

/// Runs jobs `0..n_jobs` on `threads` threads and takes their results in
/// order, on the calling thread.
///
/// # Errors
/// The first error in the order of the jobs; the results before it were taken,
/// and jobs after it may have been done in vain.
pub(crate) fn in_order<T: Send, E: Send>(
    n_jobs: usize,
    threads: NonZeroUsize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
    mut take: impl FnMut(usize, T),
) -> Result<(), E> {
    let next_job = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.get().min(n_jobs) {
            let (sender, work, next_job) = (sender.clone(), &work, &next_job);
            scope.spawn(move || {
                loop {
                    let job_idx = next_job.fetch_add(1, Ordering::Relaxed);
                    // The receiver is gone once an error was taken.
                    if job_idx >= n_jobs || sender.send((job_idx, work(job_idx))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (job_idx, result) in results {
            early.insert(job_idx, result);
            while let Some(result) = early.remove(&next) {
                take(next, result?);
                next += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let square = |job_idx: usize| Ok::<_, ()>(job_idx * job_idx);
            in_order(100, count(threads), square, |_, result| taken.push(result)).unwrap();
            assert_eq!(taken, (0..100).map(|job_idx| job_idx * job_idx).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_order_is_the_result() {
        let mut taken = Vec::new();
        let work = |job_idx| if job_idx % 5 == 3 { Err(job_idx) } else { Ok(job_idx) };
        let error = in_order(100, count(4), work, |_, result| taken.push(result));
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
