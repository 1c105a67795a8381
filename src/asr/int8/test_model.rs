//! A Whisper model for tests, made of noise.

use super::weights::GgmlFile;
use crate::base::ggml::MAGIC;
use half::f16;
use std::io::{self, Write};

/// A model of one layer and one head, full of what looks like noise.
pub(super) struct TestModel {
    pub(super) content: Vec<u8>,
}

pub(super) const N_MELS: usize = 4;

impl TestModel {
    pub(super) fn new(n_vocabulary: i32) -> TestModel {
        let mut content = Vec::new();
        let hyperparameters = [MAGIC, n_vocabulary, 1_500, 64, 1, 1, 448, 64, 1, 1, 4, 1, 4, 2];
        content.extend(hyperparameters.map(i32::to_le_bytes).as_flattened());
        content.extend([0.5_f32; 8].map(f32::to_le_bytes).as_flattened());
        content.extend([1, 3].map(i32::to_le_bytes).as_flattened());
        content.extend(b"oui");
        let mut model = TestModel { content };
        model.f16_tensor("decoder.token_embedding.weight", &[n_vocabulary, 64]);
        model.f32_tensor("decoder.positional_embedding", &[448, 64]);
        model.f32_tensor("encoder.positional_embedding", &[1_500, 64]);
        for (name, width) in [("conv1", 4), ("conv2", 64)] {
            model.f16_tensor(&format!("encoder.{name}.weight"), &[64, width, 3]);
            model.f32_tensor(&format!("encoder.{name}.bias"), &[64, 1]);
        }
        model.layer_norm("encoder.ln_post");
        model.layer_norm("decoder.ln");
        for (side, attentions) in
            [("encoder", ["attn"].as_slice()), ("decoder", &["attn", "cross_attn"])]
        {
            for attention in attentions {
                let prefix = format!("{side}.blocks.0.{attention}");
                model.layer_norm(&format!("{prefix}_ln"));
                for part in ["query", "key", "value", "out"] {
                    model.f16_tensor(&format!("{prefix}.{part}.weight"), &[64, 64]);
                    if part != "key" {
                        model.f32_tensor(&format!("{prefix}.{part}.bias"), &[64]);
                    }
                }
            }
            let prefix = format!("{side}.blocks.0.mlp");
            model.layer_norm(&format!("{prefix}_ln"));
            for (part, rows, width) in [(0, 256, 64), (2, 64, 256)] {
                model.f16_tensor(&format!("{prefix}.{part}.weight"), &[rows, width]);
                model.f32_tensor(&format!("{prefix}.{part}.bias"), &[rows]);
            }
        }
        model
    }

    fn layer_norm(&mut self, name: &str) {
        self.f32_tensor(&format!("{name}.weight"), &[64]);
        self.f32_tensor(&format!("{name}.bias"), &[64]);
    }

    /// The head of a tensor; gives how many numbers must follow.
    pub(super) fn tensor_header(&mut self, name: &str, shape: &[i32], data_type: i32) -> usize {
        let header = [shape.len() as i32, name.len() as i32, data_type];
        self.content.extend(header.map(i32::to_le_bytes).as_flattened());
        shape.iter().rev().for_each(|length| self.content.extend(length.to_le_bytes()));
        self.content.extend(name.as_bytes());
        shape.iter().product::<i32>() as usize
    }

    pub(super) fn f16_tensor(&mut self, name: &str, shape: &[i32]) {
        for n in 0..self.tensor_header(name, shape, 1) {
            self.content.extend(f16::from_f32(noise(name, n)).to_le_bytes());
        }
    }

    fn f32_tensor(&mut self, name: &str, shape: &[i32]) {
        for n in 0..self.tensor_header(name, shape, 0) {
            self.content.extend(noise(name, n).to_le_bytes());
        }
    }

    pub(super) fn read(&self) -> io::Result<GgmlFile> {
        read(&self.content)
    }
}

fn noise(name: &str, n: usize) -> f32 {
    ((n + 1) as f32 * 12.9898 + name.len() as f32).sin() * 43.758 % 0.5
}

pub(super) fn read(content: &[u8]) -> io::Result<GgmlFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(content)?;
    GgmlFile::read(file.path())
}
