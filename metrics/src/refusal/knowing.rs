//! The phrases by which one says that one does not know, or that the passages do not tell, in English, German, French and
//! Spanish, as regular expressions over folded text.

use super::sentences::without;
use ::regex::{Regex, RegexSet};
use std::sync::LazyLock;

/// Sentences that say nothing on the matter.
const COURTESY: &str = r"^(thank you|thanks|hello|hi|dear|good (morning|day|afternoon)|hallo|guten tag|(vielen )?dank|danke|liebe|sehr geehrte|bonjour|merci|hola|gracias|(i am|i'm|we are|we're) (very |so |really )?sorry( for .*| to hear .*)?$|sorry( for .*)?$|i understand|(es )?tut mir leid$|desolee?$|lo siento$)";

/// Words of regret or reference before the phrase itself.
const OPENINGS: &str = r"^(((i am|i'm|we are|we're) )?(very |so |really |terribly )?(sorry|afraid)( (for|about) [^,]{1,60}| to say)?( that|,? but)?|(my |our )?apologies( for [^,]{1,60})?(,? but)?|i apologi[sz]e( for [^,]{1,60})?(,? but)?|unfortunately|regrettably|(based on|according to|from|given|looking at|judging by) [^,]{1,80},|as an ai[^,]{0,40},|it (seems|appears|looks like)( that)?|the answer is:?|answer:|leider|(es )?tut mir (sehr )?leid(,? aber)?|entschuldigung(,? aber)?|laut [^,]{1,60},|(je suis )?(vraiment )?desolee?(,? mais)?|malheureusement|(d'apres|selon) [^,]{1,80},|lo siento( mucho)?(,? pero)?|lamentablemente|desafortunadamente|por desgracia|segun [^,]{1,80},)[,:]?\s+";

/// "but" and the like with what goes on to answer; an offer of help afterwards is none.
const TURNS: &str = r"[,;:–—-]?\s(but|however|although|though|aber|allerdings|mais|cependant|pero|sin embargo)\b,?\s*";
const STARTS_WITH_TURN: &str = r"^(but|however|that said|aber|allerdings|mais|cependant|pero|sin embargo)\b,?\s*";
const OFFERS: &str = r"^(you (can|could|may|might)|please|feel free|contact|i (can|could|would|will|'d|suggest|recommend)|i'd|i'll|if you|our (team|support)|sie konnen|bitte|ich kann|gerne|vous pouvez|veuillez|je peux|puede|por favor)\b";

/// What the passages are called, by language. In a shop an article may also be goods ("the article does not include
/// batteries"), so the bare word is not among them.
const TEXTS: [(&str, &str); 4] = [
    (
        "<texts>",
        r"(passages?|context|texts?|documents?|documentation|excerpts?|source texts?|knowledge base|(help|knowledge)( cent(er|re)| base)?( articles?)?|(provided|given|supplied|above) (articles?|sources?|information|material))( (that (is|are|was|were) )?(provided|given|above|here|supplied|available)| you (provided|gave|shared))?",
    ),
    (
        "<texte>",
        r"((bereitgestellten?|gegebenen?|vorliegenden?|obigen) artikeln?|passagen?|text(es|en|e)?|kontext|dokument(en?|s)?|textabschnitten?|abschnitten?|abschnitte?|informationen|quellen?|auszugen?|hilfeartikeln?)",
    ),
    (
        "<textes>",
        r"(passages?|textes?|documents?|contexte|extraits?|informations?)( fournie?s?| donnee?s?| ci-dessus)?",
    ),
    ("<textos>", r"(pasajes?|textos?|documentos?|contexto|fragmentos?|informacion)( proporcionad[oa]s?| dad[oa]s?)?"),
];

/// Phrases of refusal; `<texts>` and the like stand for [`TEXTS`].
const REFUSALS: &[&str] = &[
    // Whole answers.
    r"^(unknown|unanswerable|not answerable|n/?a|not applicable|none|null|no answer|undetermined|no idea|(information )?not (provided|found)|(insufficient|not enough|no) (information|context|data)|unbekannt|keine (angaben?|antwort|information(en)?)|inconnue?|desconocid[oa]|\?+|-+)$",
    // English: the speaker.
    r"^(i|we) (really |simply |just |honestly )*(do not|don't|did not|didn't) (really |actually )?know\b",
    r"^(i|we) (really |simply |just )*(do not|don't|did not|didn't) (currently )?(have|see|find) ((that|it|this|anything)( about \w+)? in (the |these |this )?(\w+ ){0,2}<texts>|(any |the |enough |sufficient |that |this |an |specific |relevant |further )*(information|details?|data|answer|mention|context))\b",
    r"^i (do not|don't) have access to\b",
    r"^(i|we) have no (\w+ )?(information|details?|data|answer|idea|knowledge)\b",
    r"^((i|we)( am| are|'m|'re| was| were)? )?(really |simply |just )*(cannot|can't|can not|could not|couldn't|unable to|not able to) (confidently |reliably |really |definitively )?(answer|determine|say|know|establish|tell( from|$| you the answer)|find (the |an |any |this |that )*(answer|information|mention|details?|$|in ))\b",
    r"^i( am|'m| was)? (really |simply |just )*(cannot|can't|can not|could not|couldn't|unable to|not able to) (confidently |reliably |really |definitively )?(find|tell|locate|confirm|verify)\b",
    r"^((i|we)( am| are|'m|'re| was| were)? )?(cannot|can't|can not|could not|couldn't|unable to|not able to) (provide|give)( you)?( with)? (an?|the|that|this|any|more) (\w+ ){0,2}(answer|information|details?|response)\b",
    r"^((i|we)( am| are|'m|'re)? )?(cannot|can't|can not|unable to|not able to) (help|assist)( you)?( with (that|this|your|it)\b| here|$)",
    r"^(i|we)( am| are|'m|'re) (not (entirely |really )?(sure|certain)|unsure|uncertain)\b",
    // English: the passages.
    r"^(the|this|these|those|that|your|all|both|any of the|either)?\s?(\w+ ){0,3}<texts> (do not|don't|does not|doesn't|did not|didn't|never|fails? to) (explicitly |specifically |directly |actually |clearly |even )?(contain|mention|say|state|provide|specify|include|answer|tell|address|indicate|describe|explain|discuss|cover|give|have|list)\b",
    r"^(the|this|these|those|that|your|all|both)?\s?(\w+ ){0,3}<texts> (give|have|has|contain|provide|offer|include|hold|make)s? no (\w+ )?(information|mention|entry|entries|details?|answer|indication|reference)\b",
    r"^(the|this|these|all|both)?\s?(\w+ ){0,3}<texts> lacks?\b",
    r"^nothing in (the|these|this|any of the|your) (\w+ ){0,2}<texts>\b",
    r"^no (\w+ )?<texts> (was|were|could be) found\b",
    r"^(the|this|these|those|that|your|all|both)?\s?(\w+ ){0,3}(articles?|information|sources?|material) (do not|don't|does not|doesn't|never|fails? to) (explicitly |specifically |directly |actually |clearly |even )?((mention|say|state|specify|answer|tell|address|indicate|describe|explain|discuss)\b|(contain|include|provide|give|cover) (this|that|it|(any |the |an |enough |specific )*(information|answer|mention|details?))\b)",
    r"^(none of|neither of|no|neither)( of)?( the| these)?( \w+){0,2} (<texts>|articles?|sources?)( \w+)? (mentions?|says?|states?|contains?|answers?|gives?|specif(y|ies)|provides?|explains?|tells?|address(es)?|covers?)\b",
    r"^there( is|'s| was| are| were| isn't| is not) (no|not enough|insufficient|nothing|any|enough)( \w+){0,2} (information|mention|answer|details?|data|indication|reference|evidence)\b",
    r"^there('s| is) nothing (in|about|on)\b",
    r"^(no|insufficient|not enough) (relevant |further |specific |such )?(information|details?|answer|mention|data)( (is|was|are|were|can be))? (given|available|provided|found|about|on|regarding|of|to (answer|determine|say|tell)|in the)\b",
    // English: the fact.
    r"^((the|this|that|such|your|it) ?)?([\w'-]+ ){0,9}((is|are|was|were) not|(is|are|was|were)n't|'s not|not) (explicitly |specifically |clearly |directly |actually )?(in|part of|mentioned|stated|specified|given|provided|known|found|answered|indicated|available|covered|included|contained|listed|addressed|clear)( anywhere)?( (in|by|from|within))? (the |these |any of the |this |either |your )?(\w+ ){0,2}<texts>( |$)",
    r"^(([\w'-]+ ){0,8}(is|are|was|were) not |([\w'-]+ ){0,8}(isn't|aren't|wasn't|weren't) |it's not |not )(explicitly |specifically )?(mentioned|stated|specified|known|indicated)( here| anywhere)?$",
    r"^(information|details?|data)( [\w'-]+){0,8} (is not|isn't|are not|aren't) (available|provided|given|included|found)\b",
    r"^((it|this|that)( is|'s) )?(unclear|not clear)( from\b| (if|whether|how|when|what|who)\b|$)",
    r"^([\w'-]+ ){0,9}((is|are|was|were) not|(is|are|was|were)n't|not) (explicitly |specifically )?(mentioned|stated|specified|indicated)( anywhere)? (in|by) (the |these |any of the )?articles?( |$)",
    r"^(this|that|the|such) (information|details?|answer) (is not|isn't|are not|aren't) (available|provided|given|included|found|known)\b",
    r"^(((this|that|the|your) )?question is )?unanswerable\b",
    r"^(this|that|the|your) question (cannot|can not|can't|could not) be (answered|determined)\b",
    r"^((it|this|that|the answer|the \w+ \w+|the \w+) )?(cannot|can't|can not|could not) be (determined|answered|established|inferred|found in (the |these |this )?(\w+ ){0,2}<texts>)( |$)",
    r"^((it is|it's|that is) )?(not possible|impossible) to (say|tell|determine|answer|know)\b",
    // German.
    r"^(das |dies |dazu |die antwort )?(wei(ß|ss) (ich|man)|ich wei(ß|ss)( es| das| dazu)?)( leider)? nicht\b",
    r"^(das |dies |dazu |diese frage |hierzu )?(ich kann|wir konnen|kann ich|konnen wir)\b.{0,80}\b(nicht|nichts) (beantworten|sagen|finden|feststellen|ermitteln|helfen|bestimmen|beurteilen|entnehmen)\b",
    r"^(ich kann|kann ich|ich habe|habe ich)\b.{0,60}\bkeine? (\w+ )?(antwort|angaben?|auskunft|information(en)?)\b",
    r"^(das|dies|die frage|diese frage|die antwort)\b.{0,20} (lasst|kann)\b.{0,80}nicht (beantworten|entnehmen|sagen|beantwortet|ermittelt|bestimmen|bestimmt|entnommen|feststellen)\b",
    r"^(der|die|das|dieser?|dieses) (\w+ ){0,2}(<texte>|artikel) (erwahnen|erwahnt|nennen|nennt|sagen|sagt|beantworten|beantwortet)\b.{0,80}\b(keine?n?|nicht|nichts)\b",
    r"^(keine der|keiner der|keines der|keine?r?) (\w+ ){0,2}(<texte>|artikel) (enthalt|erwahnt|nennt|sagt|beantwortet)\b",
    r"^(der|die|das|dieser?|dieses|keine der|keiner der|keines der|keine?r?) (\w+ ){0,2}<texte> (enthalten|enthalt|geben|gibt|liefern|liefert|machen|macht)\b.{0,80}\b(keine?n?|nicht|nichts)\b",
    r"^(enthalten|enthalt|erwahnen|erwahnt|nennen|nennt|sagen|sagt|geben|gibt|steht|stehen) .{0,30}<texte>\b.{0,60}\b(keine?n?|nicht|nichts)\b",
    r"^(in|aus|im) ((den|dem|der|diesen|diesem) )?(\w+ ){0,2}<texte>\b.{0,80}\b(keine?n?|nicht|nichts)\b",
    r"^(das|dies|es) (steht|wird|ist)\b.{0,40}\b(in|im|aus)\b.{0,20}<texte>\b.{0,10}\bnicht\b",
    r"^(das|dies|es) (steht|wird|ist) nicht (in|im)( \w+){0,2} <texte>\b",
    r"^((das|dies|es) )?geht\b.{0,60}\bnicht\b.{0,40}\bhervor\b",
    r"^(dazu|hierzu|daruber)\b.{0,60}\b(keine?n?|nichts|nicht)( (\w+ )?(information(en)?|angaben?|hinweise?|auskunft|antwort|erwahnt|angegeben|gesagt|genannt)\b|$)",
    r"^(es )?(gibt|liegen|finden sich|steht)\b.{0,30}\bkeine?n? (\w+ )?(information(en)?|angaben?|hinweise?|antwort)\b",
    r"^keine (\w+ )?(information(en)?|angaben?) (dazu|zu|zur|zum|uber|vorhanden|verfugbar|in)\b",
    r"^([\w'-]+ ){0,8}(ist|sind|wird|werden) (\w+ ){0,6}nicht (angegeben|erwahnt|genannt|bekannt|aufgefuhrt)$",
    r"^(die|diese) (information|angabe|antwort)(en)? (ist|sind|wird) .{0,40}nicht (enthalten|vorhanden|verfugbar|bekannt)$",
    r"^nicht (angegeben|bekannt|erwahnt|beantwortbar|genannt)$",
    // French.
    r"^(je|nous) ne (le |la |les )?(sais|savons) pas\b",
    r"^(je|nous|on) ne (vous )?(peux|puis|pouvons|peut) (malheureusement )?pas (repondre|dire|trouver|determiner|savoir|vous aider|confirmer|vous repondre|vous dire)\b",
    r"^(je|nous) ne (suis|sommes) pas (en mesure|capables?) de (repondre|dire|trouver|determiner|confirmer)\b",
    r"^(je|nous) (n'ai|n'avons|ne dispose|ne disposons|ne trouve|ne trouvons) pas (trouve |assez |suffisamment )?(d'|de |cette |l'|la |cet )?(cette |l')?(informations?|reponse|elements?)\b",
    r"^(le|la|les|l'|ce|ces|cet)\s?(<textes>|articles?) (ne |n')(mentionne|indique|precise|dit|disent|specifie|repond|parle|evoque|aborde|permet)(nt|ent|tent)? (pas|rien|aucune?)\b",
    r"^(le|la|les|l'|ce|ces|cet)\s?<textes> ne (contien(t|nent)|donnent?|fourni(t|ssent)) (pas|rien|aucune?)\b",
    r"^aucun (des )?(<textes>|articles?) (ne |n')(mentionne|indique|precise|contient|dit|donne|repond)\b",
    r"^aucune (information|reponse|mention|precision)\b",
    r"^il n'(y a|existe) (pas|aucune?)\s?(assez )?(d'|de )?(informations?|reponse|mention|precision|indication)\b",
    r"^(ce|cela|c'|cette information|l'information|la reponse|le \w+|la \w+)( \w+){0,5}? n'est pas (mentionnee?|indiquee?|precisee?|connue?|specifiee?)\b",
    r"^(il est )?impossible (de|a) (le )?(dire|repondre|determiner|savoir)\b",
    r"^non (precise|mentionne|indique|specifie)e?$",
    // Spanish.
    r"^(yo )?no lo se\b|^(yo )?no se$|^(yo )?no (lo )?se (la|el|cual|cuanto|que|si)\b|^no (lo )?sabemos\b",
    r"^no (puedo|podemos|se puede|es posible|me es posible) (responder|decir|determinar|encontrar|saber|contestar|ayudar|confirmar|decirle|responderle|ayudarle)\b",
    r"^no (tengo|tenemos|hay|existe|encuentro|dispongo de|dispone de|he encontrado) (suficiente |ninguna |la |esa |esta |mas )?(informacion|datos|respuesta|mencion)\b",
    r"^((el|los|las|la|este|estos) (\w+ )?(<textos>|articulos?) no|(ninguno de los|ningun) (<textos>|articulos?)) (lo |la )?(mencionan?|indican?|dicen?|especifican?|responden?)\b",
    r"^((el|los|las|la|este|estos) (\w+ )?<textos> no|(ninguno de los|ningun) <textos>) (contienen?|incluyen?|proporcionan?|dan?) (esa |la |esta |ninguna )?(informacion|datos|respuesta|mencion)\b",
    r"^([\w]+ ){0,8}no se (menciona|indica|especifica|sabe|precisa)n?\b",
    r"^(la|esa|esta) informacion no (esta|se encuentra) (disponible|incluida|en)\b",
];

fn spelled_out(refusal: &str) -> String {
    TEXTS.iter().fold(refusal.to_string(), |refusal, (name, words)| refusal.replace(name, words))
}

/// The phrases, compiled.
pub(super) struct Knowing {
    courtesy: Regex,
    openings: Regex,
    turns: Regex,
    starts_with_turn: Regex,
    offers: Regex,
    refusals: RegexSet,
}

#[expect(clippy::expect_used, reason = "the expressions are constants, and every test of this folder compiles them")]
pub(super) static KNOWING: LazyLock<Knowing> = LazyLock::new(|| {
    let compiled = |pattern| Regex::new(pattern).expect("a constant expression");
    Knowing {
        courtesy: compiled(COURTESY),
        openings: compiled(OPENINGS),
        turns: compiled(TURNS),
        starts_with_turn: compiled(STARTS_WITH_TURN),
        offers: compiled(OFFERS),
        refusals: RegexSet::new(REFUSALS.iter().map(|refusal| spelled_out(refusal))).expect("constant expressions"),
    }
});

impl Knowing {
    /// Whether a sentence says nothing on the matter.
    pub(super) fn is_courtesy(&self, sentence: &str) -> bool {
        self.courtesy.is_match(sentence)
    }

    /// Whether a sentence begins, after words of regret or reference, with a phrase of not knowing.
    pub(super) fn refuses(&self, sentence: &str) -> bool {
        self.refusals.is_match(without(&self.openings, sentence))
    }

    /// Whether what follows a refusal answers: "but …" in the sentence itself, or at the start of the next.
    pub(super) fn goes_on_to_answer(&self, sentence: &str, next: Option<&str>) -> bool {
        let answers = |clause: &str| !self.offers.is_match(clause);
        let phrase = without(&self.openings, sentence);
        self.turns.find(phrase).is_some_and(|turn| answers(&phrase[turn.end()..]))
            || next
                .and_then(|next| self.starts_with_turn.find(next).map(|turn| &next[turn.end()..]))
                .is_some_and(answers)
    }
}
