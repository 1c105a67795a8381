//! The most common words of French, which no rule may take for a name or a misspelt one.
//!
//! Also what the words of two paragraphs have in common without being about the same thing.

use crate::base::french::{CLITICS, DETERMINERS, OPENERS};
use std::{collections::HashSet, sync::LazyLock};

/// Lower case, with their accents, elided words without their apostrophe.
const COMMON: &str = "
a à ah ai aie aient ailleurs aime aimé aimer ainsi air ait aller allez allons alors ami amis amour an ancien
année années ans appel appelé appeler appelle apporte apprendre après arrive arrivé arriver as assez attend
attendre attention au aucun aucune aujourd'hui aura aurait aussi autant autour autre autrement autres aux avaient
avais avait avant avec avez aviez avions avoir avons ayant bah bas base beau beaucoup bel belle belles ben bien bientôt
blanc bleu bois bon bonjour bonne bonnes bons bonsoir bord bouche bout bras bruit bureau but c ça car cas cause ce ceci
cela celle celles celui cent centre cependant certain certaine certaines certains ces cet cette ceux chacun chacune
chambre champ chance change changé changer chaque charge chaud chef chemin cher chercher cheval cheveux chez
chien choix chose choses ciel cinq clair claire classe client clients cœur coin combien comme commence commencé commencer
comment commun commune comprend comprendre compris compte compter connaît connaître contenu content continue
continuer contraire contre corps côté couleur coup cour courant cours court crois croire croit d d'abord d'accord
dans date de debout début déjà demain demande demandé demander depuis dernier dernière derniers derrière des dès
descendre désormais dessous dessus deux deuxième devait devant devenir devenu devient devoir devra devrait dire
dis disait disant dit dites dix doigt dois doit doivent donc donne donné donner dont dos doute doux droit droite
droits du dû dur durant e eau effet également eh elle elles empêche en encore endroit enfant enfants enfin ensemble
ensuite entend entendre entendu entier entre entrée entrer envie environ es esprit essayer est et étaient étais
était étant état été être étude eu euh eut eux exactement exemple existe expliquer eût face façon faire fais
faisait faisant fait faites fallait famille faut faute femme femmes fenêtre fer feront feu fille filles fils fin
finalement finir fois font force forme fort forte fournir français française frère froid front fut g garçon garde
garder gauche général genre gens gouvernement grand grande grandes grands gros groupe guerre h habitude haut hein
heure heures heureux hier histoire homme hommes hors huit hum ici idée idées il ils image important importe
impossible information informations intérêt j jamais jardin je jeu jeune jeunes jour journée jours juin jusqu
jusque juste justement k l la là là-bas laisse laissé laisser langue laquelle le lequel les lesquelles lesquels
lettre leur leurs libre libres lieu ligne lire lit livre livres logiciel logiciels loi loin long longtemps lorsque lui lumière
lundi m ma madame mai main mains maintenant mais maison mal malgré manière marche marché marcher mardi mari mars
matin mauvais me meilleur même mêmes mer merci mère mes messieurs met mètres mettre midi mien mieux milieu
mille million millions mis mise mm mmh modèle moi moins mois moment mon monde monsieur montrer mort mot mots mur n
national ne nécessaire neuf ni noir nom nombre nombreux non nord nos notre nous nouveau nouveaux nouvel nouvelle
nouvelles nuit numéro o objet octobre œil œuvre on ont onze or ordre os ou où oublier ouais oui ouvert ouverte ouvrir
page papier par paraît parce pareil parents parfois parle parlé parler parmi parole part partie partir partout
pas passe passé passer pauvre payer pays peine pendant pense pensé penser perdre perdu père permet permettre personne
personnes petit petite petites petits peu peur peut peut-être peuvent peux pièce pied pieds pierre place plaisir plan
plein pleine plupart plus plusieurs plutôt point politique porte porter pose possible pour pourquoi pourra
pourrait pourtant pouvait pouvez pouvoir pouvons pratique premier première premiers prend prendre près présent
presque pris prix problème problèmes prochain produit profond projet projets propos propre pu public puis puisque q
qu qualité quand quant quarante quatre que quel quelle quelles quelqu'un quelque quelques quels question
questions qui quinze quitter quoi raison rapport recevoir reçu regard regarde regarder rendre rentrer répond
répondre réponse reste resté rester résultat retour retrouve retrouver réseau revenir revient rien rose rouge route rue s sa
sais sait salle samedi sang sans santé sauf saurait savait savez savoir savons se second seconde secret sécurité sein
sel semaine semble sens sent sentiment sentir sept septembre sera serait seront sert service services ses seul seule
seulement si siècle sien signe simple simplement sinon site situation six société soi soir soit soixante
soleil solution sommes son sont sorte sortes sortir souvent sous souvenir soyez sud suis suit suite suivant
suivre sujet sûr surtout sur système t ta table tandis tant tard te tel telle telles tellement tels temps tendre tenir
terme terre tes tête texte tiens tient titre toi tomber ton tôt toujours tour tous tout toute toutes train
traite travail travailler travaux travers treize trente très trois troisième trop trouve trouvé trouver tu tue type u un une
unique utilise utiliser va vais valeur vas vendredi venir vent venu verre vers veulent veut veux vie vieille vieux
vient viens ville vingt visage vite vivant vivre voici voie voient voilà voir vois voit voix vont vos votre
voudrais voudrait vouloir voulu vous voyage voyez vrai vraie vraiment vu vue w x y yeux z zéro
";

/// Other words than [`DETERMINERS`], [`CLITICS`] and [`OPENERS`] that only join words and are
/// nobody's name. Of the verbs that help not all: « A » and « Es » may be a letter or a name.
const JOINING: &str = "
ai aie ainsi alors après as aucun aucune aussi autre autres avaient avais avait avant avez avoir avons c ça ceci
cela celle celles celui ceux chaque d depuis encore entre est étaient étais était étant été être eu eux j jusqu l
là lui même moi moins n ont pas pendant peu plus plusieurs pourquoi puis qu quoi s sera serait sinon soi sommes
sont suis t tandis toi tous tout toute toutes très
";

/// Whether `word`, in lower case, only joins others: articles, pronouns, prepositions,
/// conjunctions, the verbs that help.
pub(crate) fn is_grammatical(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| grammatical().collect());
    WORDS.contains(word)
}

fn grammatical() -> impl Iterator<Item = &'static str> {
    let listed = DETERMINERS.iter().chain(&CLITICS).chain(&OPENERS).copied();
    listed.chain(JOINING.split_whitespace())
}

/// Whether `word`, in lower case, is common.
pub(crate) fn is_common(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.split_whitespace().collect());
    WORDS.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_known_and_names_are_not() {
        for (word, expected) in [("pierre", true), ("être", true), ("april", false), ("sec", false)]
        {
            assert_eq!(is_common(word), expected, "{word}");
        }
    }

    #[test]
    fn words_that_join_others_are_common() {
        for word in grammatical() {
            assert!(is_common(word), "{word}");
        }
    }
}
