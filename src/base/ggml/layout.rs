//! Which tensors a Whisper has, and of which shapes: what its header promises.

use super::Header;

/// A tensor that a header promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    /// As in OpenAI's checkpoints: `decoder.blocks.0.attn.query.weight`.
    pub name: String,
    /// Outermost dimension first.
    pub shape: Vec<usize>,
    /// Whether the published files have it in 16 bits, and not in 32.
    pub is_half: bool,
}

/// Whether two shapes are one: converters write biases of convolutions with a dimension of one, or
/// without it.
pub(crate) fn is_same_shape(one: &[usize], other: &[usize]) -> bool {
    let long = |shape: &[usize]| -> Vec<usize> {
        shape.iter().copied().filter(|&dimension| dimension != 1).collect()
    };
    long(one) == long(other)
}

/// The greatest numbers that a header may have: some times those of the largest Whisper. A file
/// that lies asks for no more memory than they allow.
const N_LAYERS_MAX: i32 = 128;
const WIDTH_MAX: i32 = 8_192;
const CONTEXT_MAX: i32 = 1 << 15;
const N_VOCABULARY_MAX: i32 = 1 << 18;
const N_MELS_MAX: i32 = 1_024;

impl Header {
    /// Why no Whisper has these numbers, as a sentence; `None` where one may.
    pub(crate) fn flaw(&self) -> Option<String> {
        let bounds = [
            (self.n_vocabulary, N_VOCABULARY_MAX, "tokens"),
            (self.n_audio_context, CONTEXT_MAX, "frames of sound"),
            (self.n_audio_state, WIDTH_MAX, "channels in its encoder"),
            (self.n_audio_heads, WIDTH_MAX, "attention heads in its encoder"),
            (self.n_audio_layers, N_LAYERS_MAX, "layers in its encoder"),
            (self.n_text_context, CONTEXT_MAX, "tokens of context"),
            (self.n_text_state, WIDTH_MAX, "channels in its decoder"),
            (self.n_text_heads, WIDTH_MAX, "attention heads in its decoder"),
            (self.n_text_layers, N_LAYERS_MAX, "layers in its decoder"),
            (self.n_mels, N_MELS_MAX, "mel bands"),
        ];
        for (number, most, what) in bounds {
            if !(1..=most).contains(&number) {
                return Some(format!("it has {number} {what}, and no Whisper has"));
            }
        }
        let sides = [
            (self.n_audio_state, self.n_audio_heads, "encoder"),
            (self.n_text_state, self.n_text_heads, "decoder"),
        ];
        for (width, n_heads, side) in sides {
            if width % n_heads != 0 {
                return Some(format!(
                    "the {width} channels of its {side} cannot be shared by {n_heads} heads"
                ));
            }
        }
        (self.n_audio_state != self.n_text_state)
            .then(|| "its encoder and its decoder differ in width".to_owned())
    }

    /// The tensors of such a model, in the order of the published files, which is that of OpenAI's
    /// checkpoints: the decoder first, and in a block the feed-forward part first. That order was
    /// found by trying: only one gives the published digest.
    ///
    /// Of a header that has no `Header::flaw`.
    pub fn tensors(&self) -> Vec<Promised> {
        let length = |number: i32| usize::try_from(number).unwrap_or_default();
        let width = length(self.n_text_state);
        let mut list = List { width, tensors: Vec::new() };
        list.add("decoder.positional_embedding", &[length(self.n_text_context), width], false);
        list.add("encoder.positional_embedding", &[length(self.n_audio_context), width], false);
        list.add("decoder.token_embedding.weight", &[length(self.n_vocabulary), width], true);
        for layer in 0..self.n_text_layers {
            list.block(&format!("decoder.blocks.{layer}"), &["attn", "cross_attn"]);
        }
        list.norm("decoder.ln");
        for (conv, n_inputs) in [("conv1", length(self.n_mels)), ("conv2", width)] {
            list.add(&format!("encoder.{conv}.weight"), &[width, n_inputs, 3], true);
            // Each number is a row: whisper.cpp adds it to a map of time and channel.
            list.add(&format!("encoder.{conv}.bias"), &[width, 1], false);
        }
        for layer in 0..self.n_audio_layers {
            list.block(&format!("encoder.blocks.{layer}"), &["attn"]);
        }
        list.norm("encoder.ln_post");
        list.tensors
    }
}

struct List {
    width: usize,
    tensors: Vec<Promised>,
}

impl List {
    fn block(&mut self, block: &str, attentions: &[&str]) {
        let width = self.width;
        self.norm(&format!("{block}.mlp_ln"));
        self.linear(&format!("{block}.mlp.0"), 4 * width, width);
        self.linear(&format!("{block}.mlp.2"), width, 4 * width);
        for attention in attentions {
            self.norm(&format!("{block}.{attention}_ln"));
            self.linear(&format!("{block}.{attention}.query"), width, width);
            // Keys have no bias.
            self.add(&format!("{block}.{attention}.key.weight"), &[width, width], true);
            self.linear(&format!("{block}.{attention}.value"), width, width);
            self.linear(&format!("{block}.{attention}.out"), width, width);
        }
    }

    fn norm(&mut self, name: &str) {
        self.add(&format!("{name}.weight"), &[self.width], false);
        self.add(&format!("{name}.bias"), &[self.width], false);
    }

    fn linear(&mut self, name: &str, n_outputs: usize, n_inputs: usize) {
        self.add(&format!("{name}.weight"), &[n_outputs, n_inputs], true);
        self.add(&format!("{name}.bias"), &[n_outputs], false);
    }

    fn add(&mut self, name: &str, shape: &[usize], is_half: bool) {
        self.tensors.push(Promised { name: name.to_owned(), shape: shape.to_vec(), is_half });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Header = Header {
        n_vocabulary: 51_865,
        n_audio_context: 1_500,
        n_audio_state: 512,
        n_audio_heads: 8,
        n_audio_layers: 6,
        n_text_context: 448,
        n_text_state: 512,
        n_text_heads: 8,
        n_text_layers: 6,
        n_mels: 80,
        file_type: 1,
    };

    /// Its file has 147 951 465 bytes, of which 572 465 are header, filters and tokens.
    #[test]
    fn the_tensors_of_base_fill_its_published_file() {
        assert_eq!(BASE.flaw(), None);
        let tensors = BASE.tensors();
        assert_eq!(tensors.len(), 245);
        let bytes = |tensor: &Promised| {
            let number_bytes = if tensor.is_half { 2 } else { 4 };
            let head = 12 + 4 * tensor.shape.len() + tensor.name.len();
            head + tensor.shape.iter().product::<usize>() * number_bytes
        };
        assert_eq!(tensors.iter().map(bytes).sum::<usize>(), 147_951_465 - 572_465);
    }

    #[test]
    fn numbers_that_no_whisper_has_are_named() {
        let flaw = |header: Header| header.flaw().expect("a flaw");
        assert_eq!(
            flaw(Header { n_text_layers: i32::MAX, ..BASE }),
            "it has 2147483647 layers in its decoder, and no Whisper has"
        );
        assert_eq!(
            flaw(Header { n_audio_heads: 7, ..BASE }),
            "the 512 channels of its encoder cannot be shared by 7 heads"
        );
        assert!(flaw(Header { n_mels: 0, ..BASE }).starts_with("it has 0 mel bands"));
        assert!(flaw(Header { n_text_state: 768, ..BASE }).contains("differ in width"));
    }
}
