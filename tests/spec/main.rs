//! What voixoff promises, without models: quick, and the same on every machine.

mod audio;
mod cli;
mod convert;
mod desk;
mod formats;
mod merge;
mod models;
mod resume;
mod roles;
mod show;
mod speakers;
