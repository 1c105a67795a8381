//! What voixoff promises, without models: quick, and the same on every machine.

mod archive;
mod audio;
mod batch;
mod chapters;
mod check;
mod cli;
mod convert;
mod desk;
mod eval;
mod failures;
mod feeds;
mod formats;
mod frozen;
mod identity;
mod measured;
mod merge;
mod models;
mod printing;
mod publish;
mod resume;
mod roles;
mod scores;
mod show;
mod speakers;
