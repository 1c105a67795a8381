//! Writes a ggml file part by part, in the order of the file.

use super::{Header, MAGIC, MelFilters, TensorHeader};
use std::io::{self, Write};

/// A ggml file that is written from its start. A tensor's data is written to it as to any file.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
}

impl<W: Write> Writer<W> {
    /// A writer to `output`.
    pub fn new(output: W) -> Writer<W> {
        Writer { output }
    }

    /// Writes the magic number and the hyperparameters.
    ///
    /// # Errors
    /// Any error of writing.
    pub fn header(&mut self, header: &Header) -> io::Result<()> {
        self.numbers(&[MAGIC])?;
        self.numbers(&header.to_numbers())
    }

    /// Writes the mel filters.
    ///
    /// # Errors
    /// `InvalidInput` for a length beyond the format's, and errors of writing.
    pub fn filters(&mut self, filters: &MelFilters) -> io::Result<()> {
        self.lengths(&[filters.n_mels, filters.n_bins])?;
        filters.weights.iter().try_for_each(|weight| self.write_all(&weight.to_le_bytes()))
    }

    /// Writes the text tokens.
    ///
    /// # Errors
    /// As [`Writer::filters`].
    pub fn tokens(&mut self, tokens: &[Vec<u8>]) -> io::Result<()> {
        self.lengths(&[tokens.len()])?;
        for token in tokens {
            self.lengths(&[token.len()])?;
            self.write_all(token)?;
        }
        Ok(())
    }

    /// Writes the header of a tensor, whose data is to follow.
    ///
    /// # Errors
    /// As [`Writer::filters`].
    pub fn tensor_header(&mut self, header: &TensorHeader) -> io::Result<()> {
        self.lengths(&[header.shape.len(), header.name.len()])?;
        self.numbers(&[header.data_type])?;
        header.shape.iter().rev().try_for_each(|&dimension| self.lengths(&[dimension]))?;
        self.write_all(&header.name)
    }

    fn lengths(&mut self, lengths: &[usize]) -> io::Result<()> {
        let invalid = |_| io::Error::new(io::ErrorKind::InvalidInput, "a length is too long");
        lengths
            .iter()
            .try_for_each(|&length| self.numbers(&[i32::try_from(length).map_err(invalid)?]))
    }

    fn numbers(&mut self, numbers: &[i32]) -> io::Result<()> {
        numbers.iter().try_for_each(|number| self.write_all(&number.to_le_bytes()))
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{DataType, Reader},
        *,
    };

    #[test]
    fn what_was_written_is_read() {
        let header = Header {
            n_vocabulary: 3,
            n_audio_context: 5,
            n_audio_state: 2,
            n_audio_heads: 1,
            n_audio_layers: 1,
            n_text_context: 4,
            n_text_state: 2,
            n_text_heads: 1,
            n_text_layers: 1,
            n_mels: 2,
            file_type: 1,
        };
        let filters = MelFilters { n_mels: 2, n_bins: 1, weights: vec![0.5, -0.0] };
        let tokens = [b"oui".to_vec(), vec![]];
        let name = b"decoder.ln.weight".to_vec();
        let tensor = TensorHeader { name, shape: vec![1, 2], data_type: DataType::F16.id };
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file);
        writer.header(&header).unwrap();
        writer.filters(&filters).unwrap();
        writer.tokens(&tokens).unwrap();
        writer.tensor_header(&tensor).unwrap();
        writer.write_all(b"abcd").unwrap();
        let mut reader = Reader::new(file.as_slice());
        assert_eq!(reader.header().unwrap(), header);
        assert_eq!(reader.filters().unwrap(), filters);
        assert_eq!(reader.tokens().unwrap(), tokens);
        assert_eq!(reader.tensor_header().unwrap(), Some(tensor));
        assert_eq!(reader.data(2, 2).unwrap(), b"abcd");
        assert_eq!(reader.position(), file.len() as u64);
        assert_eq!(reader.tensor_header().unwrap(), None);
    }
}
