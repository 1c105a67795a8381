//! One frame of MPEG audio (MP1, MP2, MP3) or of AAC without a container (ADTS).

/// What stands in the frames that take the place of lost ones.
const FILLER: &[u8] = b"voixoff: lost";

/// Longest header of a frame, in bytes.
pub(super) const HEADER: usize = 7;

/// What the header of a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Bytes, the header among them.
    pub(super) length: u64,
    /// Samples of each channel.
    pub(super) samples: u32,
    pub(super) rate_hz: u32,
    /// The bits that stay the same in one recording.
    pub(super) kind: u32,
}

impl Frame {
    /// The frame whose header begins `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Frame> {
        match *bytes {
            [0xff, b, c, d, e, f, _, ..] if b & 0xf6 == 0xf0 => Frame::adts([b, c, d, e, f]),
            [0xff, b, c, d, ..] if b & 0xe0 == 0xe0 => Frame::mpeg(b, c, d),
            _ => None,
        }
    }

    /// Of version 1, 2 or 2.5, of any layer, at a bit rate of the table.
    fn mpeg(b: u8, c: u8, d: u8) -> Option<Frame> {
        let (version, layer) = (b >> 3 & 3, 4 - (b >> 1 & 3));
        let (rate_idx, bit_rate_idx) = (c >> 2 & 3, c >> 4);
        if version == 1 || layer == 4 || rate_idx == 3 || !(1..15).contains(&bit_rate_idx) {
            return None;
        }
        let is_first = version == 3;
        let halved = [2, 0, 1, 0][usize::from(version)];
        let rate_hz = [44_100, 48_000, 32_000][usize::from(rate_idx)] >> halved;
        let kbps = KBPS[match (is_first, layer) {
            (true, layer) => usize::from(layer) - 1,
            (false, 1) => 3,
            (false, _) => 4,
        }][usize::from(bit_rate_idx) - 1];
        let samples = match (layer, is_first) {
            (1, _) => 384,
            (3, false) => 576,
            _ => 1152,
        };
        let padding = u32::from(c >> 1 & 1);
        let slot = if layer == 1 { 4 } else { 1 };
        let length = (samples / 8 / slot * kbps * 1000 / rate_hz + padding) * slot;
        // The modes of two channels change all the time.
        let kind = u32::from(b & 0xfe) << 16 | u32::from(rate_idx) << 8 | u32::from(d >> 6 == 3);
        Some(Frame { length: length.into(), samples, rate_hz, kind })
    }

    fn adts([b, c, d, e, f]: [u8; 5]) -> Option<Frame> {
        const RATES_HZ: [u32; 13] = [
            96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
            8_000, 7_350,
        ];
        let rate_hz = *RATES_HZ.get(usize::from(c >> 2 & 0xf))?;
        let length = u64::from(d & 3) << 11 | u64::from(e) << 3 | u64::from(f >> 5);
        let kind = u32::from(b & 0xf6) << 16 | u32::from(c & 0xfd) << 8 | u32::from(d >> 6);
        (length > HEADER as u64).then_some(Frame { length, samples: 1024, rate_hz, kind })
    }

    /// A frame like the one whose header begins `bytes`, in which nothing is said.
    ///
    /// `None` where it would be shorter than the text that marks it; such frames do not exist
    /// at bit rates of speech.
    pub(super) fn filler(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut header: [u8; HEADER] = bytes.get(..HEADER)?.try_into().ok()?;
        // No checksum follows the header.
        header[1] |= 1;
        if header[1] & 0xf6 != 0xf0 {
            return marked(&header[..4], usize::try_from(self.length).ok()?);
        }
        const LENGTH: u8 = 64;
        header[3] &= 0xfc;
        header[4] = LENGTH >> 3;
        header[5] = LENGTH << 5 | header[5] & 0x1f;
        header[6] &= 0xfc;
        marked(&header, LENGTH.into())
    }
}

fn marked(header: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut frame = [header, FILLER].concat();
    (frame.len() <= length).then(|| {
        frame.resize(length, 0);
        frame
    })
}

/// Whether a packet, with its header or without it, takes the place of a lost one.
pub(in crate::audio) fn is_filler(packet: &[u8]) -> bool {
    [0, 4].into_iter().any(|at| packet.get(at..).is_some_and(|rest| rest.starts_with(FILLER)))
}

/// Bytes of side information in a frame of layer 3, by the second and the fourth byte of its header.
pub(in crate::audio) fn side_bytes(second: u8, fourth: u8) -> usize {
    match (second >> 3 & 3 == 3, fourth >> 6 == 3) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    }
}

/// Thousands of bits a second: version 1 of layers 1, 2 and 3; the others of layer 1, and of
/// layers 2 and 3.
const KBPS: [[u32; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_long_as_its_header_says() {
        let frame = Frame::read(&[0xff, 0xfb, 0x90, 0x00, 0, 0, 0]).unwrap();
        assert_eq!((frame.length, frame.samples, frame.rate_hz), (417, 1152, 44_100));
        let frame = Frame::read(&[0xff, 0xf3, 0x42, 0xc0, 0, 0, 0]).unwrap();
        assert_eq!((frame.length, frame.samples, frame.rate_hz), (105, 576, 22_050));
        let frame = Frame::read(&[0xff, 0xf1, 0x50, 0x80, 0x02, 0x9f, 0xfc]).unwrap();
        assert_eq!((frame.length, frame.samples, frame.rate_hz), (20, 1024, 44_100));
    }

    #[test]
    fn zeros_and_ones_are_no_frames() {
        assert_eq!(Frame::read(&[0; 7]), None);
        assert_eq!(Frame::read(&[0xff; 7]), None);
    }

    #[test]
    fn a_filler_is_a_frame_of_the_same_kind() {
        let header = [0xff, 0xfa, 0x90, 0x44, 0, 0, 0];
        let frame = Frame::read(&header).unwrap();
        let filler = frame.filler(&header).unwrap();
        assert_eq!(filler.len(), 417);
        assert_eq!(Frame::read(&filler), Some(frame));
        assert!(is_filler(&filler) && !is_filler(&header));
    }
}
