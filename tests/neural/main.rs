//! The real models on real sound, held to `tests/baseline.toml`.
//!
//! One thread in each test: the test runner fills the cores. The models must be there (`scripts/test` brings them): a
//! missing one fails, it is never skipped.

#![expect(clippy::print_stdout, reason = "the figures are what these tests are for")]

mod align;
mod bench;
mod documents;
mod invariants;
mod languages;
mod left_out;
mod networks;
mod review;
mod shapes;
mod speakers;
mod widen;
mod word_errors;
