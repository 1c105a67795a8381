//! Several windows heard at once.

use super::{
    align::starts,
    beams::{Beaming, Rules, Search, TOKENS_MAX},
    decoder::{Decoder, Row, Said, Sound, Watch, WindowRows},
    encoder::Encoder,
    loops::log_sum,
    matrix::Kernels,
};

/// The networks, and what they may write.
pub(super) struct Networks {
    pub(super) kernels: Kernels,
    pub(super) encoder: Encoder,
    pub(super) decoder: Decoder,
    pub(super) rules: Rules,
    pub(super) n_mels: usize,
    /// What the decoder reads before its answer.
    pub(super) start: Vec<usize>,
    pub(super) previous: usize,
    pub(super) no_speech: usize,
    /// Layers and heads of the decoder whose attention follows the sound.
    pub(super) heads: Vec<[usize; 2]>,
}

/// What is said in a window.
pub(super) struct Answer {
    /// Tokens of text, the probability of each, and the step at which the next one begins.
    pub(super) tokens: Vec<(usize, f32, usize)>,
    pub(super) mean_log_probability: f32,
    pub(super) no_speech_probability: f32,
    /// Whether it came to its end.
    pub(super) is_whole: bool,
}

/// A window: its spectrogram, of shape `(frames, bands)`, and how many frames of it are not the
/// silence behind it.
pub(super) struct Window {
    pub(super) spectrogram: Vec<f32>,
    pub(super) n_heard: usize,
}

/// Rows that are said at least before any is forgotten: one by one would cost more.
const ROWS_SPARE: usize = 128;

impl Networks {
    /// What is said in each of `windows`, `told` being what may be said.
    pub(super) fn hear(&self, windows: &[Window], told: &[usize], beaming: Beaming) -> Vec<Answer> {
        let sounds: Vec<Sound> = windows
            .iter()
            .map(|window| {
                let Window { spectrogram, n_heard } = window;
                let heard = self.encoder.of(&self.kernels, spectrogram, self.n_mels, *n_heard);
                self.decoder.sound(&self.kernels, &heard)
            })
            .collect();
        let mut prompt = Vec::new();
        if !told.is_empty() {
            prompt.push(self.previous);
            prompt.extend_from_slice(told);
        }
        let n_before = prompt.len();
        prompt.extend_from_slice(&self.start);
        let n_steps = (2 * TOKENS_MAX + 1 - prompt.len()).min(TOKENS_MAX);
        let paths: Vec<u32> = (0..prompt.len() as u32).collect();
        let mut written: Vec<Written<'_>> = sounds
            .iter()
            .map(|sound| {
                let mut said = Said::default();
                let rows = self.read(sound, &mut said, &prompt, &paths, None);
                let width = self.decoder.width;
                let at =
                    |row: usize| self.decoder.logits(&self.kernels, &rows[row * width..][..width]);
                let first = at(n_before);
                let no_speech = (first[self.no_speech] - log_sum(&first)).exp();
                let mut search = Search::new(&self.rules, beaming, paths.clone(), n_steps);
                search.advance(&mut at(prompt.len() - 1));
                Written { sound, search, no_speech, n_rows_max: said.n_rows + ROWS_SPARE, said }
            })
            .collect();
        while self.write(&mut written) {}
        let pairs = written.into_iter().zip(windows);
        pairs.map(|(written, window)| self.answer(written, window.n_heard)).collect()
    }

    /// The decoder's rows for `tokens`, one behind the other.
    fn read(
        &self,
        sound: &Sound,
        said: &mut Said,
        tokens: &[usize],
        paths: &[u32],
        watch: Option<&mut Watch<'_>>,
    ) -> Vec<f32> {
        let rows = tokens.iter().enumerate();
        let rows = rows.map(|(n, &token)| Row { token, path: &paths[..=n] }).collect();
        self.decoder.of(&self.kernels, &mut [WindowRows { sound, said, rows }], watch)
    }

    /// One more token for each text of each window; whether there were any.
    fn write(&self, written: &mut [Written<'_>]) -> bool {
        let mut open: Vec<&mut Written<'_>> =
            written.iter_mut().filter(|window| !window.search.beams.is_empty()).collect();
        if open.is_empty() {
            return false;
        }
        let mut windows: Vec<WindowRows<'_>> = open
            .iter_mut()
            .map(|window| {
                let first = window.said.n_rows as u32;
                for (beam, row) in window.search.beams.iter_mut().zip(first..) {
                    beam.path.push(row);
                }
                let rows = window.search.beams.iter().map(|beam| Row {
                    token: beam.text.tokens[beam.text.tokens.len() - 1],
                    path: &beam.path,
                });
                WindowRows { sound: window.sound, said: &mut window.said, rows: rows.collect() }
            })
            .collect();
        let rows = self.decoder.of(&self.kernels, &mut windows, None);
        drop(windows);
        let mut logits = self.decoder.logits(&self.kernels, &rows);
        let n_tokens = logits.len() * self.decoder.width / rows.len();
        let mut rest = logits.as_mut_slice();
        for window in open {
            let (own, others) = rest.split_at_mut(window.search.beams.len() * n_tokens);
            window.search.advance(own);
            window.forget(self.decoder.width);
            rest = others;
        }
        true
    }

    fn answer(&self, written: Written<'_>, n_heard: usize) -> Answer {
        let (text, mean_log_probability) = written.search.best();
        let end_of_text = self.rules.end_of_text;
        let tokens = text.tokens.iter().zip(&text.log_probabilities);
        let tokens: Vec<(usize, f32)> = tokens
            .filter(|(token, _)| **token < end_of_text)
            .map(|(token, p)| (*token, p.exp()))
            .collect();
        // Of nothing said there is nothing to doubt.
        let mean_log_probability = if tokens.is_empty() { 0.0 } else { mean_log_probability };
        let starts = self.starts(written.sound, &tokens, n_heard);
        let tokens = tokens.into_iter().zip(starts.into_iter().skip(1));
        Answer {
            tokens: tokens.map(|((token, probability), end)| (token, probability, end)).collect(),
            mean_log_probability,
            no_speech_probability: written.no_speech,
            is_whole: text.is_whole,
        }
    }

    /// The step of the sound at which each of `tokens` begins, and the end behind them.
    fn starts(&self, sound: &Sound, tokens: &[(usize, f32)], n_heard: usize) -> Vec<usize> {
        if tokens.is_empty() {
            return Vec::new();
        }
        let mut read = self.start.clone();
        read.push(self.rules.no_timestamps);
        read.extend(tokens.iter().map(|(token, _)| *token));
        read.push(self.rules.end_of_text);
        let paths: Vec<u32> = (0..read.len() as u32).collect();
        let mut watch = Watch { heads: &self.heads, scores: Vec::new() };
        self.read(sound, &mut Said::default(), &read, &paths, Some(&mut watch));
        let n_heard = (n_heard / 2).clamp(1, sound.n_rows);
        starts(&watch.scores, sound.n_rows, n_heard, self.start.len(), tokens.len() + 1)
    }
}

/// A window at work.
struct Written<'a> {
    sound: &'a Sound,
    said: Said,
    search: Search<'a>,
    no_speech: f32,
    /// How many rows may be said before those are forgotten that nobody needs.
    n_rows_max: usize,
}

impl Written<'_> {
    /// Lets go of rows that no text goes through any more, now and then: hypotheses that were
    /// dropped left most of what was said.
    fn forget(&mut self, width: usize) {
        if self.said.n_rows < self.n_rows_max {
            return;
        }
        let beams = &mut self.search.beams;
        let mut is_live = vec![false; self.said.n_rows];
        let paths = beams.iter().flat_map(|beam| &beam.path);
        paths.for_each(|&row| is_live[row as usize] = true);
        let places = self.said.keep(&is_live, width);
        for row in beams.iter_mut().flat_map(|beam| &mut beam.path) {
            *row = places[*row as usize];
        }
        self.n_rows_max = self.said.n_rows + ROWS_SPARE;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::tiny::{N_MELS, Tiny},
        *,
    };

    fn networks() -> Networks {
        let kernels = Kernels::new();
        let (encoder, decoder) = Tiny::new(80).read().unwrap().networks(&kernels).unwrap();
        Networks {
            kernels,
            encoder,
            decoder,
            rules: Rules { end_of_text: 10, no_timestamps: 15, suppressed: vec![11, 12] },
            n_mels: N_MELS,
            start: vec![11, 13, 14],
            previous: 12,
            no_speech: 13,
            heads: vec![[0, 0]],
        }
    }

    fn window(n_frames: usize) -> Window {
        let value = |n: usize| (n as f32 * 0.37 + n_frames as f32).sin();
        let spectrogram = (0..n_frames * N_MELS).map(value).collect();
        Window { spectrogram, n_heard: n_frames - 20 }
    }

    const BEAMING: Beaming = Beaming { n_beams: 3, repetition: 1.0, distinct: 0 };

    fn bits(answer: &Answer) -> (Vec<(usize, u32, usize)>, [u32; 2], bool) {
        let token = |&(token, probability, end): &(usize, f32, usize)| {
            (token, f32::to_bits(probability), end)
        };
        let scores = [answer.mean_log_probability, answer.no_speech_probability];
        (answer.tokens.iter().map(token).collect(), scores.map(f32::to_bits), answer.is_whole)
    }

    #[test]
    fn windows_heard_together_get_the_bits_that_they_get_alone() {
        let networks = networks();
        let lengths = [100, 60, 240];
        let windows = lengths.map(window);
        let together = networks.hear(&windows, &[3, 4], BEAMING);
        assert!(together.iter().any(|answer| answer.tokens.len() > 1), "they say something");
        for (answer, length) in together.iter().zip(lengths) {
            let alone = networks.hear(&[window(length)], &[3, 4], BEAMING);
            assert_eq!(bits(&alone[0]), bits(answer));
        }
    }

    #[test]
    fn times_never_go_back_and_stay_within_what_was_heard() {
        for answer in networks().hear(&[window(100), window(300)], &[], BEAMING) {
            let ends: Vec<usize> = answer.tokens.iter().map(|token| token.2).collect();
            assert!(ends.is_sorted() && ends.iter().all(|end| *end < 140), "{ends:?}");
        }
    }

    #[test]
    fn what_is_told_changes_what_is_heard() {
        let networks = networks();
        let told = [&[][..], &[1, 2, 3]].map(|told| networks.hear(&[window(100)], told, BEAMING));
        let [one, other] = told.map(|answers| answers[0].mean_log_probability);
        assert!(one != other);
    }
}
