//! What the documents take for granted: sound, feeds, an archive, references.

use super::text;
use crate::{
    desk::{noise, put},
    server::{Reply, Server},
};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;

/// `voixoff` with scripted engines, and in the archive one person by her name; a run that watches is
/// stopped once it waits.
const SHELL: &str = r#"
voixoff() {
    case "$1 $2" in
    transcribe*|align*|*.mp3*|"- "*|diarize*|"voices enroll"|"voices match"|"voices learn")
        set -- "$@" --scripted script.json --threads 1 --progress none ;;
    esac
    case "$*" in
    *--voices*) ;;
    *"--out archive"*) set -- "$@" --voices chloé.toml ;;
    esac
    case "$*" in *--watch*) ;; *) "$VOIXOFF" "$@"; return ;; esac
    "$VOIXOFF" "$@" 2>told &
    for try in $(seq 300); do grep -q '^waiting ' told && break; sleep 0.1; done
    kill -TERM $!
    wait $!
    [ $? -eq 130 ] || { cat told >&2; return 1; }
}
"#;

/// A folder with everything that the documents name, and a server with what they address.
pub(super) struct World {
    folder: TempDir,
    server: Server,
}

impl World {
    pub(super) fn new(has_show: bool) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sound = |seconds: i64| {
            let file = tempfile::NamedTempFile::new().expect("a temporary file");
            noise(file.path(), seconds);
            fs::read(file.path()).expect("readable")
        };
        let feed = text("tests/data/archive/flux.xml");
        let (first, second, alone) = (sound(4), sound(8), sound(5));
        let server = Server::start(move |request, address| match request.path.as_str() {
            "/flux.xml" => Reply::ok(feed.replace("http://127.0.0.1:8931", address)),
            "/a.wav" => Reply::ok(first.clone()),
            "/b.wav" => Reply::ok(second.clone()),
            _ if request.path.ends_with("pisode.mp3") => Reply::ok(alone.clone()),
            _ => Reply::new("404 Not Found", ""),
        });
        let world = World { folder, server };
        let said = "Bonjour à tous, un logiciel libre est un bien commun.";
        let script = serde_json::json!({
            "regions_ms": [[0, 12000]], "voices_ms": [[0, 0, 12000]], "texts": vec![said; 4],
        });
        world.put("script.json", &script.to_string());
        world.put("liste.txt", "son\n");
        world.put(
            "flux.xml",
            &text("tests/data/archive/flux.xml")
                .replace("http://127.0.0.1:8931", &world.server.address),
        );
        world.put("page.txt", "Titre\n\nLéa : Bonjour à tous.\n\nAlain : Merci.\n");
        for name in ["page.html", "textes/un.txt", "textes/deux.txt"] {
            world.put(name, &format!("Titre\n\nLéa : {said}\n"));
        }
        world.put("sous-titres.vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Léa>Bonjour.\n");
        world.put(
            "suite.toml",
            "options = [\"--scripted\", \"script.json\", \"--threads\", \"1\"]\n\n\
             [[episode]]\nsound = \"épisode.mp3\"\nreference = \"référence.txt\"\n",
        );
        fs::create_dir(world.path("son")).expect("created");
        let sounds = [("épisode.mp3", 12), ("autre.mp3", 3), ("alain.wav", 7)];
        for (name, seconds) in sounds.into_iter().chain([("son/un.mp3", 4), ("son/deux.mp3", 6)]) {
            noise(&world.path(name), seconds);
        }
        world.prepare(has_show);
        world
    }

    /// What earlier commands would have left.
    fn prepare(&self, has_show: bool) {
        for command in [
            "voixoff voices enroll 'Chloé Martin' alain.wav --voices chloé.toml",
            "voixoff transcribe épisode.mp3",
            "voixoff transcribe son flux.xml --out archive --format json,vtt --voices chloé.toml",
            "voixoff diarize épisode.mp3 > épisode.rttm && cp épisode.rttm référence.rttm",
            "cp épisode.txt référence.txt && mkdir références transcripts",
            "cp épisode.txt références && cp épisode.json transcripts",
        ] {
            let run = self.run(command);
            assert!(run.status.success(), "{command}: {}", String::from_utf8_lossy(&run.stderr));
        }
        if has_show {
            self.put("show.toml", &text("tests/data/archive/show.toml"));
        }
    }

    /// What `command` does, as a shell reads it; what it addresses is on this machine.
    pub(super) fn run(&self, command: &str) -> Output {
        let here = ["flux.xml", "épisode.mp3"].into_iter().fold(command.to_owned(), |all, name| {
            let address = format!("{}/{name}", self.server.address);
            all.replace(&format!("https://example.org/{name}"), &address)
        });
        let mut shell = Command::new("sh");
        shell.env("VOIXOFF_LANG", "en").env("VOIXOFF", assert_cmd::cargo::cargo_bin("voixoff"));
        shell.current_dir(self.folder.path()).arg("-c").arg(format!("{SHELL}\n{here}"));
        shell.output().expect("a shell")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, content: &str) {
        put(self.folder.path(), name, content);
    }
}
