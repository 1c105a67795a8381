//! Where a turn begins on a page of text: at a name before a colon, at the head of a block or
//! of a line inside one.
//!
//! A name that is not seen gives somebody's words to somebody else, and a sentence that is
//! taken for a name (« Résultat : rien ») makes somebody up. So the page as a whole decides:
//! a name that stands at two places is one; where nothing but its look speaks for it, the line
//! is listed, for a person to look at.

use super::Block;
use crate::formats::read::names::{label, strict_label};
use std::{collections::BTreeMap, fmt};

/// Words that begin sentences and are nobody's name, without what is elided.
const OPENING: &str = "
à ah ainsi alors après attendez au aujourd autrement aux avant avec bien bon bref c ça car ce
ceci cela certes ces cet cette chez comme comment dans demain depuis dernière deuxième
deuxièmement donc eh elle elles en encore enfin ensuite est et euh eux évidemment hier hop ici
il ils j je là leur leurs lui ma maintenant mais même mes moi mon n ne non nos notre nous oh on
or où oui par parce pareil parfois pendant plutôt pour pourquoi premièrement puis qu quand que
quel quelle quelles quels qui quoi s sa sans ses si sinon soit son sous sur surtout ta tes toi
ton toujours troisième troisièmement tu vers voici voilà vos votre vous vraiment
";

/// Words that announce what follows, and may be anything else.
const ANNOUNCING: &str = "
adresse anecdote attention autrefois avantage avis bilan but cause chiffre citation conclusion
conséquence constat contact courriel date définition différence durée émission enjeu épisode
exemple explication heure http https hypothèse idée inconvénient intervenant intervenante
intervenants invité invitée invités lien liens lieu licence mail morale moralité nb note
nouveauté numéro objectif objection parenthèse podcast précision preuve principe problème ps
question raison rappel référence références règle remarque réponse résultat résumé site solution
source sources sujet surprise téléphone thème titre total transcription url verdict
";

/// Words behind which somebody is quoted: « Le juge me répond : ».
const QUOTING: &str = "
affirme ajoute conclut déclare demande dis disait disant disent dit écrit explique note précise
raconte répète répond répondu suivant suivante suivantes suivants
";

/// A line of which it is not sure whether a turn begins with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubtfulLine {
    /// From 1.
    pub number: usize,
    /// What stands before its colon.
    pub name: String,
    /// What was made of it.
    pub opens: bool,
}

/// As a warning says it: `line 7: …`.
impl fmt::Display for DoubtfulLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DoubtfulLine { number, name, opens } = self;
        match opens {
            true => write!(f, "line {number}: `{name}` is taken for somebody who speaks"),
            false => write!(f, "line {number}: `{name} :` is taken for words, not for a name"),
        }
    }
}

/// Cuts `blocks` where turns begin inside them, and says of each whose talk begins with it.
///
/// A page of a single block has a turn a line, and what is above the first is a title or a
/// lead.
pub(super) fn part<'a>(blocks: Vec<Block<'a>>) -> (Vec<Block<'a>>, Vec<DoubtfulLine>) {
    let names = Names::of(&blocks);
    let is_alone = blocks.len() == 1;
    let mut doubtful = Vec::new();
    let mut parted = Vec::new();
    for block in blocks {
        let mut verdicts = Vec::with_capacity(block.lines.len());
        // Quotes that begin and do not end above a line.
        let mut n_open = 0_isize;
        for (at, line) in block.lines.iter().enumerate() {
            verdicts.push(match at {
                0 => names.at_head(line),
                _ => names.inside(n_open > 0, line),
            });
            let marks = |mark: char| line.matches(mark).count() as isize;
            n_open += marks('«') - marks('»');
        }
        let n_turns = verdicts.iter().filter(|verdict| verdict.opens).count();
        // In a dialogue of one line a turn nothing is doubtful.
        let is_dialogue = is_alone && n_turns > 1;
        let doubts = verdicts.iter().enumerate().filter(|(_, verdict)| verdict.is_doubtful);
        for (at, verdict) in doubts.filter(|_| !is_dialogue || n_turns < block.lines.len()) {
            let name = label(block.lines[at]).map_or("", |(name, _)| name).to_owned();
            doubtful.push(DoubtfulLine { number: block.number + at, name, opens: verdict.opens });
        }
        let begins = |at: usize| at > 0 && (verdicts[at].opens || is_dialogue);
        parted.extend(cut(block, begins).into_iter().map(|(at, block)| {
            let label = label(block.lines[0]).filter(|_| verdicts[at].opens);
            Block { label, ..block }
        }));
    }
    (parted, doubtful)
}

/// `block` cut before the lines at which a part `begins`; each part with the index of its
/// first line.
fn cut<'a>(block: Block<'a>, begins: impl Fn(usize) -> bool) -> Vec<(usize, Block<'a>)> {
    let Block { number, time, lines, empty, .. } = block;
    let mut parts: Vec<(usize, Block<'a>)> = Vec::new();
    for (at, line) in lines.into_iter().enumerate() {
        match parts.last_mut().filter(|_| !begins(at)) {
            Some((_, part)) => part.lines.push(line),
            None => {
                let part = Block {
                    number: number + at,
                    time: time.filter(|_| at == 0),
                    goes_on: at > 0,
                    lines: vec![line],
                    empty: (if at == 0 { empty.0 } else { 0 }, 0),
                    label: None,
                    heading: None,
                };
                parts.push((at, part));
            }
        }
    }
    if let Some((_, last)) = parts.last_mut() {
        last.empty.1 = empty.1;
    }
    parts
}

/// What is thought of a line that may begin with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Verdict {
    /// Whether a turn begins with it.
    opens: bool,
    is_doubtful: bool,
}

const OPENS: Verdict = Verdict { opens: true, is_doubtful: false };
const PERHAPS: Verdict = Verdict { opens: true, is_doubtful: true };
const HARDLY: Verdict = Verdict { opens: false, is_doubtful: true };
const TEXT: Verdict = Verdict { opens: false, is_doubtful: false };

/// How often what may be a name begins a line, and whether one of these heads a block.
#[derive(Default)]
struct Names {
    lines: BTreeMap<String, usize>,
    at_heads: BTreeMap<String, usize>,
}

impl Names {
    fn of(blocks: &[Block<'_>]) -> Names {
        let mut names = Names::default();
        for block in blocks {
            for (at, line) in block.lines.iter().enumerate() {
                let Some((name, _)) = label(line) else { continue };
                *names.lines.entry(key(name)).or_default() += 1;
                if at == 0 {
                    *names.at_heads.entry(key(name)).or_default() += 1;
                }
            }
        }
        names
    }

    /// Of a block's first line.
    fn at_head(&self, line: &str) -> Verdict {
        let Some((name, _)) = label(line) else { return TEXT };
        let is_strict = strict_label(line).is_some();
        match () {
            () if self.lines.get(&key(name)).is_some_and(|count| *count > 1) => OPENS,
            () if is_clock(line) || begins_sentence(name) => TEXT,
            () if is_announcing(name) || !is_strict && quotes(name) => HARDLY,
            () => OPENS,
        }
    }

    /// Of a line below the first of its block; `is_quoted`: a quote is open above it.
    fn inside(&self, is_quoted: bool, line: &str) -> Verdict {
        let Some((name, _)) = label(line) else { return TEXT };
        let key = key(name);
        let heads = self.at_heads.contains_key(&key);
        let is_repeated = self.lines.get(&key).is_some_and(|count| *count > 1);
        let is_strict = strict_label(line).is_some();
        match () {
            () if is_clock(line) => TEXT,
            // Said by somebody elsewhere.
            () if heads && is_repeated => OPENS,
            () if begins_sentence(name) => TEXT,
            () if !is_strict => match first_word(name).as_str() {
                // « Une auditrice : bonjour », « Une précision : … »
                "un" | "une" => HARDLY,
                _ => TEXT,
            },
            () if is_announcing(name) || is_quoted => HARDLY,
            () if is_repeated => OPENS,
            () => PERHAPS,
        }
    }
}

/// A name as it is compared: in lower case, whatever spaces are in it.
fn key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// `À 15 : 30`, `Score final 2 : 1`.
fn is_clock(line: &str) -> bool {
    label(line).is_some_and(|(name, said)| {
        name.ends_with(|c: char| c.is_ascii_digit())
            && said.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// The first word of `name`, in lower case, without what stands behind an apostrophe.
fn first_word(name: &str) -> String {
    let word = name.split_whitespace().next().unwrap_or_default().to_lowercase();
    word.split(['\'', '’']).next().unwrap_or_default().to_owned()
}

fn begins_sentence(name: &str) -> bool {
    is_among(OPENING, &first_word(name))
}

fn is_announcing(name: &str) -> bool {
    is_among(ANNOUNCING, &key(name))
}

fn quotes(name: &str) -> bool {
    name.split_whitespace().next_back().is_some_and(|last| is_among(QUOTING, last))
}

fn is_among(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::super::{read, tests::shown};

    #[test]
    fn a_name_at_the_head_of_a_line_opens_a_turn() {
        check(
            "Marie : Bonjour.\nJean : Oui.\n\nMarie : Et toi ?\nJean : Moi aussi.\n",
            "Marie: Bonjour. | Jean: Oui. | Marie: Et toi ? | Jean: Moi aussi.",
            &[],
        );
        check(
            "Marie : Bonjour.\nUn alinéa.\nJean : Oui.\nUn autre.\n\nJean : Non.\n",
            "Marie: Bonjour. / Un alinéa. | Jean: Oui. / Un autre. // Non.",
            &[],
        );
    }

    #[test]
    fn a_name_that_stands_nowhere_else_is_listed() {
        check(
            "Titre\n\nMarie : Bonjour.\nJean Le Gall : Oui.\n\nMarie : Bien.\n",
            "Marie: Bonjour. | Jean Le Gall: Oui. | Marie: Bien.",
            &["line 4: `Jean Le Gall` is taken for somebody who speaks"],
        );
    }

    #[test]
    fn somebody_without_a_name_opens_a_turn_where_they_do_elsewhere() {
        check(
            "Une auditrice : Bonjour.\nMarie : Oui.\nUne auditrice : Bien.\n\nMarie : Oui.\n",
            "Une auditrice: Bonjour. | Marie: Oui. | Une auditrice: Bien. | Marie: Oui.",
            &[],
        );
        check(
            "Marie : Oui.\nUne auditrice : Bonjour.\n\nMarie : Bien.\n",
            "Marie: Oui. / Une auditrice : Bonjour. // Bien.",
            &["line 2: `Une auditrice :` is taken for words, not for a name"],
        );
    }

    #[test]
    fn a_colon_inside_a_sentence_opens_nothing() {
        for line in [
            "Il a dit : oui, tout de suite.",
            "Autre point : rien.",
            "J’ai une question : pourquoi ?",
            "Voilà : c’est fini.",
            "Aujourd’hui : les brevets.",
            "À 15 : 30 on part.",
            "Score final 2 : 1 pour eux.",
            "Adresse mail: contact@exemple.fr",
            "Voir https://exemple.fr : tout y est.",
            "Deux choses à dire ici : un et deux.",
            "les Échos : un journal.",
        ] {
            let page = format!("Marie : Bonjour.\n{line}\n\nJean : Bien.\n");
            check(&page, &format!("Marie: Bonjour. / {line} | Jean: Bien."), &[]);
        }
    }

    #[test]
    fn a_word_that_announces_is_listed_and_opens_nothing() {
        check(
            "Marie : On a cherché.\nRésultat : rien.\n\nConclusion : on cherche.\n\nJean : Bien.\n",
            "Marie: On a cherché. / Résultat : rien. // Conclusion : on cherche. | Jean: Bien.",
            &[
                "line 2: `Résultat :` is taken for words, not for a name",
                "line 4: `Conclusion :` is taken for words, not for a name",
            ],
        );
    }

    #[test]
    fn questions_and_answers_have_no_other_names() {
        check(
            "Question : Pourquoi ?\n\nRéponse : Parce que.\n\nQuestion : Ah ?\n\nRéponse : Oui.\n",
            "Question: Pourquoi ? | Réponse: Parce que. | Question: Ah ? | Réponse: Oui.",
            &[],
        );
    }

    #[test]
    fn a_sentence_before_a_quote_is_nobody_at_the_head_of_a_block_either() {
        check(
            "Marie : Bonjour.\n\nIl a dit : « Non. »\n\nJean : Bien.\n",
            "Marie: Bonjour. // Il a dit : « Non. » | Jean: Bien.",
            &[],
        );
        check(
            "Marie : Bonjour.\n\nLe juge me répond : « Non. »\n\nJean : Bien.\n",
            "Marie: Bonjour. // Le juge me répond : « Non. » | Jean: Bien.",
            &["line 3: `Le juge me répond :` is taken for words, not for a name"],
        );
    }

    #[test]
    fn a_dialogue_that_is_quoted_belongs_to_who_quotes_it() {
        check(
            "Marie : Je lis : « On y va.\nPaul : Non. »\n\nJean : Bien.\n",
            "Marie: Je lis : « On y va. / Paul : Non. » | Jean: Bien.",
            &["line 2: `Paul :` is taken for words, not for a name"],
        );
    }

    #[test]
    fn a_page_without_blank_lines_has_a_turn_a_line() {
        check("Léa : Bonjour.\nTom : Oui.\n", "Léa: Bonjour. | Tom: Oui.", &[]);
        check(
            "Léa : Bonjour.\nEt puis.\nTom : Oui.\n",
            "Léa: Bonjour. // Et puis. | Tom: Oui.",
            &["line 3: `Tom` is taken for somebody who speaks"],
        );
    }

    #[test]
    fn a_time_at_the_head_of_a_line_opens_a_block() {
        let page = "[00:00:04] Léa : Un deux.\n[00:00:06] Tom : Oui.\n\n[00:00:09] Non.\n";
        check(page, "Léa: Un deux. | Tom: Oui. // Non.", &[]);
        let starts = starts(page);
        assert_eq!(starts, [4_000, 6_000, 9_000]);
    }

    #[test]
    fn who_goes_on_in_a_block_shares_its_time() {
        let page = "[00:00:04] Léa : Un deux.\nTom : Oui oui.\n\n[00:00:06] Léa : Non.\n";
        check(
            page,
            "Léa: Un deux. | Tom: Oui oui. | Léa: Non.",
            &["line 2: `Tom` is taken for somebody who speaks"],
        );
        assert_eq!(starts(page), [4_000, 5_000, 6_000]);
    }

    fn starts(page: &str) -> Vec<u64> {
        let (transcript, _) = read(page).unwrap();
        assert!(transcript.is_timed);
        transcript.segments.iter().map(|segment| segment.span.start().as_millis()).collect()
    }

    /// Turns parted by `|`, blocks by `//`, lines by `/`.
    #[track_caller]
    fn check(page: &str, expected: &str, expected_doubts: &[&str]) {
        let (transcript, doubtful) = read(page).unwrap();
        let shown = shown(&transcript).trim_end().replace("\u{a0}: ", ": ");
        let mut turns = String::new();
        let mut names = transcript.names();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for (at, block) in shown.split("\n\n").enumerate() {
            let begins = names.iter().any(|name| block.starts_with(&format!("{name}: ")));
            turns += if at == 0 {
                ""
            } else if begins {
                " | "
            } else {
                " // "
            };
            turns += &block.replace('\n', " / ");
        }
        assert_eq!(turns.replace('\u{a0}', " "), expected, "{page}");
        let doubts: Vec<String> = doubtful.iter().map(ToString::to_string).collect();
        assert_eq!(doubts, expected_doubts, "{page}");
    }
}
