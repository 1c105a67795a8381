//! Episodes that wait for their turn: one whose server wants to be left alone lets others go
//! first.

use super::Watcher;
use crate::{
    archive::sources::{Item, Origin},
    net::web::{self, Wait},
};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How often a stop is looked for.
const TICK: Duration = Duration::from_millis(200);

/// Episodes in the order in which they are to be begun.
pub(super) struct Queue<'i> {
    items: Mutex<VecDeque<&'i Item>>,
    /// The server whose wait was announced last.
    announced: Mutex<String>,
}

/// What comes next.
enum Next<'i> {
    Item(&'i Item),
    Wait(Wait),
}

impl<'i> Queue<'i> {
    pub(super) fn new(items: Vec<&'i Item>) -> Queue<'i> {
        Queue { items: Mutex::new(items.into()), announced: Mutex::default() }
    }

    /// Takes an episode whose server wants to be left alone.
    pub(super) fn put_back(&self, item: &'i Item) {
        self.items().push_back(item);
    }

    /// The next episode; waits where all that are left have servers that want to be left alone,
    /// and tells `watcher` so. `None` where there is none, or `is_over` says so.
    pub(super) fn next(
        &self,
        watcher: &dyn Watcher,
        is_over: &dyn Fn() -> bool,
    ) -> Option<&'i Item> {
        loop {
            if is_over() {
                return None;
            }
            match self.look()? {
                Next::Item(item) => return Some(item),
                Next::Wait(wait) => {
                    let mut announced =
                        self.announced.lock().unwrap_or_else(PoisonError::into_inner);
                    if *announced != wait.host {
                        watcher.waits(&wait);
                        *announced = wait.host;
                    }
                    drop(announced);
                    thread::sleep(wait.left.min(TICK));
                }
            }
        }
    }

    fn look(&self) -> Option<Next<'i>> {
        let mut items = self.items();
        let mut shortest: Option<Wait> = None;
        for idx in 0..items.len() {
            match wait(items[idx]) {
                None => return items.remove(idx).map(Next::Item),
                Some(wait) if shortest.as_ref().is_none_or(|other| wait.left < other.left) => {
                    shortest = Some(wait);
                }
                Some(_) => (),
            }
        }
        shortest.map(Next::Wait)
    }

    fn items(&self) -> MutexGuard<'_, VecDeque<&'i Item>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the server of `item` is to be left alone, if that is worth waiting for.
fn wait(item: &Item) -> Option<Wait> {
    let Origin::Enclosure { sound, .. } = &item.origin else { return None };
    web::wait(&sound.address).filter(|wait| wait.is_worth_it)
}
