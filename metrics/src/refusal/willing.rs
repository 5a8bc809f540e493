//! The phrases by which one will not answer, or finds that the question should not be asked, as regular expressions over
//! folded text.

use super::sentences::{over_folded, without};
use ::regex::{Regex, RegexSet};
use std::sync::LazyLock;

/// What a speaker puts before the point.
const OPENINGS: &str = r"^(((i am|i'm|we are|we're) )?(very |so |really |terribly |truly |deeply )?(sorry|afraid)( (for|about) [^,]{1,60}| to say)?( that|,? but)?|(my |our )?apologies( for [^,]{1,60})?(,? but)?|i apologi[sz]e( for [^,]{1,60})?(,? but)?|unfortunately|regrettably|however|additionally|as an? [^,]{1,80},|(i am|i'm) (just |only )?an? (ai|assistant|language model)[^,]{0,40}(,| and| so)|i (must|have to|need to|want to|would like to|feel compelled to) (\w+ )?(clarify|point out|inform you|emphasi[sz]e|note|stress|remind you|say|mention|state|advise you)( that)?|it('s| is) (also )?(important|crucial|essential|worth|necessary|vital)( to (\w+ )?(note|remember|understand|recogni[sz]e|clarify|emphasi[sz]e|acknowledge|point out|mention)|ing| noting)( that)?|please note that|(firstly|first|first of all),?|leider|(es )?tut mir (sehr )?leid(,? aber)?|(je suis )?desolee?(,? mais)?|malheureusement|lo siento( mucho)?(,? pero)?|lamentablemente)[,:]?\s+";

/// Words between the speaker and the refusal.
const ADVERBS: &str = r"(really |simply |just |directly |currently |ethically |personally |in good conscience |legally |possibly |knowingly |actually |also |respectfully |politely |kindly |regretfully )*";

/// The refusal itself.
const CANNOT: &str = r"(cannot|can't|can not|could not|couldn't|will not|won't|would not|wouldn't|(am|'m) (unable|not able|not allowed|not permitted|not authori[sz]ed|not programmed|not designed|not equipped|not going|not comfortable|not in a position|not willing|unwilling)( to)?|must decline to|(have to|must|respectfully|politely) (decline|refuse)( to)?|decline to|refuse to|should not|must not|(do not|don't) feel comfortable)";

/// What an assistant does with what it is asked for.
const TELL: &str = r"(assist|help|provid(e|ing)|offer(ing)?|giv(e|ing)|shar(e|ing)|fulfill?|satisfy|comply|complete|answer(ing)?|respond|reply|engag(e|ing)|participate|support|condone|promote|encourage|recommend|suggest|endorse|advis(e|ing)|discuss(ing)?|advocate|generat(e|ing)|creat(e|ing)|writ(e|ing)|produce|contribute|facilitate|speculate|disclose|reveal|tell|explain|describe|instruct|teach|do that|justify|entertain|tolerate)";

const REFUSALS: &[&str] = &[
    r"^i ?<adverbs><cannot> <adverbs><tell>\b",
    r"^i ?<adverbs>(do not|don't|cannot|can't|will not|won't) <adverbs>(condone|promote|encourage|endorse|advocate|tolerate|participate|engage)\b",
    r"^i ?<adverbs>(do not|don't) (currently )?have (the )?(any |direct |real-time |personal )*(access|ability|capability|permission)\b",
    r"^(that|this|it)('s| is) (not )?(something|a (topic|question|request|matter))( that)? i (cannot|can't|can|am able to|will|won't|am unable to)\b",
    r"\bnot within my (programming|guidelines|ethical|capabilit)",
    r"\bagainst my (programming|guidelines|ethical|principles|policy|values)",
    r"^your (request|question) (violates|goes against|promotes)\b",
    r"^(i|we)('m| am|'m afraid| am afraid|'ll|'d| will| would)? ?<adverbs>(i )?((must|have to|need to|going to have to|going to|obliged to) )?<adverbs>(decline|declining|refuse|refusing|abstain|pass)( <adverbs>(to (answer|respond|reply|say|comment|tell|discuss|do (so|that|this))|from|answering|commenting|(on )?(this|that)( one| request| question)?|(your|the) (request|question)|here|for now|respectfully))?($|,| because| as | since)",
    r"^(i|we)('d| would|'m going to| am going to)? ?<adverbs>(rather|prefer|choose|chose|opt|elect|wish)( to)? not( to)?( \w+)? ?<adverbs>(<tell>|say|comment|get into|go into|talk|do (so|this|that)|be drawn|take|weigh)\b",
    r"^(i|we)('d| would) <adverbs>(rather|prefer)( to)? not( to)?$",
    r"^(i|we) <adverbs>((do not|don't) (want|wish|care|intend|plan)|(have|had) no (wish|intention)( of)?)( to)? (answer|respond|reply|say|comment|discuss|share|talk|disclose|reveal|help|assist|provide|engage|participate|speculate)(ing)?\b",
    r"^no comment$",
    r"^(request|question|answer|response|reply) (declined|refused|denied|withheld)$|^(declined|refused|withheld|refuse|refusal)$",
    // German, French, Spanish.
    r"^(das|dies|dazu|darauf|hierzu|hierauf|diese frage|ihre frage|ich|wir)\b.{0,40}\b(mochte|mochten|will|wollen|werde|werden|darf|kann)( (ich|wir))?( (\w+|es|dies(e|en|er)? frage)){0,6} (keine auskunft geben|(nicht|nichts) (dazu |darauf |hierzu )?(beantworten|antworten|sagen|au(ß|ss)ern|eingehen|verraten|mitteilen|preisgeben|kommentieren))$",
    r"^((das|dies|diese (anfrage|frage|bitte)|ihre (anfrage|frage|bitte)) )?(ich|wir|muss ich|mussen wir|lehne ich|lehnen wir)( (muss|mussen|mochte|lehne|lehnen))?( (das|dies|es|diese|ihre|die|anfrage|frage|bitte|leider|hoflich|daher|hier|antwort|eine))* (ablehnen|ab|verweigern|passen)$",
    r"^(dazu )?(kein kommentar|sage ich nichts|ich sage (dazu|hierzu) nichts)$",
    r"^(je|nous) (prefere|preferons|prefererais|choisis|souhaite|souhaitons|veux|voudrais|desire|aimerais)( mieux| autant)? ne (pas|rien) (\w+ )?(repondre|dire|commenter|me prononcer|aborder|divulguer|reveler|en parler|parler)\b",
    r"^(je|nous) ne (souhaite|souhaitons|veux|voulons|desire|vais|peux|puis|tiens)( pas| rien)( a)? (y |vous |en |rien )?(repondre|dire|commenter|me prononcer|aborder|divulguer|reveler|parler)\b",
    r"^(je|nous) (dois|devons|suis oblige|suis obligee|suis contraint|suis contrainte) (de |d')?(\w+ment )?(decliner|refuser|m'abstenir)($|,| (de|d')| (cette|votre|la) (demande|question))|^(je|nous) (refuse|refusons|decline|declinons|m'abstiens)( (de|d') ?(\w+ )?(repondre|dire|commenter|aider|faire cela)\b|( cette| votre| la) (demande|question)\b|$)",
    r"^(sans|pas de) commentaires?$",
    r"^(yo )?(prefiero|preferiria|prefeririamos|preferimos|elijo) no (\w+ )?(responder|contestar|decir|decirlo|comentar|hablar|hacerlo|opinar|revelar)\w*\b",
    r"^(yo )?no (quiero|deseo|voy a|pienso|queremos|vamos a) (responder|contestar|decir|comentar|hablar|opinar|revelar|ayudar)\w*\b",
    r"^(yo )?(debo|tengo que|he de|me veo obligad[oa] a|debemos) (\w+mente )?(declinar|rechazar|negarme|abstenerme)( (a|de) (responder|contestar|hacerlo)| (la|esta|su|tu) (pregunta|solicitud|peticion)|lo|la)?\b|^(me niego|nos negamos) a\b|^(declino|rechazo|me abstengo)( (responder|contestar|de \w+)| (la|esta|su|tu) (pregunta|solicitud|peticion)|$)",
    r"^sin comentarios?$",
    r"^((dabei|damit|hierbei|bei \w+ \w+) kann ich|ich kann|ich (darf|werde|mochte)) (\w+ ){0,4}(nicht (helfen|weiterhelfen|unterstutzen|beantworten|nachkommen|erfullen)|keine (anleitung|auskunft|anweisungen|hilfe|tipps)\b)",
    r"^(diese|ihre) (anfrage|bitte|frage) (kann|darf|werde) ich (\w+ ){0,2}nicht\b",
    r"^je ne (peux|puis|suis pas en mesure de|suis pas autorisee? a) (malheureusement )?(pas )?(vous )?(aider|assister|fournir|repondre|donner (d'|de |des )?(informations?|instructions?|conseils?))",
    r"^no (puedo|podre|estoy autorizad[oa] a|me es posible) (ayudar|asistir|proporcionar|cumplir|responder|dar(le|te)? (informacion|instrucciones|consejos?))",
];

/// Dealings, and praise: "I can't offer you a refund" and "I can't recommend it enough" refuse no answer.
const DEALINGS: &str = r"\b<tell> ((\w+ ){0,3}(refunds?|discounts?|vouchers?|replacements?|credit|compensation|upgrades?|exchanges?)\b|but\b|.*\benough\b)";

const OBJECTIONS: &[&str] = &[
    r"\b(is|are|was|were|be|it's|that's|isn't|not|never) (not |never |neither |both |highly |deeply |also |only |morally |completely |an? |the |\w+ (and|or|nor) )*(un|in|im)?(ethical|appropriate|acceptable|moral|justifiable|respectful|excusable|justified|reprehensible|offensive|okay|abhorrent)\b",
    r"\b(is|are|was) (not |never |both |highly |deeply |also |only |morally |completely |an? |\w+ (and|or) )*(wrong|harmful|illegal|criminal|discriminatory|disrespectful|unacceptable|a violation|a crime|dangerous) (and|or|but)\b",
    r"\b(violation of|go(es)? against|violates?) (\w+ ){0,3}(human rights|principles|ethic|dignity|privacy|moral|equality)",
    r"\bshould (not|never) be (\w+ )?(tolerated|discriminated|encouraged|promoted|condoned|taken lightly)",
    r"\b(strongly )(advise|urge|disagree) (you )?(against|with|not to)\b",
    r"\b(do|does|am|will|can)(n't| not|not) (\w+ )?(condone|promote|encourage)\b",
];

/// The phrases, compiled.
pub(super) struct Willing {
    openings: Regex,
    refusals: RegexSet,
    dealings: Regex,
    objections: RegexSet,
}

#[expect(clippy::expect_used, reason = "the expressions are constants, and every test of this folder compiles them")]
pub(super) static WILLING: LazyLock<Willing> = LazyLock::new(|| {
    let compiled = |pattern: &str| Regex::new(&over_folded(pattern)).expect("a constant expression");
    let spelled_out = |refusal: &&str| {
        over_folded(&refusal.replace("<adverbs>", ADVERBS).replace("<cannot>", CANNOT).replace("<tell>", TELL))
    };
    Willing {
        openings: compiled(OPENINGS),
        refusals: RegexSet::new(REFUSALS.iter().map(spelled_out)).expect("constant expressions"),
        dealings: Regex::new(&spelled_out(&DEALINGS)).expect("a constant expression"),
        objections: RegexSet::new(OBJECTIONS.iter().map(|objection| over_folded(objection)))
            .expect("constant expressions"),
    }
});

impl Willing {
    /// Whether a sentence says that its speaker will not answer.
    pub(super) fn refuses(&self, sentence: &str) -> bool {
        let phrase = without(&self.openings, sentence);
        self.refusals.is_match(phrase) && !self.dealings.is_match(phrase)
    }

    /// Whether a sentence finds fault with what was asked.
    pub(super) fn objects(&self, sentence: &str) -> bool {
        self.objections.is_match(without(&self.openings, sentence))
    }
}
