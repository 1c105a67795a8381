// The sentences of the pages, in French and in English.

const FRENCH = {
  "back": "Épisodes",
  "undo": "Annuler", "redo": "Rétablir",
  "saved": "Enregistré", "saving": "Enregistrement…", "unsaved": "Pas encore enregistré : {why}",
  "unsaved.server": "le programme ne répond plus", "unsaved.address": "ouvrez l’adresse que le programme a affichée",
  "list.title": "Relecture", "list.search": "Chercher dans tous les épisodes", "list.order": "Classer par",
  "list.worst": "travail restant", "list.newest": "date", "list.name": "nom",
  "list.episode": "Épisode", "list.state": "État", "list.length": "Durée",
  "list.unsure": "Mots douteux", "list.listening": "À écouter",
  "list.draft": "brouillon", "list.begun": "en relecture", "list.begun-by": "en relecture par {name}", "list.elsewhere": "en relecture ailleurs", "list.elsewhere-by": "en relecture ailleurs, par {name}", "list.loading": "{n} épisodes lus sur {of}…", "list.reviewed": "relu", "list.reviewed-by": "relu par {name}", "list.unpublished": "{state}, à publier",
  "learned.open": "Ce que les relectures apprennent…", "learned.title": "Ce que les relectures apprennent",
  "learned.from": "{folder} : appris de {n} {n|épisode|épisodes}.", "learned.terms": "Noms et termes, et ce que le programme entendait",
  "learned.term": "{form} (entendu : {heard})", "learned.people": "Personnes", "learned.person": "{name}, {m} min",
  "learned.sentences": "Ce que dit la voix off", "learned.voices": "Voix à retenir (données biométriques)", "learned.keep": "Retenir pour la suite",
  "learned.none": "Aucun épisode n’est encore relu. Quand vous en publiez un, cochez « Tout a été relu en écoutant le son ».",
  "learned.known": "Tout est déjà retenu.", "learned.kept": "Retenu dans {files}. Donnez ces fichiers à « voixoff transcribe » par --show et --voices.",
  "list.none": "Aucun passage.", "list.found": "{n} {n|passage|passages}", "list.minutes": "{n} min",
  "player.play": "Écouter", "player.pause": "Pause", "player.earlier": "−5 s", "player.later": "+5 s",
  "player.speed": "Vitesse", "player.follow": "Suivre le son", "player.closer": "Zoom +", "player.farther": "Zoom −",
  "player.none": "Le son de cet épisode n’est pas sur cette machine : seul le texte peut être corrigé.",
  "walk.next": "Passage douteux suivant", "walk.before": "Précédent", "walk.right": "C’est juste, suivant",
  "walk.left": "{n} à vérifier, {m} min à écouter", "walk.done": "Plus rien de douteux",
  "walk.wrong": "Avant relecture, environ {n} % de mots faux.",
  "walk.order": "Ordre", "walk.time": "du texte", "walk.worst": "le plus douteux d’abord",
  "sentence": "{at}, {who}", "nobody": "Sans nom", "perhaps": "Sans nom (peut-être {who})", "who": "{who} : changer la personne (Alt+P)", "from": "{at} : écouter à partir d’ici",
  "offer": "« {from} » se trouve encore {n} fois.", "offer.none": "« {from} » ne se trouve plus dans cet épisode.",
  "offer.all": "Voir et corriger", "offer.archive": "Dans les autres épisodes…", "offer.leave": "Laisser",
  "all.title": "Remplacer « {from} » par « {to} »", "all.do": "Remplacer les passages cochés",
  "all.none": "« {from} » ne se trouve dans aucun autre épisode.", "all.more": "Seuls les 500 premiers passages sont montrés.",
  "all.done": "{n} {n|phrase corrigée|phrases corrigées}. Les fichiers de ces épisodes changent quand ils sont publiés.", "all.left": "{name} : {error}",
  "waiting": "Recherche…",
  "who.title": "Qui parle ?", "who.search": "Nom", "who.new": "Nouvelle personne : « {name} »",
  "who.scope": "Pour", "who.sentence": "cette phrase", "who.turn": "toute cette prise de parole", "who.voice": "cette voix, partout",
  "voices.open": "Voix", "voices.title": "Les voix de l’épisode", "voices.name": "Nom", "voices.share": "{n} % du temps de parole",
  "voices.sample": "Extrait {n}", "voices.same": "C’est la même personne que", "voices.other": "personne d’autre",
  "voices.suggest": "{name} ? À {at} : « {text} »",
  "voices.split": "C’est deux personnes", "voices.two": "{n} {n|phrase est maintenant|phrases sont maintenant} d’une autre personne, {name}. Écoutez.",
  "heading.wrong": "Il faut un temps de l’épisode, comme 00:12:30, devant chaque chapitre : {lines}",
  "heading.open": "En-tête", "heading.title": "Titre, chapeau, chapitres et notes", "heading.name": "Titre",
  "heading.lead": "Chapeau (un paragraphe par ligne)", "heading.chapters": "Chapitres (« 00:12:30 Titre », un par ligne)", "heading.notes": "Notes, une par ligne : [1] dans le texte renvoie à la première",
  "publish.open": "Publier", "publish.title": "Publier", "publish.reviewed": "Tout a été relu en écoutant le son", "publish.reviewer": "Relu par (si vous voulez signer)",
  "publish.format": "Aperçu", "publish.copy": "Copier", "publish.copied": "Copié.", "publish.write": "Écrire les fichiers, et ce format",
  "publish.written": "Écrits à côté du son : {files}.", "publish.open-page": "Ouvrir cet aperçu dans un onglet (sans le son)",
  "publish.touched": "{file} a été modifié par ailleurs. L’écraser ?", "publish.force": "Écraser",
  "help.open": "Aide", "help.title": "Touches", "help.search": "Chercher une touche ou une action",
  "close": "Fermer", "apply": "Appliquer",
  "conflict.title": "Quelqu’un d’autre a changé le même passage",
  "conflict.theirs": "Dans l’autre fenêtre", "conflict.mine": "Ici", "conflict.keep-theirs": "Garder l’autre", "conflict.keep-mine": "Garder le mien",
  "original": "Texte du programme", "empty": "(supprimé)",
  "keys": [
    ["Échap, F4", "écouter ou mettre en pause ; après une frappe, reprend 1,5 s plus tôt"],
    ["Ctrl+Espace", "écouter depuis le curseur"],
    ["F2, F3", "reculer, avancer de 2 secondes"],
    ["Pédale", "F2, F4, F3, ou les touches de lecture d’un clavier : reculer, écouter ou arrêter, avancer"],
    ["Alt+↓, Alt+↑", "passage douteux suivant, précédent : l’écoute et le sélectionne"],
    ["Alt+Entrée", "c’est juste, passage suivant"],
    ["Entrée", "couper : nouveau paragraphe au curseur"],
    ["Retour arrière en début de phrase", "joindre à ce qui précède"],
    ["Alt+P", "changer qui parle : cette phrase, ce tour, ou cette voix partout"],
    ["Alt+O", "rendre à la phrase le texte du programme"],
    ["Ctrl+Z, Ctrl+Y", "annuler, rétablir"],
    ["Ctrl+S", "publier : aperçu, copie, fichiers"],
    ["Alt+,  Alt+.", "ralentir ou accélérer : Alt+, et Alt+."],
    ["F1", "cette aide"],
  ],
};

const ENGLISH = {
  "back": "Episodes",
  "undo": "Undo", "redo": "Redo",
  "saved": "Saved", "saving": "Saving…", "unsaved": "Not saved yet: {why}",
  "unsaved.server": "the program does not answer", "unsaved.address": "open the address that the program has printed",
  "list.title": "Review", "list.search": "Search all episodes", "list.order": "Order by",
  "list.worst": "work left", "list.newest": "date", "list.name": "name",
  "list.episode": "Episode", "list.state": "State", "list.length": "Length",
  "list.unsure": "Unsure words", "list.listening": "To listen to",
  "list.draft": "draft", "list.begun": "under review", "list.begun-by": "under review by {name}", "list.elsewhere": "under review elsewhere", "list.elsewhere-by": "under review elsewhere, by {name}", "list.loading": "{n} of {of} episodes read…", "list.reviewed": "reviewed", "list.reviewed-by": "reviewed by {name}", "list.unpublished": "{state}, to be published",
  "learned.open": "What reviews teach…", "learned.title": "What reviews teach",
  "learned.from": "{folder}: learned from {n} {n|episode|episodes}.", "learned.terms": "Names and terms, and what the program heard",
  "learned.term": "{form} (heard: {heard})", "learned.people": "People", "learned.person": "{name}, {m} min",
  "learned.sentences": "What the announcer says", "learned.voices": "Voices to be kept (biometric data)", "learned.keep": "Keep for what comes",
  "learned.none": "No episode is reviewed yet. When you publish one, tick “All of it was read against the sound”.",
  "learned.known": "All of it is kept already.", "learned.kept": "Kept in {files}. Give these files to « voixoff transcribe » by --show and --voices.",
  "list.none": "No passage.", "list.found": "{n} {n|passage|passages}", "list.minutes": "{n} min",
  "player.play": "Play", "player.pause": "Pause", "player.earlier": "−5 s", "player.later": "+5 s",
  "player.speed": "Speed", "player.follow": "Follow the sound", "player.closer": "Zoom +", "player.farther": "Zoom −",
  "player.none": "The sound of this episode is not on this machine: only the text can be corrected.",
  "walk.next": "Next doubtful place", "walk.before": "Previous", "walk.right": "It is right, next",
  "walk.left": "{n} to check, {m} min to listen to", "walk.done": "Nothing doubtful is left",
  "walk.wrong": "Before review, about {n} % of the words are wrong.",
  "walk.order": "Order", "walk.time": "of the text", "walk.worst": "most doubtful first",
  "sentence": "{at}, {who}", "nobody": "No name", "perhaps": "No name (perhaps {who})", "who": "{who}: change who speaks (Alt+P)", "from": "{at}: play from here",
  "offer": "« {from} » is there {n} {n|time|times} more.", "offer.none": "« {from} » is nowhere else in this episode.",
  "offer.all": "Look and correct", "offer.archive": "In the other episodes…", "offer.leave": "Leave",
  "all.title": "Replace « {from} » by « {to} »", "all.do": "Replace what is ticked",
  "all.none": "« {from} » is in no other episode.", "all.more": "Only the first 500 places are shown.",
  "all.done": "{n} {n|sentence|sentences} corrected. The files of these episodes change when they are published.", "all.left": "{name}: {error}",
  "waiting": "Looking…",
  "who.title": "Who speaks?", "who.search": "Name", "who.new": "Somebody new: « {name} »",
  "who.scope": "For", "who.sentence": "this sentence", "who.turn": "this whole turn", "who.voice": "this voice, everywhere",
  "voices.open": "Voices", "voices.title": "The voices of the episode", "voices.name": "Name", "voices.share": "{n} % of the talk",
  "voices.sample": "Sample {n}", "voices.same": "Is the same person as", "voices.other": "nobody else",
  "voices.suggest": "{name}? At {at}: « {text} »",
  "voices.split": "It is two people", "voices.two": "{n} {n|sentence is|sentences are} somebody else’s from here on, {name}. Listen.",
  "heading.wrong": "Each chapter needs a time of the episode before it: {lines}",
  "heading.open": "Heading", "heading.title": "Title, lead, chapters and notes", "heading.name": "Title",
  "heading.lead": "Lead (a paragraph a line)", "heading.chapters": "Chapters (“00:12:30 Title”, one a line)", "heading.notes": "Notes, one a line: [1] in the text is the first one",
  "publish.open": "Publish", "publish.title": "Publish", "publish.reviewed": "All of it was read against the sound", "publish.reviewer": "Reviewed by (if you want to sign)",
  "publish.format": "Preview", "publish.copy": "Copy", "publish.copied": "Copied.", "publish.write": "Write the files, and this format",
  "publish.written": "Written beside the sound: {files}.", "publish.open-page": "Open this preview in a tab (without the sound)",
  "publish.touched": "{file} was changed by other means. Write over it?", "publish.force": "Write over it",
  "help.open": "Help", "help.title": "Keys", "help.search": "Look for a key or for what it does",
  "close": "Close", "apply": "Apply",
  "conflict.title": "Somebody else has changed the same passage",
  "conflict.theirs": "In the other window", "conflict.mine": "Here", "conflict.keep-theirs": "Keep theirs", "conflict.keep-mine": "Keep mine",
  "original": "Text of the program", "empty": "(removed)",
  "keys": [
    ["Esc, F4", "play or pause; after typing, goes on 1.5 s earlier"],
    ["Ctrl+Space", "play from the cursor"],
    ["F2, F3", "2 seconds back, forward"],
    ["Foot pedal", "F2, F4, F3, or the media keys of a keyboard: back, play or pause, forward"],
    ["Alt+↓, Alt+↑", "next doubtful place, previous: plays and selects it"],
    ["Alt+Enter", "it is right, next place"],
    ["Enter", "split: a new paragraph at the cursor"],
    ["Backspace where a sentence begins", "join with what is before"],
    ["Alt+P", "change who speaks: this sentence, this turn, or this voice everywhere"],
    ["Alt+O", "give the sentence back the text of the program"],
    ["Ctrl+Z, Ctrl+Y", "undo, redo"],
    ["Ctrl+S", "publish: preview, copy, files"],
    ["Alt+,  Alt+.", "slower or faster: Alt+, and Alt+."],
    ["F1", "this help"],
  ],
};

const isFrench = (navigator.languages?.[0] ?? navigator.language ?? "fr").toLowerCase().startsWith("fr");
const WORDS = isFrench ? FRENCH : ENGLISH;

/**
 * The sentence called `name`, with `places` filled in: `{n}`, and `{n|one|more}` by number. French marks stand behind no-break spaces.
 * @param {string} name
 * @param {Record<string, string | number>} [places]
 */
export function t(name, places = {}) {
  const isOne = (/** @type {any} */ n) => (isFrench ? Number(n) < 2 : Number(n) === 1);
  const chosen = String(/** @type {Record<string, unknown>} */ (WORDS)[name]).replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, place, one, more) => (isOne(places[place]) ? one : more));
  const text = chosen.replace(/ ([:?!;»])/g, "\u00a0$1").replace(/« /g, "«\u00a0");
  return text.replace(/\{(\w+)\}/g, (whole, place) => String(places[place] ?? whole));
}

/** The keys, each with what it does. @type {[string, string][]} */
export const KEYS = /** @type {any} */ (WORDS.keys);

/** Puts the words into everything that names some. @param {ParentNode} root */
export function translate(root) {
  document.documentElement.lang = isFrench ? "fr" : "en";
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = t(/** @type {HTMLElement} */ (element).dataset.t ?? "");
    const key = /** @type {HTMLElement} */ (element).dataset.key;
    if (key) element.setAttribute("title", isFrench ? key : key.replace("Entrée", "Enter"));
  }
}

/** `seconds` as people write them: 00:12:03. @param {number} seconds */
export function clock(seconds) {
  const all = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return [all / 3600, (all / 60) % 60, all % 60].map((n) => two(Math.floor(n))).join(":");
}

/** Minutes, at least a tenth if there is anything. @param {number} seconds */
export function minutes(seconds) {
  const value = seconds / 60;
  const text = value >= 10 ? String(Math.round(value)) : (Math.ceil(value * 10) / 10).toFixed(1);
  return isFrench ? text.replace(".", ",") : text;
}
