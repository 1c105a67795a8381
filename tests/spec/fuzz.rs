//! Damage without end: files of every kind that is read, spoilt at random, until somebody has seen
//! enough.
//!
//! Run by hand: `VOIXOFF_FUZZ_CASES=20000 VOIXOFF_FUZZ_SEED=7 cargo test --test spec -- --ignored
//! --nocapture --test-threads 1 fuzz`. A case depends on the seed and its number alone: with
//! `VOIXOFF_FUZZ_FIRST=N` it is tried again. What fails is kept in the temporary folder.

use crate::{
    audio::{FORMATS, Random, heard, sample, write},
    desk::wav,
    hostile::PIECES,
    lengths::{Said, Table, aiff, caf, caf_of_aac},
    long::transcript,
    strangers::USUAL,
};
use std::{
    collections::BTreeMap,
    env, fs,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::LazyLock,
    time::{Duration, Instant},
};
use voixoff::{
    audio::{extension, identify, probe_length},
    base::{progress::Cancel, samples::Samples, time::Time},
    formats::{self, Format, RenderSettings},
    net::feed::Feed,
};

/// What a case may take, and all of them together in memory.
const SLOWEST: Duration = Duration::from_secs(5);
const MEMORY_KB: u64 = 300_000;

#[test]
#[ignore = "as long as somebody wants; by hand"]
fn fuzz_sound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let seen = fuzz(&sounds(), "", |name, bytes| {
        let path = write(folder.path(), name, bytes);
        let cancel = Cancel::default();
        match heard(&path) {
            Ok(decoded) => {
                let length = decoded.pcm.length();
                assert!(length < Time::from_millis(1_000_000), "{length} of sound");
                let _ = (identify(&path, &cancel), probe_length(&path, &cancel));
                assert!(extension(&path, &cancel).is_ok());
            }
            Err(error) => assert!(error.to_string().contains(name), "{error}"),
        }
    });
    println!("{seen}");
}

#[test]
#[ignore = "as long as somebody wants; by hand"]
fn fuzz_readers() {
    let seen = fuzz(&pages(), "\n", |name, bytes| {
        let _ = formats::read(bytes, name);
    });
    println!("{seen}");
}

#[test]
#[ignore = "as long as somebody wants; by hand"]
fn fuzz_feeds() {
    let feeds = [("flux.xml".to_owned(), USUAL.as_bytes().to_vec())];
    let seen = fuzz(&feeds, "<item>", |_, bytes| {
        let _ = Feed::parse(bytes, "https://exemple.fr/a/flux.xml");
    });
    println!("{seen}");
}

/// Spoils each of `files` in turn and hands it to `read`; says what it has seen.
#[track_caller]
fn fuzz(files: &[(String, Vec<u8>)], piece: &str, read: impl Fn(&str, &[u8])) -> String {
    let number = |name: &str, otherwise: u64| {
        env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (n_cases, seed) = (number("VOIXOFF_FUZZ_CASES", 1_000), number("VOIXOFF_FUZZ_SEED", 1));
    let first = number("VOIXOFF_FUZZ_FIRST", 0);
    let mut n_of_kind: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut slowest, mut n_bytes) = ((Duration::ZERO, 0, ""), 0);
    for case in first..first + n_cases {
        let mut random = Random(seed.wrapping_mul(0x1_0000_0000).wrapping_add(case));
        let (name, intact) = &files[case as usize % files.len()];
        let mut bytes = intact.clone();
        for _ in 0..=random.below(3) {
            spoil(&mut bytes, intact, piece, &mut random);
        }
        n_bytes += bytes.len();
        let begun = busy();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| read(name, &bytes)));
        let took = busy().saturating_sub(begun);
        if outcome.is_err() || took >= SLOWEST {
            let kept = write(&env::temp_dir(), &format!("voixoff-{seed}-{case}-{name}"), &bytes);
            panic!("case {case} of seed {seed}, {took:?}: {}", kept.display());
        }
        slowest = slowest.max((took, case, name));
        *n_of_kind.entry(name).or_default() += 1;
    }
    let memory_kb = memory_kb();
    assert!(memory_kb < MEMORY_KB, "{memory_kb} kB");
    format!(
        "{n_cases} cases of seed {seed}, {n_bytes} bytes: {n_of_kind:?}\nslowest {slowest:?}, \
         at most {memory_kb} kB"
    )
}

/// Damages `bytes` in one way; what is put there comes from `other`, or is `piece` many times.
fn spoil(bytes: &mut Vec<u8>, other: &[u8], piece: &str, random: &mut Random) {
    const EXTREMES: [u64; 9] =
        [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0x8000_0000, u32::MAX as u64, i64::MAX as u64, u64::MAX];
    // Half of the damage in the head, where lengths are.
    let reach = [bytes.len(), bytes.len().min(600)][random.below(2)];
    let start = random.below(reach);
    let length = random.below((bytes.len() - start).min(3_000) + 1);
    let range = start..start + length;
    match random.below(10) {
        0 => bytes.truncate(start),
        1 => drop(bytes.drain(range)),
        2 => bytes[range].fill(0),
        3 => bytes[range].fill_with(|| random.below(256) as u8),
        4 => {
            let block = bytes[range].to_vec().repeat(1 + random.below(20));
            drop(bytes.splice(start..start, block));
        }
        5 => {
            let width = [1, 2, 4, 8][random.below(4)].min(bytes.len() - start);
            let extreme = EXTREMES[random.below(EXTREMES.len())];
            let there = &mut bytes[start..start + width];
            match random.below(2) {
                0 => there.copy_from_slice(&extreme.to_le_bytes()[..width]),
                _ => there.copy_from_slice(&extreme.to_be_bytes()[8 - width..]),
            }
        }
        6 => {
            let to = random.below(bytes.len() - length + 1);
            let block: Vec<u8> = bytes.drain(range).collect();
            drop(bytes.splice(to..to, block));
        }
        7 => {
            let from = random.below(other.len());
            let block = other[from..(from + length).min(other.len())].to_vec();
            drop(bytes.splice(range, block));
        }
        8 if !piece.is_empty() => {
            let put = PIECES[random.below(PIECES.len())];
            let times = [1, 3, 1_000, 100_000 / put.len().max(1)][random.below(4)];
            let put = [put.repeat(times), piece.repeat(random.below(2))].concat();
            drop(bytes.splice(start..start, put.into_bytes()));
        }
        _ => {
            for _ in 0..=random.below(8) {
                let place = random.below(reach);
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    if bytes.is_empty() {
        bytes.push(random.below(256) as u8);
    }
}

/// A short file of every container.
fn sounds() -> Vec<(String, Vec<u8>)> {
    let tone: Vec<i16> = (0..16_000).map(|i| (i % 101 * 50) as i16).collect();
    let plain = wav(16_000, 1, &tone);
    let adts = fs::read(sample("aac-adts.aac")).expect("a sample");
    let mut rf64 = [b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0", &[0; 8][..]].concat();
    rf64.extend(32_000_u64.to_le_bytes());
    rf64.extend([0; 12]);
    rf64.extend([&plain[12..36], b"data\xff\xff\xff\xff", &plain[44..]].concat());
    let list = b"LIST\x1a\0\0\0INFOINAM\x0e\0\0\0Le titre long\0";
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("rf64.wav".into(), rf64),
        ("list.wav".into(), [&plain[..36], list, &plain[36..]].concat()),
        ("un.aiff".into(), aiff(&tone, 16_000, 32_008)),
        ("un.caf".into(), caf(&tone, 32_004)),
        ("flux.caf".into(), caf(&tone, -1)),
        ("aac.caf".into(), caf_of_aac(&adts, Table::Before)),
        ("aac-2.caf".into(), caf_of_aac(&adts, Table::Behind(Said::Rightly))),
    ];
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let read = |folder: &str, name: &str| {
        (name.to_owned(), fs::read(data.join(folder).join(name)).expect(name))
    };
    files.extend(FORMATS.iter().map(|(name, ..)| read("audio", name)));
    let chapters = ["chapitres.mp3", "chapitres.m4a", "chapitres.opus"];
    files.extend(chapters.map(|name| read("chapters", name)));
    files.push(read("audio", "video-only.mp4"));
    files
}

/// A short file of every format that is written, and of others that are read.
fn pages() -> Vec<(String, Vec<u8>)> {
    const OTHERS: [(&str, &str); 5] = [
        (
            "whisper.json",
            r#"{"language":"fr","segments":[{"start":0.0,"end":2.0,"text":" L'été ? Oui.","words":[
            {"word":" L","start":0.1,"end":0.2,"probability":0.5},{"word":" Oui.","end":1.5}]}]}"#,
        ),
        (
            "cpp.json",
            r#"{"result":{"language":"fr"},"transcription":[{"timestamps":{"from":"00:00:01,000",
            "to":"00:00:03,000"},"offsets":{"from":1000,"to":3000},"text":" Ça va.","tokens":[
            {"text":" Ça","offsets":{"from":1000,"to":1300},"p":0.7},{"text":" va.","p":0.5}]}]}"#,
        ),
        (
            "un.vtt",
            "WEBVTT\n\nNOTE a\n\n1\n00:01.000 --> 00:02.000 line:0\n<v Léa>Oui <i>non</i>.\n",
        ),
        ("un.srt", "1\n00:00:01,000 --> 00:00:02,000\n<font color=\"a\">Léa : oui</font>\n\n"),
        (
            "un.ttml",
            "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p begin='1s' end='2s'>\
            <span tts:color='red'>Oui</span><br/>non</p></div></body></tt>",
        ),
    ];
    let transcript = transcript(60, 3, 4);
    let written = |format: Format| {
        let settings = RenderSettings { name: "un", ..RenderSettings::default() };
        (format!("un.{}", format.extension()), format.render(&transcript, &settings))
    };
    let others = OTHERS.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    Format::ALL.into_iter().map(written).chain(others).collect()
}

/// How long this thread has run, whoever else the processor works for; only its own time counts.
fn busy() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Where the system does not say that.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The most memory that this process has had, in kB; 0 where the system does not say.
fn memory_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
