//! Words around a name that are a cue, folded as tokens are: an apostrophe is a space.

/// Phrases, each between bars.
pub(super) type Phrases = &'static str;

/// The words of each of `phrases`.
pub(super) fn words(phrases: Phrases) -> impl Iterator<Item = Vec<&'static str>> {
    phrases.split('|').map(|phrase| phrase.split_whitespace().collect())
}

/// Right before a name: the one who speaks.
pub(super) const OWN: Phrases = "\
    je suis | je m appelle | moi c est | mon nom est | mon nom c est | ici | c est moi | \
    vous etes au micro de | vous etes au micro d | vous etes avec | et moi | moi je suis";

/// Before a name, some words between: a guest.
pub(super) const RECEIVED: Phrases = "\
    nous recevons | je recois | on recoit | nous accueillons | j accueille | on accueille | \
    notre invite | notre invitee | mon invite | mon invitee | l invite | l invitee | une invitee | \
    un invite | nos invites | de recevoir | d accueillir | recevoir aujourd hui | avec nous | \
    avec moi | a mes cotes | a nos cotes | en compagnie de | en compagnie d | au telephone | \
    par telephone | en ligne | nous sommes avec | on est avec | je suis avec | parler avec | \
    en parle avec | en parlons avec | discuter avec | en discute avec | debattre avec | \
    echanger avec | a ma gauche | a ma droite | face a vous | au micro aujourd hui | a mon micro | \
    en studio | sur ce plateau | en duplex | nous rejoint | c est avec | c est donc | \
    s entretient avec | entretien avec | conversation avec | dialogue avec | je vous presente";

/// Right behind the name of a guest.
pub(super) const RECEIVED_AFTER: Phrases = "\
    est avec nous | est notre invite | est notre invitee | est mon invite | est mon invitee | \
    est l invite | est l invitee | est dans ce studio | est a mes cotes | nous rejoint | \
    est au telephone | est en ligne | est l invite du jour | nous a rejoints | nous a rejoint | \
    que je recois | que nous recevons | que j ai le plaisir";

/// Right before a name, where nobody tells a story: who is heard next.
pub(super) const ANNOUNCED: Phrases = "\
    avec | presente par | presentee par | anime par | animee par | propose par | proposee par | \
    raconte par | racontee par | emission de | emission d | podcast de | podcast d | lu par | \
    lue par | dit par | reportage de | reportage d | chronique de | chronique d | billet de | \
    billet d | explications de | explications d | precisions de | precisions d | compte rendu de | \
    compte rendu d | recit de | recit d | temoignage de | temoignage d | analyse de | analyse d";

/// Before a name, a word or two between: who is given the floor.
pub(super) const FLOOR: Phrases = "\
    la parole a | la parole est a | parole est maintenant a | parole a maintenant a | on ecoute | \
    ecoutons | on retrouve | retrouvons | on rejoint | rejoignons | place a | a vous | a toi | \
    c est a vous | laisse avec | la suite avec | le micro a | c est au tour de | c est au tour d | \
    correspondant | correspondante | envoye special | envoyee speciale | notre reporter";

/// Right before the name of who is thanked.
pub(super) const THANKED: Phrases = "\
    merci | merci a | merci beaucoup | merci beaucoup a | merci encore | merci encore a | \
    merci a vous | merci a toi | merci bien | grand merci a | je vous remercie | je te remercie | \
    merci infiniment | merci donc a | merci cher | merci chere | merci infiniment a | \
    nous remercions | remercie";

/// Right behind the name of who is thanked for having been there.
pub(super) const FOR_COMING: Phrases = "\
    d avoir | d etre | de nous avoir | d avoir ete | de votre | de ta | pour cet | pour cette | \
    pour ce | pour votre | pour ton | pour ta | pour vos | pour tes | pour tout";

/// Right before the name of who is greeted.
pub(super) const GREETED: Phrases = "\
    bonjour | bonsoir | salut | bienvenue | bienvenue a | hello | rebonjour | coucou | \
    bonjour a vous | bonsoir a vous";

/// Words of a trade behind the microphone: who is named beside them is not heard.
pub(super) const CREDITS: &[&str] = &[
    "realisation",
    "realise",
    "realisee",
    "realisateur",
    "realisatrice",
    "technique",
    "technicien",
    "montage",
    "mixage",
    "preparation",
    "prepare",
    "preparee",
    "production",
    "musique",
    "generique",
    "regie",
    "illustration",
    "prise",
    "coordination",
    "attache",
    "attachee",
];

/// Words of another day: who is named beside them is not there.
pub(super) const ANOTHER_DAY: &[&str] = &[
    "prochain",
    "prochaine",
    "prochainement",
    "demain",
    "bientot",
    "dernier",
    "derniere",
    "hier",
    "recevrons",
    "recevrai",
    "recevra",
    "accueillerons",
    "accueillerai",
    "retrouverons",
    "avions",
    "avait",
    "recevait",
    "recevions",
    "absent",
    "absente",
];

/// Words to one who listens.
pub(super) const SECOND_PERSON: &[&str] = &[
    "vous",
    "votre",
    "vos",
    "tu",
    "te",
    "t",
    "ton",
    "ta",
    "tes",
    "toi",
    "dites",
    "dis",
    "racontez",
    "raconte",
    "expliquez",
    "explique",
    "parlez",
    "parlons",
    "allez",
    "bonjour",
    "bonsoir",
];

/// Before a name they make the words around it those of another.
pub(super) const SAYING: &[&str] =
    &["dit", "dis", "disait", "disais", "dire", "repond", "repondit", "repondu"];

/// Before « avec » they make it a story.
pub(super) const TELLING: &[&str] = &[
    "je", "j", "on", "nous", "il", "elle", "ils", "elles", "ont", "avait", "etait", "doit",
    "doivent", "sera",
];
