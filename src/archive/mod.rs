//! Many episodes: where they come from, what is left to do, and what is published of them.

pub mod batch;
pub mod changes;
pub mod excerpts;
pub mod last_run;
pub mod learn;
pub mod mirror;
pub mod publish;
pub mod sources;
pub mod survey;
