//! One track's decoder, and the mix of its channels into one.
//!
//! A decoder of symphonia keeps what it met first: an MP3 that goes from stereo to
//! mono, as when advertising is glued in, is an error to it from there on. So a
//! [`Voice`] looks for such changes and builds the decoder anew.

use crate::audio::repair::side_bytes;
use std::sync::LazyLock;
use symphonia::core::{
    audio::{ChannelLabel, Channels, GenericAudioBufferRef, Position},
    codecs::{
        audio::{
            AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
            well_known::{
                CODEC_ID_AAC, CODEC_ID_AC3, CODEC_ID_AC4, CODEC_ID_DCA, CODEC_ID_EAC3,
                CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_MUSEPACK, CODEC_ID_OPUS,
                CODEC_ID_SPEEX, CODEC_ID_TRUEHD, CODEC_ID_VORBIS, CODEC_ID_WAVPACK, CODEC_ID_WMA,
            },
        },
        registry::CodecRegistry,
    },
    errors::Error,
    packet::Packet,
};

/// All decoders of symphonia, and Opus where it is built in.
static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    #[cfg(feature = "opus")]
    codecs.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    codecs
});

/// A value beyond which a float file is damaged, not loud.
const LOUDEST: f32 = 8.0;

/// What behind a loss is not yet sound, although it can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recovery {
    /// Nothing is lost, or it is long ago.
    Done,
    /// So many packets lean on one that is not there.
    Packets(u32),
    /// A frame of MP3 needs bytes of those before it; so many have come since the loss.
    MainData(usize),
}

/// Packets of Opus, of 20 ms as a rule, after which its prediction has come back: 80 ms (RFC 7845,
/// 4.6), and one packet more, in which an error can still be measured.
const OPUS_RECOVERY: u32 = 5;

/// The decoder of one track.
pub(super) struct Voice {
    parameters: AudioCodecParameters,
    decoder: Box<dyn AudioDecoder>,
    /// What the last MP3 frame header said of rate and channels.
    layout: Option<[u8; 3]>,
    rate_hz: u32,
    channels: u16,
    /// Frames that an Opus encoder asks to drop from the start.
    pub(super) pre_skip: u32,
    recovery: Recovery,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

impl Voice {
    /// A decoder for a track of these parameters, or the name of the codec if it
    /// is not supported.
    pub(super) fn new(parameters: &AudioCodecParameters) -> Result<Voice, String> {
        let mut parameters = parameters.clone();
        let mut pre_skip = 0;
        match parameters.codec {
            CODEC_ID_OPUS => pre_skip = take_pre_skip(&mut parameters),
            CODEC_ID_AAC => keep_core(&mut parameters),
            _ => (),
        }
        Ok(Voice {
            decoder: decoder(&parameters)?,
            layout: None,
            rate_hz: parameters.sample_rate.unwrap_or(0),
            channels: parameters.channels.as_ref().map_or(0, count),
            pre_skip,
            recovery: Recovery::Done,
            interleaved: Vec::new(),
            mono: Vec::new(),
            parameters,
        })
    }

    /// Frames of the longest pause in which nothing may be sent: Opus sends a packet each 400 ms.
    pub(super) fn longest_pause(&self) -> usize {
        if self.is_opus() { self.rate_hz as usize / 2 } else { 0 }
    }

    /// Whether it is Opus: its header says what to drop.
    pub(super) fn is_opus(&self) -> bool {
        self.pre_skip > 0
    }

    /// Short name of the codec.
    pub(super) fn name(&self) -> &'static str {
        self.decoder.codec_info().short_name
    }

    /// Rate of the last samples, in hertz; 0 before any, if the file does not say.
    pub(super) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Channels of the last samples; 0 before any, if the file does not say.
    pub(super) fn channels(&self) -> u16 {
        self.channels
    }

    /// The samples of the last packet, mixed to mono.
    pub(super) fn samples(&self) -> &[f32] {
        &self.mono
    }

    /// Decodes `packet`, and says whether it gave sound: an undecodable packet
    /// gives `silence` frames of silence.
    pub(super) fn decode(&mut self, packet: &Packet, silence: usize) -> bool {
        self.follow_layout(&packet.data);
        match self.decoder.decode(packet) {
            Ok(buffer) => {
                self.rate_hz = buffer.spec().rate();
                self.channels = count(buffer.spec().channels());
                mix(&buffer, &mut self.interleaved, &mut self.mono);
                true
            }
            Err(_) => {
                self.be_silent(silence);
                false
            }
        }
    }

    /// Gives `silence` frames of silence, and begins anew with the next packet.
    pub(super) fn lose(&mut self, silence: usize) {
        self.begin_anew();
        self.be_silent(silence);
    }

    /// Builds a new decoder for what follows a loss.
    pub(super) fn begin_anew(&mut self) {
        self.renew();
        self.recovery = match self.parameters.codec {
            CODEC_ID_MP3 => Recovery::MainData(0),
            // The halves of two packets make the sound between them.
            CODEC_ID_AAC | CODEC_ID_VORBIS | CODEC_ID_MP1 | CODEC_ID_MP2 => Recovery::Packets(1),
            CODEC_ID_OPUS => Recovery::Packets(OPUS_RECOVERY),
            _ => Recovery::Done,
        };
    }

    /// Whether what was decoded of `packet` is spoilt by a loss before it.
    pub(super) fn is_spoilt(&mut self, packet: &[u8]) -> bool {
        let (is_spoilt, recovery) = match self.recovery {
            Recovery::Done => (false, Recovery::Done),
            Recovery::Packets(n) if n > 1 => (true, Recovery::Packets(n - 1)),
            Recovery::Packets(_) => (true, Recovery::Done),
            Recovery::MainData(held) => match main_data(packet) {
                Some((begin, length)) if begin > held => (true, Recovery::MainData(held + length)),
                // This one is whole, but its half of the sound before it is still alone.
                _ => (true, Recovery::Done),
            },
        };
        self.recovery = recovery;
        is_spoilt
    }

    /// Silences what was decoded last.
    pub(super) fn hush(&mut self) {
        self.mono.fill(0.0);
    }

    /// Whether sound is more than its samples written one behind the other, so that a packet
    /// of zeros cannot be.
    pub(super) fn is_packed(&self) -> bool {
        !self.name().starts_with("pcm") && !self.name().starts_with("adpcm")
    }

    fn be_silent(&mut self, silence: usize) {
        self.mono.clear();
        self.mono.resize(silence, 0.0);
    }

    /// Builds a new decoder if an MPEG frame has another rate or other channels
    /// than those before it.
    fn follow_layout(&mut self, frame: &[u8]) {
        let is_mpeg = matches!(self.parameters.codec, CODEC_ID_MP1 | CODEC_ID_MP2 | CODEC_ID_MP3);
        if let (true, [_, version, rate, mode, ..]) = (is_mpeg, frame) {
            // Stereo and joint stereo are one layout, and change all the time.
            let layout = [version & 0x1e, rate & 0x0c, u8::from(mode >> 6 == 3)];
            if self.layout.is_some_and(|before| before != layout) {
                self.renew();
            }
            self.layout = Some(layout);
        }
    }

    /// Forgets the sound so far; what follows is not silenced.
    pub(super) fn renew(&mut self) {
        if let Ok(decoder) = decoder(&self.parameters) {
            self.decoder = decoder;
        }
    }
}

/// Of a frame of MP3: how many bytes of main data it needs of the frames before, and how many it
/// has.
fn main_data(frame: &[u8]) -> Option<(usize, usize)> {
    let [_, version, _, mode, ..] = *frame else { return None };
    let is_first = version & 0x08 != 0;
    let checksum = if version & 1 == 0 { 2 } else { 0 };
    let side = side_bytes(version, mode);
    let [high, low] = *frame.get(4 + checksum..)?.first_chunk()?;
    let bits = u16::from_be_bytes([high, low]);
    let begin = if is_first { bits >> 7 } else { bits >> 8 };
    Some((begin.into(), frame.len().checked_sub(4 + checksum + side)?))
}

fn decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, String> {
    let options = AudioDecoderOptions::default();
    CODECS.make_audio_decoder(parameters, &options).map_err(|error| {
        let name = name(parameters.codec);
        match error {
            // The codec is known, but not this kind of it.
            Error::Unsupported(reason) if CODECS.get_audio_decoder(parameters.codec).is_some() => {
                format!("{name} ({reason})")
            }
            _ => name,
        }
    })
}

fn name(codec: AudioCodecId) -> String {
    if let Some(registered) = CODECS.get_audio_decoder(codec) {
        return registered.codec.info.short_name.into();
    }
    let name = match codec {
        CODEC_ID_AC3 => "ac3",
        CODEC_ID_AC4 => "ac4",
        CODEC_ID_DCA => "dts",
        CODEC_ID_EAC3 => "eac3",
        CODEC_ID_MUSEPACK => "musepack",
        CODEC_ID_SPEEX => "speex",
        CODEC_ID_TRUEHD => "truehd",
        CODEC_ID_WAVPACK => "wavpack",
        CODEC_ID_WMA => "wma",
        other => return other.to_string(),
    };
    name.into()
}

/// Takes the number of frames to drop out of an Opus header.
///
/// The adapter would drop them from the first packet only, although they may be
/// longer than it, and drop them again after each rebuilding.
fn take_pre_skip(parameters: &mut AudioCodecParameters) -> u32 {
    match parameters.extra_data.as_deref_mut() {
        Some([b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', _, _, low, high, ..]) => {
            let pre_skip = u16::from_le_bytes([*low, *high]);
            (*low, *high) = (0, 0);
            pre_skip.into()
        }
        _ => 0,
    }
}

/// Reduces the header of HE-AAC to the AAC-LC stream inside of it.
///
/// symphonia refuses spectral band replication. What it would add lies in the
/// upper half of the band, which 16 kHz mono hardly keeps; the stream inside
/// decodes as it is, at half the rate.
fn keep_core(parameters: &mut AudioCodecParameters) {
    const LOW_COMPLEXITY: u16 = 2;
    const BAND_REPLICATION: [u16; 2] = [5, 29];
    let Some([first, second, ..]) = parameters.extra_data.as_deref() else { return };
    let head = u16::from_be_bytes([*first, *second]);
    let (kind, rate_and_channels) = (head >> 11, head & 0x07f8);
    let (rate_idx, channels) = (rate_and_channels >> 7, rate_and_channels >> 3 & 0xf);
    // 15 announces a rate written out, 0 channels that are listed further on.
    if rate_idx == 15 || channels == 0 {
        return;
    }
    if BAND_REPLICATION.contains(&kind) || kind == LOW_COMPLEXITY {
        let core = LOW_COMPLEXITY << 11 | rate_and_channels;
        // Frames of 960 samples keep their bit. The two others would announce more, which
        // some files do not have, and none needs.
        let flags = if kind == LOW_COMPLEXITY { head & 4 } else { 0 };
        parameters.extra_data = Some(Box::from((core | flags).to_be_bytes()));
    }
}

fn count(channels: &Channels) -> u16 {
    u16::try_from(channels.count()).unwrap_or(u16::MAX)
}

/// The mean of the channels of `buffer`, in `mono`.
///
/// The low-frequency effects are left out: nobody speaks there.
fn mix(buffer: &GenericAudioBufferRef<'_>, interleaved: &mut Vec<f32>, mono: &mut Vec<f32>) {
    buffer.copy_to_vec_interleaved(interleaved);
    mono.clear();
    let n_channels = buffer.num_planes();
    if n_channels == 0 {
        return;
    }
    let effects = effects(buffer.spec().channels());
    let is_voice = |channel: usize| n_channels == 1 || channel >= 64 || effects >> channel & 1 == 0;
    let n_voices = (0..n_channels).filter(|&channel| is_voice(channel)).count().max(1);
    let share = 1.0 / n_voices as f32;
    mono.extend(interleaved.chunks_exact(n_channels).map(|frame| {
        let voices = frame.iter().enumerate().filter(|&(channel, _)| is_voice(channel));
        let mean = voices.map(|(_, &sample)| sample).sum::<f32>() * share;
        // One infinite sample would silence a whole block of the resampler.
        if mean.is_finite() { mean.clamp(-LOUDEST, LOUDEST) } else { 0.0 }
    }));
}

/// The channels of low-frequency effects, one bit each.
fn effects(channels: &Channels) -> u64 {
    let is_effect = |position: Position| position.intersects(Position::LFE1 | Position::LFE2);
    match channels {
        Channels::Positioned(positions) => positions
            .iter()
            .enumerate()
            .filter(|&(_, position)| is_effect(position))
            .fold(0, |set, (channel, _)| set | 1_u64.checked_shl(channel as u32).unwrap_or(0)),
        Channels::Custom(labels) => labels
            .iter()
            .enumerate()
            .filter(|(_, label)| matches!(label, ChannelLabel::Positioned(p) if is_effect(*p)))
            .fold(0, |set, (channel, _)| set | 1_u64.checked_shl(channel as u32).unwrap_or(0)),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aac(header: &[u8]) -> Vec<u8> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_AAC).with_extra_data(header.into());
        keep_core(&mut parameters);
        parameters.extra_data.unwrap().into_vec()
    }

    #[test]
    fn he_aac_is_decoded_as_the_aac_inside_of_it() {
        // Kind 5, 24 kHz, stereo, replicated to 48 kHz, kind 2 inside.
        assert_eq!(aac(&[0b0010_1011, 0b0001_0001, 0b1000_1000, 0]), [0b0001_0011, 0b0001_0000]);
    }

    #[test]
    fn a_header_that_announces_what_it_does_not_have_is_plain_aac() {
        assert_eq!(aac(&[0x12, 0x12]), [0x12, 0x10]);
        assert_eq!(aac(&[0x12, 0x14]), [0x12, 0x14]);
    }

    #[test]
    fn a_frame_of_mp3_says_how_far_it_reaches_back() {
        let frame = |head: [u8; 8], length: usize| [&head[..], &vec![0; length - 8]].concat();
        let stereo = frame([0xff, 0xfb, 0x90, 0x44, 0x80, 0x80, 0, 0], 417);
        assert_eq!(main_data(&stereo), Some((257, 381)));
        let with_checksum = frame([0xff, 0xfa, 0x90, 0xc4, 0x12, 0x34, 0x01, 0], 417);
        assert_eq!(main_data(&with_checksum), Some((2, 394)));
        let half_rate = frame([0xff, 0xf3, 0x42, 0xc0, 0x07, 0xff, 0, 0], 105);
        assert_eq!(main_data(&half_rate), Some((7, 92)));
        assert_eq!(main_data(&[0xff, 0xfb, 0x90, 0x44, 0x80]), None);
    }

    #[test]
    fn plain_aac_keeps_its_header() {
        assert_eq!(aac(&[0x12, 0x10]), [0x12, 0x10]);
    }
}
