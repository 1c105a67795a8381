//! Runs ONNX networks: the only module that calls rten.
//!
//! No type of the runtime leaves this file, so that another runtime (ONNX Runtime is some
//! 1.3 times faster, and a shared library of 35 MB) can replace it without a change elsewhere.

use super::error::NetworkError;
use rten::{LoadErrorKind, Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::{Layout, Tensor};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

thread_local! {
    /// A pool of one thread for the calls from this thread.
    ///
    /// rten runs a network in a thread pool. If all callers shared one pool of one thread,
    /// they would wait for each other in it.
    static SINGLE_THREAD_POOL: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
}

type Failure = Box<dyn Error + Send + Sync>;

/// A network with one input and one output, both of `f32`.
pub(crate) struct Network {
    model: Model,
    path: PathBuf,
}

/// An array of `f32` with its shape, the last axis contiguous.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
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
    pub(crate) fn load(path: &Path) -> Result<Network, NetworkError> {
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

    /// The network's output for `input`.
    ///
    /// One call uses one thread; calls from several threads run in parallel. Call it from
    /// plain threads and not from workers of rayon: while these wait for rten's pool they
    /// steal other work of their own, and more inputs are under way than there are threads.
    ///
    /// # Errors
    /// The shape is not the one of the network's input, or not the one of the
    /// values; an operator fails; the output is not made of `f32`.
    pub(crate) fn run(&self, input: Array) -> Result<Array, NetworkError> {
        self.run_between(None, input, None)
    }

    /// The network's output where the value that is named `name` inside of it is `value`.
    ///
    /// # Errors
    /// As [`Network::run`], and there is no such value.
    pub(crate) fn run_behind(&self, name: &str, value: Array) -> Result<Array, NetworkError> {
        self.run_between(Some(name), value, None)
    }

    /// The value that is named `name` inside of the network, for `input`.
    ///
    /// # Errors
    /// As [`Network::run`], and there is no such value.
    fn run_until(&self, name: &str, input: Array) -> Result<Array, NetworkError> {
        self.run_between(None, input, Some(name))
    }

    /// Whether the value that is named `name` inside of the network is `found` for `input`, but for
    /// what other orders of sums make of it.
    pub(crate) fn agrees(&self, name: &str, input: Array, found: &Array) -> bool {
        const TOLERANCE: f32 = 1e-3;
        self.run_until(name, input).is_ok_and(|expected| {
            let mut pairs = found.values.iter().zip(&expected.values);
            found.shape == expected.shape && pairs.all(|(a, b)| (a - b).abs() <= TOLERANCE)
        })
    }

    /// The constant of `f32` that is named `name`.
    pub(crate) fn constant(&self, name: &str) -> Option<Array> {
        let id = self.model.find_node(name)?;
        let [value] = self.model.run_n(Vec::new(), [id], None).ok()?;
        array(value).ok()
    }

    /// The file that the network came from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn run_between(
        &self,
        from: Option<&str>,
        input: Array,
        until: Option<&str>,
    ) -> Result<Array, NetworkError> {
        self.infer(from, input, until)
            .map_err(|source| NetworkError::InferenceFailed { path: self.path.clone(), source })
    }

    /// From the value `from`, or the input, until the value `until`, or the output.
    fn infer(
        &self,
        from: Option<&str>,
        input: Array,
        until: Option<&str>,
    ) -> Result<Array, Failure> {
        let options =
            RunOptions::default().with_thread_pool(Some(SINGLE_THREAD_POOL.with(Arc::clone)));
        let node = |name: Option<&str>, ids: &[NodeId]| match name {
            Some(name) => Ok(self.model.node_id(name)?),
            None => ids.first().copied().ok_or_else(|| Failure::from("there is no such value")),
        };
        let from = node(from, self.model.input_ids())?;
        let until = node(until, self.model.output_ids())?;
        let input = Value::from_shape(&input.shape, input.values)?;
        let [output] = self.model.run_n(vec![(from, input.into())], [until], Some(options))?;
        array(output)
    }
}

fn array(value: Value) -> Result<Array, Failure> {
    let value: Tensor<f32> = value.try_into()?;
    let (shape, mut values) = (value.shape().to_vec(), value.into_data());
    // rten reuses its buffers for smaller outputs: the capacity of an embedding would be
    // a hundred times its length.
    values.shrink_to_fit();
    Ok(Array { shape, values })
}
