//! Decoding of a batch of windows: encode, prefill, decode step by step, align.

use super::{
    align::token_starts,
    beam_search::{BeamOptions, BeamSearch, TOKENS_MAX, TokenRules},
    decoder::{AttentionCapture, Decoder, TokenRow, WindowBatch},
    encoder::Encoder,
    kv_cache::{CrossKv, KvCache, SPARE_ROWS},
    marks::{MarkReader, logits_at},
    matrix::Kernels,
    rescoring::Rescoring,
    simd::log_sum_exp,
};
use crate::base::marks::MarkScores;
use std::{ops::Range, slice::SliceIndex};

/// The networks of a model, and what its special tokens are.
pub(super) struct WhisperModel {
    pub(super) kernels: Kernels,
    pub(super) encoder: Encoder,
    pub(super) decoder: Decoder,
    pub(super) rules: TokenRules,
    pub(super) n_mels: usize,
    /// `<|startoftranscript|>`, the language and the task: the tokens before each answer in the language
    /// that it was loaded for.
    pub(super) sot_sequence: [usize; 3],
    /// `<|startofprev|>`, the token before an initial prompt.
    pub(super) sot_prev: usize,
    pub(super) no_speech: usize,
    /// `[layer, head]` of the decoder whose cross-attention follows the sound, sorted.
    pub(super) alignment_heads: Vec<[usize; 2]>,
    /// Reads marks in its language; `None` where it was loaded for one whose marks nobody sets.
    pub(super) mark_reader: Option<MarkReader>,
}

/// The answer for a window.
pub(super) struct Transcription {
    pub(super) tokens: Vec<TimedToken>,
    pub(super) mean_log_probability: f32,
    pub(super) no_speech_probability: f32,
    /// Whether it reached the end of text.
    pub(super) is_complete: bool,
}

/// A token of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimedToken {
    pub(super) token: usize,
    pub(super) probability: f32,
    /// The encoder frame at which the next token begins.
    pub(super) end_frame: usize,
    /// Of the last token of a word: what may stand behind it.
    pub(super) marks: Option<MarkScores>,
    /// Log probability in the second reading; `None` where there was none.
    pub(super) reading: Option<f32>,
}

/// The features of a window.
pub(super) struct MelWindow {
    /// Shape `(n_mel_frames, n_mels)`, padding included.
    pub(super) spectrogram: Vec<f32>,
    /// Mel frames (10 ms) that are not padding.
    pub(super) n_mel_frames: usize,
    /// The token of its language.
    pub(super) language: usize,
}

impl MelWindow {
    /// Encoder frames (20 ms) that are not padding.
    pub(super) fn n_encoder_frames(&self) -> usize {
        self.n_mel_frames / 2
    }
}

/// What the decoder attends to in a window.
pub(super) struct EncodedWindow {
    pub(super) cross_kv: CrossKv,
    /// Encoder frames that are not padding.
    pub(super) n_frames: usize,
    /// The token of its language.
    pub(super) language: usize,
}

impl WhisperModel {
    /// The answer for each of `windows`, decoded side by side. `initial_prompt` may be empty.
    pub(super) fn transcribe(
        &self,
        windows: &[MelWindow],
        initial_prompt: &[usize],
        rescoring: Option<Rescoring<'_>>,
        options: BeamOptions,
    ) -> Vec<Transcription> {
        let encoded: Vec<EncodedWindow> =
            windows.iter().map(|window| self.encode(window)).collect();
        let attempts: Vec<_> = encoded.iter().map(|window| (window, options)).collect();
        self.decode(&attempts, initial_prompt, rescoring)
    }

    /// The answers for `window` by each of `options`, decoded side by side.
    pub(super) fn transcribe_by_each(
        &self,
        window: &MelWindow,
        initial_prompt: &[usize],
        rescoring: Option<Rescoring<'_>>,
        options: &[BeamOptions],
    ) -> Vec<Transcription> {
        let encoded = self.encode(window);
        let attempts: Vec<_> = options.iter().map(|&options| (&encoded, options)).collect();
        self.decode(&attempts, initial_prompt, rescoring)
    }

    /// The answer for each of `attempts`: a window, and how it is decoded.
    fn decode<'a>(
        &'a self,
        attempts: &[(&'a EncodedWindow, BeamOptions)],
        initial_prompt: &[usize],
        rescoring: Option<Rescoring<'a>>,
    ) -> Vec<Transcription> {
        let mut prompt = Vec::new();
        if !initial_prompt.is_empty() {
            prompt.push(self.sot_prev);
            prompt.extend_from_slice(initial_prompt);
        }
        let begin = |&(window, options): &(&'a EncodedWindow, _)| {
            let all = [&prompt[..], &self.sot_sequence(window.language)].concat();
            self.begin(window, &all, prompt.len(), rescoring, options)
        };
        let mut states: Vec<DecodingState<'_>> = attempts.iter().map(begin).collect();
        let mut logits = Vec::new();
        while self.step(&mut states, &mut logits) {}
        states.into_iter().map(|state| self.finish(state)).collect()
    }

    /// The tokens before an answer in `language`.
    pub(super) fn sot_sequence(&self, language: usize) -> [usize; 3] {
        let [sot, _, task] = self.sot_sequence;
        [sot, language, task]
    }

    /// The logits of what follows `<|startoftranscript|>` alone: the language.
    pub(super) fn expected_first(&self, window: &MelWindow) -> Vec<f32> {
        let cross_kv = self.encode(window).cross_kv;
        let sot = &self.sot_sequence[..1];
        let row = self.prefill(&cross_kv, &mut KvCache::default(), sot, &[0], None);
        let mut logits = Vec::new();
        self.decoder.logits(&self.kernels, &row, &mut logits);
        logits
    }

    pub(super) fn encode(&self, window: &MelWindow) -> EncodedWindow {
        let (n_frames, language) = (window.n_encoder_frames(), window.language);
        let encoded =
            self.encoder.forward(&self.kernels, &window.spectrogram, self.n_mels, n_frames);
        let cross_kv = self.decoder.cross_kv(&self.kernels, &encoded);
        EncodedWindow { cross_kv, n_frames, language }
    }

    /// Decodes `prompt`, whose `<|startoftranscript|>` is in row `sot_row`, and the first token.
    pub(super) fn begin<'a>(
        &'a self,
        window: &'a EncodedWindow,
        prompt: &[usize],
        sot_row: usize,
        rescoring: Option<Rescoring<'a>>,
        options: BeamOptions,
    ) -> DecodingState<'a> {
        let prompt_rows: Vec<u32> = (0..prompt.len() as u32).collect();
        let mut kv_cache = KvCache::default();
        let rows = self.prefill(&window.cross_kv, &mut kv_cache, prompt, &prompt_rows, None);
        let width = self.decoder.width;
        let mut logits = Vec::new();
        self.decoder.logits(&self.kernels, &rows[sot_row * width..][..width], &mut logits);
        let no_speech_probability = (logits[self.no_speech] - log_sum_exp(&logits)).exp();
        let n_steps_max = (2 * TOKENS_MAX + 1 - prompt.len()).min(TOKENS_MAX);
        let mut search = BeamSearch::new(&self.rules, options, prompt_rows, n_steps_max);
        self.decoder.logits(&self.kernels, &rows[rows.len() - width..], &mut logits);
        search.advance(&mut logits);
        DecodingState {
            window,
            search,
            rescoring,
            no_speech_probability,
            n_rows_max: kv_cache.n_rows + SPARE_ROWS,
            kv_cache,
        }
    }

    /// Runs the decoder over `tokens`, one after another, in one pass; gives its output for each.
    ///
    /// `cache_rows` are the rows that they get in the empty `kv_cache`: 0, 1, 2 and so on.
    fn prefill(
        &self,
        cross_kv: &CrossKv,
        kv_cache: &mut KvCache,
        tokens: &[usize],
        cache_rows: &[u32],
        capture: Option<&mut AttentionCapture<'_>>,
    ) -> Vec<f32> {
        let row = |(n, &token)| TokenRow { token, cache_rows: &cache_rows[..=n] };
        let rows = tokens.iter().enumerate().map(row).collect();
        self.decoder.forward(
            &self.kernels,
            &mut [WindowBatch { cross_kv, kv_cache, rows }],
            capture,
        )
    }

    /// Decodes one more token for each beam of each window; `false` if no beams are left. `logits`
    /// is scratch space.
    pub(super) fn step(&self, states: &mut [DecodingState<'_>], logits: &mut Vec<f32>) -> bool {
        let mut open: Vec<&mut DecodingState<'_>> =
            states.iter_mut().filter(|state| !state.search.beams.is_empty()).collect();
        if open.is_empty() {
            return false;
        }
        let mut batch: Vec<WindowBatch<'_>> =
            open.iter_mut().map(|state| state.last_tokens()).collect();
        let rows = self.decoder.forward(&self.kernels, &mut batch, None);
        drop(batch);
        self.decoder.logits(&self.kernels, &rows, logits);
        let n_tokens = logits.len() * self.decoder.width / rows.len();
        let mut remaining = logits.as_mut_slice();
        for state in open {
            let n_logits = state.search.beams.len() * n_tokens;
            let (window_logits, later_windows) = remaining.split_at_mut(n_logits);
            state.search.advance(window_logits);
            state.drop_dead_rows(self.decoder.width);
            remaining = later_windows;
        }
        true
    }

    /// The best hypothesis, with times.
    fn finish(&self, state: DecodingState<'_>) -> Transcription {
        let DecodingState { window, search, rescoring, no_speech_probability, kv_cache, .. } =
            state;
        // The text is decoded once more, into a cache of its own.
        drop(kv_cache);
        let (hypothesis, mean_log_probability) = search.best();
        let tokens = hypothesis.tokens.iter().zip(&hypothesis.log_probabilities);
        let text: Vec<(usize, f32)> = tokens
            .filter(|(token, _)| **token < self.rules.end_of_text)
            .map(|(token, log_probability)| (*token, log_probability.exp()))
            .collect();
        let rescored = rescoring.and_then(|rescoring| self.rescored(window, &text, rescoring));
        let text = rescored.unwrap_or(text);
        // An answer without text has no words to be improbable.
        let mean_log_probability = if text.is_empty() { 0.0 } else { mean_log_probability };
        let text_tokens: Vec<usize> = text.iter().map(|(token, _)| *token).collect();
        let starts = self.align(window, &text_tokens);
        let timed = text.into_iter().zip(starts.into_iter().skip(1));
        let mut tokens: Vec<TimedToken> = timed
            .map(|((token, probability), end_frame)| TimedToken {
                token,
                probability,
                end_frame,
                marks: None,
                reading: None,
            })
            .collect();
        self.read_again(window, &text_tokens, &mut tokens);
        Transcription {
            tokens,
            mean_log_probability,
            no_speech_probability,
            is_complete: hypothesis.is_complete,
        }
    }

    /// The encoder frame at which each of `tokens` begins, and that at which the last one ends.
    ///
    /// The text is decoded once more without timestamps, as OpenAI does: attention follows the
    /// sound better then.
    pub(super) fn align(&self, window: &EncodedWindow, tokens: &[usize]) -> Vec<usize> {
        if tokens.is_empty() {
            return Vec::new();
        }
        let cross_kv = &window.cross_kv;
        let scores = self.attention(cross_kv, window.language, tokens, &self.alignment_heads);
        let n_frames = window.n_frames.clamp(1, cross_kv.n_rows);
        let rows = self.text_rows(tokens);
        token_starts(&scores, cross_kv.n_rows, n_frames, rows)
    }

    /// The scores of each of `heads`, sorted, over the encoder's rows while `tokens` of text in `language` are
    /// decoded: a row for each token of the whole sequence, of which [`Self::text_rows`] count.
    pub(super) fn attention(
        &self,
        cross_kv: &CrossKv,
        language: usize,
        tokens: &[usize],
        heads: &[[usize; 2]],
    ) -> Vec<Vec<f32>> {
        self.captured(cross_kv, &self.around(language, tokens), heads).1
    }

    /// The whole sequence that the decoder reads of `tokens` of text in `language`.
    pub(super) fn around(&self, language: usize, tokens: &[usize]) -> Vec<usize> {
        let mut sequence = self.sot_sequence(language).to_vec();
        sequence.push(self.rules.no_timestamps);
        sequence.extend_from_slice(tokens);
        sequence.push(self.rules.end_of_text);
        sequence
    }

    /// The decoder's output for each token of `sequence`, and what [`Self::attention`] gives.
    pub(super) fn captured(
        &self,
        cross_kv: &CrossKv,
        sequence: &[usize],
        heads: &[[usize; 2]],
    ) -> (Vec<f32>, Vec<Vec<f32>>) {
        let cache_rows: Vec<u32> = (0..sequence.len() as u32).collect();
        let mut capture = AttentionCapture { heads, scores: Vec::new() };
        let cache = &mut KvCache::default();
        let rows = self.prefill(cross_kv, cache, sequence, &cache_rows, Some(&mut capture));
        (rows, capture.scores)
    }

    /// The rows of [`Self::attention`] that attend to `tokens` and to the end of the text: that of
    /// `<|notimestamps|>` attends to the first token, and so on.
    pub(super) fn text_rows(&self, tokens: &[usize]) -> Range<usize> {
        let first = self.sot_sequence.len();
        first..first + tokens.len() + 1
    }

    /// The log probability of each of `tokens`, which the decoder's `output` for `rows` expects, among
    /// those tokens of all.
    pub(super) fn log_probabilities(
        &self,
        output: &[f32],
        rows: impl Iterator<Item = usize>,
        tokens: &[usize],
        among: impl SliceIndex<[f32], Output = [f32]> + Clone,
    ) -> Vec<f32> {
        let logits = logits_at(&self.decoder, &self.kernels, output, rows);
        let each = logits.chunks(logits.len() / tokens.len()).zip(tokens);
        each.map(|(logits, token)| logits[*token] - log_sum_exp(&logits[among.clone()])).collect()
    }

    /// Gives the `text` of `tokens` to the decoder once more, for what it expects: see [`MarkReader`].
    fn read_again(&self, window: &EncodedWindow, text: &[usize], tokens: &mut [TimedToken]) {
        let reader = self.mark_reader.as_ref().filter(|reader| reader.language == window.language);
        let Some(reader) = reader else { return };
        let ends = reader.word_ends(text);
        if ends.is_empty() {
            return;
        }
        let mut sequence = vec![self.sot_prev];
        sequence.extend(&reader.page);
        sequence.extend(self.sot_sequence(window.language));
        sequence.push(self.rules.no_timestamps);
        let first_row = sequence.len();
        sequence.extend(text);
        let cache_rows: Vec<u32> = (0..sequence.len() as u32).collect();
        let rows =
            self.prefill(&window.cross_kv, &mut KvCache::default(), &sequence, &cache_rows, None);
        // The row before a token's says what is expected in its place.
        let places = first_row - 1..sequence.len();
        let logits = logits_at(&self.decoder, &self.kernels, &rows, places);
        let n_tokens = logits.len() / (text.len() + 1);
        let expected = |at: usize| &logits[at * n_tokens..][..n_tokens];
        for (at, token) in tokens.iter_mut().enumerate() {
            token.reading = Some(reader.log_probability(expected(at), text[at]));
        }
        for (last, after) in ends {
            let next = text.get(after).copied().unwrap_or(self.rules.end_of_text);
            tokens[last].marks = Some(reader.scores(expected(last + 1), next));
        }
    }
}

/// A window that is being decoded.
pub(super) struct DecodingState<'a> {
    window: &'a EncodedWindow,
    kv_cache: KvCache,
    search: BeamSearch<'a>,
    /// The hotwords that its answer is looked through for.
    rescoring: Option<Rescoring<'a>>,
    no_speech_probability: f32,
    /// How long the cache may grow before dead rows are dropped.
    n_rows_max: usize,
}

impl DecodingState<'_> {
    /// The last token of each beam, which gets the next row of the cache.
    fn last_tokens(&mut self) -> WindowBatch<'_> {
        let first_row = self.kv_cache.n_rows as u32;
        for (beam, row) in self.search.beams.iter_mut().zip(first_row..) {
            beam.cache_rows.push(row);
        }
        let rows = self.search.beams.iter().map(|beam| TokenRow {
            token: beam.hypothesis.tokens[beam.hypothesis.tokens.len() - 1],
            cache_rows: &beam.cache_rows,
        });
        WindowBatch {
            cross_kv: &self.window.cross_kv,
            rows: rows.collect(),
            kv_cache: &mut self.kv_cache,
        }
    }

    /// Drops the rows that no beam uses any more, if the cache has grown by [`SPARE_ROWS`]:
    /// most rows belong to hypotheses that were dropped.
    fn drop_dead_rows(&mut self, width: usize) {
        if self.kv_cache.n_rows < self.n_rows_max {
            return;
        }
        let beams = &mut self.search.beams;
        let mut is_live = vec![false; self.kv_cache.n_rows];
        for &row in beams.iter().flat_map(|beam| &beam.cache_rows) {
            is_live[row as usize] = true;
        }
        let new_indices = self.kv_cache.retain(&is_live, width);
        for row in beams.iter_mut().flat_map(|beam| &mut beam.cache_rows) {
            *row = new_indices[*row as usize];
        }
        self.n_rows_max = self.kv_cache.n_rows + SPARE_ROWS;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            alike::HotwordSounds,
            test_model::{N_MELS, TestModel},
            tokenizer::Tokenizer,
        },
        *,
    };
    use crate::asr::hotwords::Hotwords;

    fn model() -> WhisperModel {
        let kernels = Kernels::new();
        let (encoder, decoder) = TestModel::new(80).read().unwrap().networks(&kernels).unwrap();
        WhisperModel {
            kernels,
            encoder,
            decoder,
            rules: TokenRules { end_of_text: 10, no_timestamps: 15, suppressed: vec![11, 12] },
            n_mels: N_MELS,
            sot_sequence: [11, 13, 14],
            sot_prev: 12,
            no_speech: 13,
            alignment_heads: vec![[0, 0]],
            mark_reader: None,
        }
    }

    fn window(n_mel_frames: usize) -> MelWindow {
        let value = |n: usize| (n as f32 * 0.37 + n_mel_frames as f32).sin();
        let spectrogram = (0..n_mel_frames * N_MELS).map(value).collect();
        MelWindow { spectrogram, n_mel_frames: n_mel_frames - 20, language: 13 }
    }

    const OPTIONS: BeamOptions =
        BeamOptions { beam_size: 3, repetition_penalty: 1.0, no_repeat_ngram_size: 0 };

    fn bits(answer: &Transcription) -> (Vec<(usize, u32, usize)>, [u32; 2], bool) {
        let token =
            |token: &TimedToken| (token.token, f32::to_bits(token.probability), token.end_frame);
        let scores = [answer.mean_log_probability, answer.no_speech_probability];
        (answer.tokens.iter().map(token).collect(), scores.map(f32::to_bits), answer.is_complete)
    }

    #[test]
    fn windows_decoded_together_get_the_bits_that_they_get_alone() {
        let model = model();
        let lengths = [100, 60, 240];
        let windows = lengths.map(window);
        let together = model.transcribe(&windows, &[3, 4], None, OPTIONS);
        assert!(together.iter().any(|answer| answer.tokens.len() > 1), "they have text");
        for (answer, length) in together.iter().zip(lengths) {
            let alone = model.transcribe(&[window(length)], &[3, 4], None, OPTIONS);
            assert_eq!(bits(&alone[0]), bits(answer));
        }
    }

    #[test]
    fn ways_of_decoding_a_window_tried_together_give_the_bits_that_they_give_alone() {
        let model = model();
        let penalised = BeamOptions { beam_size: 1, repetition_penalty: 1.4, ..OPTIONS };
        let ways = [OPTIONS, penalised];
        let together = model.transcribe_by_each(&window(100), &[], None, &ways);
        for (answer, options) in together.iter().zip(ways) {
            let alone = model.transcribe(&[window(100)], &[], None, options);
            assert_eq!(bits(&alone[0]), bits(answer));
        }
    }

    #[test]
    fn windows_of_two_languages_are_decoded_together_and_each_in_its_own() {
        let model = model();
        let in_language = |language| MelWindow { language, ..window(100) };
        let together = model.transcribe(&[in_language(13), in_language(12)], &[], None, OPTIONS);
        let alone = model.transcribe(&[in_language(12)], &[], None, OPTIONS);
        assert_eq!(bits(&together[1]), bits(&alone[0]));
        assert!(bits(&together[0]) != bits(&together[1]));
    }

    #[test]
    fn times_never_go_back_and_stay_within_the_sound() {
        for answer in model().transcribe(&[window(100), window(300)], &[], None, OPTIONS) {
            let ends: Vec<usize> = answer.tokens.iter().map(|token| token.end_frame).collect();
            assert!(ends.is_sorted() && ends.iter().all(|end| *end < 140), "{ends:?}");
        }
    }

    #[test]
    fn hotwords_stand_in_the_place_of_words_that_sound_alike_and_the_rest_stays() {
        let model = model();
        let texts =
            [" garnié", " dit", " oui", " et", " non", ",", " pas", " là", " peu", " gar", "nier"];
        let tokenizer = Tokenizer::new(texts.map(|text| text.as_bytes().to_vec()).to_vec());
        let encoded = model.encode(&window(100));
        let text: Vec<(usize, f32)> = [(1, 0.5), (0, 0.5), (5, 0.5), (2, 0.5)].to_vec();
        let rescored = |phrase: &str, strength| {
            let sounds = HotwordSounds::new(&Hotwords::new([phrase.to_owned()], strength));
            let rescoring = Rescoring { sounds: &sounds, tokenizer: &tokenizer };
            let found = model.rescored(&encoded, &text, rescoring);
            found.map(|found| found.iter().map(|(token, _)| *token).collect::<Vec<usize>>())
        };
        assert_eq!(rescored(" garnier", 20.0), Some(vec![1, 9, 10, 5, 2]));
        assert_eq!(rescored(" garnier", 1e-6), None, "its sound is worth nothing");
        assert_eq!(rescored(" peu", 20.0), None, "nothing sounds like it");
    }

    #[test]
    fn words_that_are_sure_are_no_hotwords() {
        let model = model();
        let tokenizer = Tokenizer::new(vec![b" garni\xc3\xa9".to_vec(), b" garnier".to_vec()]);
        let encoded = model.encode(&window(100));
        let sounds = HotwordSounds::new(&Hotwords::new(["garnier".to_owned()], 20.0));
        let rescoring = Rescoring { sounds: &sounds, tokenizer: &tokenizer };
        assert!(model.rescored(&encoded, &[(0, 0.95)], rescoring).is_none());
        assert!(model.rescored(&encoded, &[(0, 0.75)], rescoring).is_some());
    }

    #[test]
    fn tokens_that_are_forced_are_in_order_within_the_sound_and_improbable_in_noise() {
        let model = model();
        let encoded = model.encode(&window(300));
        let forced =
            model.force(&encoded, &[vec![3, 4], vec![5], vec![6, 7]], &[false, true, false]);
        let times: Vec<usize> = forced.iter().flat_map(|token| [token.start, token.end]).collect();
        assert!(forced.len() == 5 && times.is_sorted(), "{times:?}");
        assert!(times.iter().all(|time| *time < encoded.n_frames), "{times:?}");
        assert!(forced.iter().all(|token| token.log_probability < 0.0));
    }

    #[test]
    fn an_initial_prompt_changes_the_answer() {
        let model = model();
        let mean_log_probability = |prompt: &[usize]| {
            model.transcribe(&[window(100)], prompt, None, OPTIONS)[0].mean_log_probability
        };
        assert!(mean_log_probability(&[]) != mean_log_probability(&[1, 2, 3]));
    }
}
