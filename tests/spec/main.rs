//! What voixoff promises, without models: quick, and the same on every machine.

mod align;
mod archive;
mod audio;
mod batch;
mod chapters;
mod check;
mod cli;
mod convert;
mod damage;
mod desk;
mod documents;
mod eval;
mod failures;
mod feeds;
mod formats;
mod french;
mod frozen;
mod fuzz;
mod habits;
mod hostile;
mod hotwords;
mod identity;
mod left_out;
mod lengths;
mod long;
mod manners;
mod measured;
mod merge;
mod models;
mod printing;
mod publish;
mod resume;
#[cfg(feature = "review")]
mod review;
mod roles;
mod scores;
#[cfg(feature = "serve")]
mod serve;
mod server;
mod settings;
mod show;
mod speakers;
mod strangers;
mod unsure;
mod watch;
mod words;
