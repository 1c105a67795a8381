//! Scores of transcripts: word errors, speaker errors, and what kinds they are of. Knows no
//! engine and no format.
//!
//! | module | what it does |
//! |---|---|
//! | `align` | exact Levenshtein alignment of whole days of speech |
//! | `words` | word errors: WER, and CER by letters |
//! | `cpwer`, `time_constrained` | word errors by speaker: cpWER, tcpWER |
//! | `diarization`, `cooccurrence`, `mapping` | DER and JER, under the optimal mapping of speakers |
//! | `french`, `basic` | normalisations: which spellings are the same token; ours, and Whisper's for comparison |
//! | `tokenized`, `comparison` | both sides as tokens, aligned, each difference with its class |
//! | `secondary`, `timing` | names, numbers, punctuation, typography; onsets of words |
//! | `names` | names one by one, also those of who speaks: right, wrong, missed, invented |
//! | `marks` | marks by kind, and how many places an editor would touch |
//! | `paragraphs` | where paragraphs begin |
//! | `bootstrap` | confidence intervals |
//! | `scores` | all scores of an episode, and their sum over an archive |
//! | `figures`, `gate` | scores as figures with names; what became of those of a recorded run |

pub mod align;
pub mod basic;
pub mod bootstrap;
pub mod comparison;
mod cooccurrence;
pub(crate) mod cpwer;
pub mod diarization;
pub mod figures;
pub mod french;
pub mod gate;
mod mapping;
pub mod marks;
pub mod names;
#[cfg(test)]
mod oracle;
pub mod paragraphs;
pub mod scores;
pub mod secondary;
mod time_constrained;
pub(crate) mod timing;
pub(crate) mod tokenized;
pub mod words;

pub use cooccurrence::optimal_mapping;
