//! Who is the voix off, the host, a guest: small episodes, and what must come of them.

use voixoff::{
    base::{
        show::{Person, Show},
        speech::{Diarization, Embedding, Role, SpeakerId, Turn, Voice, Word},
        time::{Span, Time},
        transcript::{About, Opening, Segment},
    },
    speakers::roles::{Evidence, roles},
};

const QUIET: u8 = 60;
const MUSIC: u8 = 30;
const SPEECH: u8 = 22;

#[test]
fn a_sentence_over_a_jingle_at_the_opening_is_the_voix_off() {
    let named = Stage::new()
        .sound(MUSIC, 4)
        .says(0, 5, "Les voix du numérique, avec Alain Garnier.")
        .sound(MUSIC, 3)
        .says(1, 20, "Bonjour à toutes et à tous, bienvenue dans notre émission.")
        .sound(QUIET, 1)
        .says(2, 20, "Merci de votre invitation.")
        .sound(QUIET, 1)
        .says(1, 9, "Et pourquoi ?")
        .names();
    assert_eq!(named, ["Voix off voix-off", "Alain Garnier host", "Intervenant 1 guest"]);
}

#[test]
fn without_music_nobody_is_called_voix_off() {
    let named = Stage::new()
        .says(0, 5, "Les voix du numérique.")
        .sound(QUIET, 3)
        .says(1, 20, "Oui, tout à fait.")
        .sound(QUIET, 1)
        .says(2, 20, "Merci de votre invitation.")
        .names();
    assert_eq!(named, ["Intervenant 1 ?", "Intervenant 2 ?", "Intervenant 3 ?"]);
}

#[test]
fn who_talks_with_others_is_not_the_voix_off_whatever_plays() {
    let named = Stage::new()
        .says(0, 3, "Vous êtes prêts ?")
        .sound(MUSIC, 1)
        .says(1, 20, "Oui, tout à fait.")
        .says(0, 3, "Alors allons-y.")
        .says(1, 20, "Voilà.")
        .sound(MUSIC, 3)
        .names();
    assert_eq!(named, ["Intervenant 1 ?", "Intervenant 2 ?"]);
}

#[test]
fn music_under_everybody_marks_nobody() {
    let named = Stage::new()
        .sound(MUSIC, 2)
        .says(0, 4, "Première partie.")
        .sound(MUSIC, 3)
        .says(1, 30, "Oui, tout à fait.")
        .sound(MUSIC, 3)
        .says(2, 20, "Voilà.")
        .sound(MUSIC, 3)
        .names();
    assert_eq!(named, ["Intervenant 1 ?", "Intervenant 2 ?", "Intervenant 3 ?"]);
}

#[test]
fn a_sentence_of_the_profile_marks_the_voix_off_without_music() {
    let boilerplate = vec!["Bonjour les spotters, l'actualité du numérique.".to_owned()];
    let show = Show { boilerplate, ..Show::default() };
    let named = Stage::new()
        .says(0, 5, "Bonjour les spotteurs, l'actualité du numérique avec Alain Garnier.")
        .sound(QUIET, 1)
        .says(1, 50, "Voilà une lâcheté.")
        .named_by(&show, &[]);
    assert_eq!(named, ["Voix off voix-off", "Alain Garnier ?"]);
}

#[test]
fn an_enrolled_voice_has_its_name_and_its_role() {
    let host = Person { name: "Alain Garnier".to_owned(), role: Some(Role::Host) };
    let show = Show { people: vec![host], ..Show::default() };
    let known = [None, Some(("Alain Garnier".to_owned(), 0.8))];
    let named = Stage::new().says(0, 20, "Oui.").says(1, 20, "Voilà.").named_by(&show, &known);
    assert_eq!(named, ["Intervenant 1 guest", "Alain Garnier host"]);
}

#[test]
fn the_only_host_of_a_show_is_named_when_the_signs_are_many() {
    let host = Person { name: "Alain Garnier".to_owned(), role: Some(Role::Host) };
    let show = Show { people: vec![host.clone()], ..Show::default() };
    let stage = || {
        Stage::new()
            .says(0, 20, "Bonjour à toutes et à tous, bienvenue dans notre émission.")
            .says(1, 20, "Merci.")
            .says(0, 20, "Vous écoutez Les voix du numérique.")
    };
    assert_eq!(stage().named_by(&show, &[]), ["Alain Garnier host", "Intervenant 1 guest"]);
    let other = Person { name: "Valentin".to_owned(), ..host.clone() };
    let two = Show { people: vec![host, other], ..Show::default() };
    assert_eq!(stage().named_by(&two, &[]), ["Intervenant 1 host", "Intervenant 2 guest"]);
}

/// A guest who is received, and called by her first name.
fn interview() -> Stage {
    Stage::new()
        .says(0, 20, "Bonjour à toutes et à tous. Nous recevons Zoé Lambert, qui est luthière.")
        .says(1, 20, "Bonjour Hugo, et merci de votre invitation.")
        .says(0, 20, "Zoé Lambert, vous avez commencé à Mirecourt ?")
        .says(1, 20, "Oui.")
}

#[test]
fn a_voice_that_is_known_has_its_name_whatever_is_said() {
    let known = [None, Some(("Ana Ruiz".to_owned(), 0.8))];
    let named = interview().named_by(&Show::default(), &known);
    assert_eq!(named, ["Intervenant 1 host", "Ana Ruiz guest"]);
    let known = [Some(("Zoé Lambert".to_owned(), 0.8)), None];
    let named = interview().named_by(&Show::default(), &known);
    assert_eq!(named, ["Zoé Lambert host", "Intervenant 1 guest"]);
}

#[test]
fn what_is_said_counts_more_than_the_only_host_of_the_profile() {
    let host = Person { name: "Hugo Petit".to_owned(), role: Some(Role::Host) };
    let show = Show { people: vec![host], ..Show::default() };
    let stand_in = Stage::new()
        .says(0, 20, "Bonjour à tous, bienvenue dans notre émission. Je suis Ana Ruiz.")
        .says(1, 20, "Merci.")
        .says(0, 20, "Vous écoutez Les voix du numérique.")
        .named_by(&show, &[]);
    assert_eq!(stand_in, ["Ana Ruiz host", "Intervenant 1 guest"]);
    let named = interview().named_by(&show, &[]);
    assert_eq!(named, ["Hugo Petit host", "Zoé Lambert guest"], "spelt as the profile has it");
}

#[test]
fn a_first_name_alone_names_where_it_is_asked_for() {
    let show = Show::default();
    assert_eq!(interview().named_by(&show, &[]), ["Intervenant 1 host", "Zoé Lambert guest"]);
    assert_eq!(interview().called_by(&show, &[], true), ["Hugo host", "Zoé Lambert guest"]);
}

#[test]
fn signs_that_are_divided_name_no_host() {
    let named = Stage::new()
        .says(0, 20, "Bonjour à toutes et à tous.")
        .says(1, 20, "Bonjour à toutes et à tous.")
        .names();
    assert_eq!(named, ["Intervenant 1 ?", "Intervenant 2 ?"]);
}

/// An episode, second by second.
#[derive(Default)]
struct Stage {
    seconds: u64,
    levels_db: Vec<u8>,
    turns: Vec<Turn>,
    segments: Vec<Segment>,
}

impl Stage {
    fn new() -> Stage {
        Stage::default()
    }

    fn sound(mut self, level_db: u8, seconds: u64) -> Stage {
        self.levels_db.extend(vec![level_db; 10 * seconds as usize]);
        self.seconds += seconds;
        self
    }

    fn says(mut self, speaker: u16, seconds: u64, text: &str) -> Stage {
        let time = |seconds| Time::from_millis(seconds * 1_000);
        let span = Span::new(time(self.seconds), time(self.seconds + seconds)).expect("not empty");
        let speaker = SpeakerId(speaker);
        self.turns.push(Turn::new(speaker, span));
        let words = text.split(' ').map(|text| Word::new(text, span, Some(1.0)));
        let words = words.collect();
        self.segments.push(Segment {
            speaker: Some(speaker),
            guess: None,
            span,
            words,
            doubt: None,
            opens: Opening::Nothing,
            language: Default::default(),
        });
        self.sound(SPEECH, seconds)
    }

    fn names(self) -> Vec<String> {
        self.named_by(&Show::default(), &[])
    }

    /// Each speaker's name and role.
    fn named_by(self, show: &Show, known: &[Option<(String, f32)>]) -> Vec<String> {
        self.called_by(show, known, false)
    }

    /// The same, perhaps with first names alone.
    fn called_by(
        self,
        show: &Show,
        known: &[Option<(String, f32)>],
        first_names: bool,
    ) -> Vec<String> {
        let n_speakers = self.turns.iter().map(|turn| turn.speaker.0 + 1).max().unwrap_or(0);
        let voice = |id: u16| Voice {
            speaker: SpeakerId(id),
            embedding: Embedding::new(vec![1.0, f32::from(id)]).expect("a direction"),
            speech: Time::from_millis(5_000),
        };
        let diarization = Diarization {
            turns: self.turns,
            voices: (0..n_speakers).map(voice).collect(),
            parts: Vec::new(),
        };
        let roles = roles(&Evidence {
            segments: &self.segments,
            diarization: &diarization,
            levels_db: &self.levels_db,
            show,
            known,
            about: &About::default(),
            names: &[],
            gallery: &[],
            first_names,
        });
        let role = |role: Option<Role>| role.map_or("?", Role::name);
        roles.speakers.iter().map(|s| format!("{} {}", s.name, role(s.role))).collect()
    }
}
