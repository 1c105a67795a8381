//! What voixoff promises, without models: quick, and the same on every machine.

mod audio;
mod cli;
mod models;
mod resume;
