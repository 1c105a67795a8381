//! The front end of CAM++, by our own convolutions: the runtime unfolds their input into a matrix,
//! which takes longer than multiplying where there are few channels.
//!
//! Residual blocks over a picture of bands and frames, which halve the bands three times. All
//! behind it is the runtime's. Where a network is none that begins so, the runtime runs all of it.

use super::{
    convolution::{Convolution, Planes},
    error::NetworkError,
    fbank::N_BANDS,
    network::{Array, Network},
};

/// What the front end puts out, as the networks that `models` writes name it: frames of 320
/// channels, ten rows of each of its 32.
const OUTPUT: &str = "v65";

/// Weights and biases of the first convolution, and rows from one of its output to the next.
const FIRST: [&str; 2] = ["w2", "w3"];

/// Of each block: its two convolutions, and the one beside them where it halves the bands.
const BLOCKS: [Names; 4] = [
    Names { first: ["w6", "w7"], second: ["w10", "w11"], beside: Some(["w13", "w14"]) },
    Names { first: ["w18", "w19"], second: ["w22", "w23"], beside: None },
    Names { first: ["w27", "w28"], second: ["w31", "w32"], beside: Some(["w34", "w35"]) },
    Names { first: ["w39", "w40"], second: ["w43", "w44"], beside: None },
];

const LAST: [&str; 2] = ["w48", "w49"];

/// Frames on which it is compared with the runtime.
const N_FRAMES_COMPARED: usize = 12;

struct Names {
    first: [&'static str; 2],
    second: [&'static str; 2],
    beside: Option<[&'static str; 2]>,
}

/// The front end, ready to run.
pub(crate) struct FrontEnd {
    first: Convolution,
    blocks: Vec<Block>,
    last: Convolution,
}

struct Block {
    first: Convolution,
    second: Convolution,
    beside: Option<Convolution>,
}

impl FrontEnd {
    /// The front end of `network`; `None` where it is none of these, or gives something else than
    /// the runtime does.
    pub(crate) fn of(network: &Network) -> Option<FrontEnd> {
        let convolution = |[weights, bias]: [&str; 2], row_stride| {
            let (weights, bias) = (network.constant(weights)?, network.constant(bias)?);
            Convolution::new(&weights.shape, &weights.values, bias.values, row_stride)
        };
        let block = |names: Names| {
            let row_stride = if names.beside.is_some() { 2 } else { 1 };
            let beside = match names.beside {
                Some(names) => Some(convolution(names, row_stride)?),
                None => None,
            };
            let (first, second) = (names.first, names.second);
            Some(Block {
                first: convolution(first, row_stride)?,
                second: convolution(second, 1)?,
                beside,
            })
        };
        let front_end = FrontEnd {
            first: convolution(FIRST, 1)?,
            blocks: BLOCKS.into_iter().map(block).collect::<Option<_>>()?,
            last: convolution(LAST, 2)?,
        };
        front_end.is_that_of(network).then_some(front_end)
    }

    /// The rest of `network` behind this, for `features`: frames of 80 bands.
    ///
    /// # Errors
    /// An operator fails.
    pub(crate) fn run(&self, features: &[f32], network: &Network) -> Result<Array, NetworkError> {
        network.run_behind(OUTPUT, self.forward(features))
    }

    fn forward(&self, features: &[f32]) -> Array {
        let n_frames = features.len() / N_BANDS;
        let mut picture = Planes::new([1, N_BANDS, n_frames], 1);
        for band in 0..N_BANDS {
            let frames = features.chunks_exact(N_BANDS).map(|frame| frame[band]);
            picture.row_mut(0, band).iter_mut().zip(frames).for_each(|(x, value)| *x = value);
        }
        let mut planes = self.first.forward(&picture, None, true);
        for block in &self.blocks {
            let beside = block.beside.as_ref().map(|beside| beside.forward(&planes, None, false));
            let within = block.first.forward(&planes, None, true);
            planes = block.second.forward(&within, Some(beside.as_ref().unwrap_or(&planes)), true);
        }
        let output = self.last.forward(&planes, None, true);
        let [n_channels, n_rows, n_frames] = output.shape();
        Array { shape: vec![1, n_channels * n_rows, n_frames], values: output.to_values() }
    }

    fn is_that_of(&self, network: &Network) -> bool {
        let numbers = (0..N_FRAMES_COMPARED * N_BANDS).map(|n| 4.0 * (n as f32 * 0.37).sin());
        let features: Vec<f32> = numbers.collect();
        let found = self.forward(&features);
        let input = Array { shape: vec![1, N_FRAMES_COMPARED, N_BANDS], values: features };
        network.agrees(OUTPUT, input, &found)
    }
}
