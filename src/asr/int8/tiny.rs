//! A model for tests, made of noise.

use super::model::GgmlFile;
use half::f16;
use std::io::{self, Write};

/// A model of one layer and one head, full of what looks like noise.
pub(super) struct Tiny {
    pub(super) content: Vec<u8>,
}

pub(super) const N_MELS: usize = 4;

impl Tiny {
    pub(super) fn new(n_vocabulary: i32) -> Tiny {
        let mut content = Vec::new();
        let head = [0x6767_6d6c, n_vocabulary, 1_500, 64, 1, 1, 448, 64, 1, 1, 4, 1, 4, 2];
        content.extend(head.map(i32::to_le_bytes).as_flattened());
        content.extend([0.5_f32; 8].map(f32::to_le_bytes).as_flattened());
        content.extend([1, 3].map(i32::to_le_bytes).as_flattened());
        content.extend(b"oui");
        let mut tiny = Tiny { content };
        tiny.half("decoder.token_embedding.weight", &[n_vocabulary, 64]);
        tiny.single("decoder.positional_embedding", &[448, 64]);
        tiny.single("encoder.positional_embedding", &[1_500, 64]);
        for (name, width) in [("conv1", 4), ("conv2", 64)] {
            tiny.half(&format!("encoder.{name}.weight"), &[64, width, 3]);
            tiny.single(&format!("encoder.{name}.bias"), &[64, 1]);
        }
        tiny.norm("encoder.ln_post");
        tiny.norm("decoder.ln");
        for (side, attentions) in
            [("encoder", ["attn"].as_slice()), ("decoder", &["attn", "cross_attn"])]
        {
            for attention in attentions {
                let at = format!("{side}.blocks.0.{attention}");
                tiny.norm(&format!("{at}_ln"));
                for part in ["query", "key", "value", "out"] {
                    tiny.half(&format!("{at}.{part}.weight"), &[64, 64]);
                    if part != "key" {
                        tiny.single(&format!("{at}.{part}.bias"), &[64]);
                    }
                }
            }
            let at = format!("{side}.blocks.0.mlp");
            tiny.norm(&format!("{at}_ln"));
            for (part, rows, width) in [(0, 256, 64), (2, 64, 256)] {
                tiny.half(&format!("{at}.{part}.weight"), &[rows, width]);
                tiny.single(&format!("{at}.{part}.bias"), &[rows]);
            }
        }
        tiny
    }

    fn norm(&mut self, name: &str) {
        self.single(&format!("{name}.weight"), &[64]);
        self.single(&format!("{name}.bias"), &[64]);
    }

    pub(super) fn head(&mut self, name: &str, shape: &[i32], kind: i32) -> usize {
        let head = [shape.len() as i32, name.len() as i32, kind];
        self.content.extend(head.map(i32::to_le_bytes).as_flattened());
        shape.iter().rev().for_each(|length| self.content.extend(length.to_le_bytes()));
        self.content.extend(name.as_bytes());
        shape.iter().product::<i32>() as usize
    }

    pub(super) fn half(&mut self, name: &str, shape: &[i32]) {
        for n in 0..self.head(name, shape, 1) {
            self.content.extend(f16::from_f32(noise(name, n)).to_le_bytes());
        }
    }

    fn single(&mut self, name: &str, shape: &[i32]) {
        for n in 0..self.head(name, shape, 0) {
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
