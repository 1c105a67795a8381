//! What a file is, without decoding it: its coded sound and its tags.

use super::{
    MOST_ERRORS, Stream, guarded,
    units::{ns_of, time_of_ns},
};
use crate::{
    audio::Tags,
    base::{digest::Digest, time::Time},
};
use std::{fs::File, io::Read, path::Path};
use symphonia::core::{
    errors::Error,
    formats::{TrackType, well_known as known},
    meta::{ChapterGroupItem, MetadataRevision, RawValue, StandardTag, Tag},
};

/// Above it, a comment on what comes before the sound is damaged.
const MOST_PRIMING: u64 = 1 << 14;

impl Stream<'_> {
    /// Takes the coded packets of our track into `digest`; the time they say to last.
    ///
    /// Their lengths go in too: where one ends and the next begins is part of the sound.
    pub(in crate::audio) fn take_packets(&mut self, digest: &mut Digest) -> Time {
        if let Some(track) = self.audio_track() {
            let trimmed = format!("{} {:?} {:?}", self.facts().0, track.delay, track.padding);
            digest.update(trimmed.as_bytes());
        }
        // What was heard before the damage was looked after has other times.
        if self.repaired.is_damaged {
            digest.update(b"repaired 1");
        }
        let (mut length_ns, mut n_errors) = (0_i128, 0);
        loop {
            match guarded(|| self.format.next_packet()) {
                Some(Ok(Some(packet))) => {
                    n_errors = 0;
                    if packet.track_id != self.track {
                        continue;
                    }
                    digest.update(&(packet.data.len() as u64).to_le_bytes());
                    digest.update(&packet.data);
                    let clock = self.audio_track().and_then(|track| track.time_base);
                    length_ns += clock.map_or(0, |clock| ns_of(clock, packet.dur));
                }
                Some(Err(Error::ResetRequired)) if self.restart().is_some() => (),
                Some(Err(Error::DecodeError(_) | Error::LimitError(_) | Error::Unsupported(_)))
                    if n_errors < MOST_ERRORS =>
                {
                    n_errors += 1
                }
                _ => return time_of_ns(length_ns),
            }
        }
    }

    /// What files of this container are called at the end; the one at `path` is looked at
    /// where that depends on more. `sound` of one that has no name here.
    pub(in crate::audio) fn extension(&self, path: &Path) -> &'static str {
        let is_film = self.format.first_track(TrackType::Video).is_some();
        match self.container {
            known::FORMAT_ID_WAVE => "wav",
            known::FORMAT_ID_AIFF => "aiff",
            known::FORMAT_ID_CAF => "caf",
            known::FORMAT_ID_FLAC => "flac",
            known::FORMAT_ID_ADTS => "aac",
            known::FORMAT_ID_MP1 | known::FORMAT_ID_MP2 => "mp2",
            known::FORMAT_ID_MP3 => "mp3",
            known::FORMAT_ID_OGG if self.facts().0 == "opus" => "opus",
            known::FORMAT_ID_OGG => "ogg",
            known::FORMAT_ID_ISOMP4 if is_film => "mp4",
            known::FORMAT_ID_ISOMP4 => "m4a",
            known::FORMAT_ID_MKV if is_webm(path) => "webm",
            known::FORMAT_ID_MKV if is_film => "mkv",
            known::FORMAT_ID_MKV => "mka",
            _ => "sound",
        }
    }

    /// Frames that an AAC encoder put before the sound, where no edit list says so.
    ///
    /// iTunes and those who do as it does write them in a comment. Without that, they are
    /// 1024 of FFmpeg, and 2112 of all others, as players of Apple take them to be.
    pub(super) fn priming(&mut self) -> u64 {
        if self.voice.name() != "aac" {
            return 0;
        }
        let metadata = self.format.metadata();
        let tags = metadata.current().map_or(&[][..], |revision| &revision.media.tags);
        let comment = tags.iter().find_map(|tag| match &tag.raw.value {
            RawValue::String(text) if tag.raw.key.ends_with("iTunSMPB") => {
                u64::from_str_radix(text.split_whitespace().nth(1)?, 16).ok()
            }
            _ => None,
        });
        let is_ffmpeg = tags.iter().any(|tag| match &tag.std {
            Some(StandardTag::Encoder(name)) => name.starts_with("Lav"),
            _ => false,
        });
        let usual = if is_ffmpeg { 1024 } else { 2112 };
        comment.filter(|priming| *priming < MOST_PRIMING).unwrap_or(usual)
    }

    /// What the file says of itself, as far as it was read.
    pub(in crate::audio) fn tags(&mut self) -> Tags {
        let mut tags = Tags::default();
        if let Some(chapters) = self.format.chapters() {
            take_chapters(&mut tags.chapters, &chapters.items);
        }
        let mut metadata = self.format.metadata();
        while let Some(revision) = metadata.current() {
            take_all(&mut tags, revision);
            if metadata.pop().is_none() {
                break;
            }
        }
        tags
    }
}

/// Whether the Matroska file at `path` says at its beginning that browsers play it.
fn is_webm(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    read.is_ok() && head.windows(4).any(|bytes| bytes == b"webm")
}

/// Chapters that have a title; those of a group within a group too.
fn take_chapters(chapters: &mut Vec<(Time, String)>, items: &[ChapterGroupItem]) {
    for item in items {
        let chapter = match item {
            ChapterGroupItem::Group(group) => {
                take_chapters(chapters, &group.items);
                continue;
            }
            ChapterGroupItem::Chapter(chapter) => chapter,
        };
        let title = chapter.tags.iter().find_map(|tag| match &tag.std {
            Some(StandardTag::ChapterTitle(title)) => Some(title.to_string()),
            _ => None,
        });
        chapters.extend(title.map(|title| (time_of_ns(chapter.start_time.as_nanos()), title)));
    }
}

fn take_all(tags: &mut Tags, revision: &MetadataRevision) {
    let tracks = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
    revision.media.tags.iter().chain(tracks).for_each(|tag| take(tags, tag));
}

/// The first that says something stays.
fn take(tags: &mut Tags, tag: &Tag) {
    let (field, text) = match &tag.std {
        Some(StandardTag::TrackTitle(text)) => (&mut tags.title, text),
        Some(StandardTag::Album(text)) => (&mut tags.album, text),
        Some(StandardTag::Artist(text)) => (&mut tags.artist, text),
        Some(StandardTag::RecordingDate(text) | StandardTag::ReleaseDate(text)) => {
            (&mut tags.date, text)
        }
        Some(StandardTag::Performer(name)) => {
            let name = tidy(name);
            if !name.is_empty() && !tags.performers.contains(&name) {
                tags.performers.push(name);
            }
            return;
        }
        _ => return,
    };
    if field.is_empty() {
        *field = tidy(text);
    }
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
