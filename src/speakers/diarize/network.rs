//! The one door to the network runtime.
//!
//! Everything the runtime calls its own ends in this file, so that another
//! one (ONNX Runtime is some 1.3 times faster, and 35 MB of shared library)
//! can take its place without a change elsewhere.

use super::error::NetworkError;
use rten::{LoadErrorKind, Model, ModelOptions, RunOptions, ThreadPool, Value};
use rten_tensor::{Layout, Tensor};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

thread_local! {
    /// The runtime's thread for calls from this thread.
    ///
    /// The runtime runs a network in a pool. Were one pool of one thread
    /// shared, windows side by side would wait for each other in it.
    static ALONE: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
}

/// A network with one input and one output, both of `f32`.
pub struct Network {
    model: Model,
    path: PathBuf,
}

/// An array of `f32` with its shape, the last axis contiguous.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Length of each axis; their product is the length of `values`.
    pub shape: Vec<usize>,
    /// The values, row by row.
    pub values: Vec<f32>,
}

impl Network {
    /// The network in the ONNX file at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or the runtime does not understand it.
    pub fn load(path: &Path) -> Result<Network, NetworkError> {
        let loaded = ModelOptions::with_all_ops().prepack_weights(true).load_file(path);
        let model = loaded.map_err(|error| {
            let path = path.to_owned();
            match error.kind() {
                LoadErrorKind::IoError => {
                    NetworkError::Unreadable { path, source: Box::new(error) }
                }
                _ => NetworkError::NotUnderstood { path, source: Box::new(error) },
            }
        })?;
        Ok(Network { model, path: path.to_owned() })
    }

    /// The network's answer to `input`.
    ///
    /// One call uses one thread; calls from several threads run side by side.
    /// Call it from threads of your own and not from workers of rayon: while
    /// these wait for an answer they begin other work of their pool, and more
    /// windows are under way than there are threads.
    ///
    /// # Errors
    /// The shape is not the one of the network's input, or not the one of the
    /// values; an operator fails; the answer is not made of `f32`.
    pub fn run(&self, input: Array) -> Result<Array, NetworkError> {
        self.answer(input)
            .map_err(|source| NetworkError::NoAnswer { path: self.path.clone(), source })
    }

    /// The file that the network came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn answer(&self, input: Array) -> Result<Array, Box<dyn Error + Send + Sync>> {
        let options = RunOptions::default().with_thread_pool(Some(ALONE.with(Arc::clone)));
        let input = Value::from_shape(&input.shape, input.values)?;
        let output: Tensor<f32> = self.model.run_one(input.into(), Some(options))?.try_into()?;
        let (shape, mut values) = (output.shape().to_vec(), output.into_data());
        // The runtime's buffers are used again for smaller answers: what is kept of an
        // embedding would be a hundred times its numbers.
        values.shrink_to_fit();
        Ok(Array { shape, values })
    }
}
