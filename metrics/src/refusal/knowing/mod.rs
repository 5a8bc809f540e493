//! The phrases by which one says that one does not know, or that the passages do not tell, in English, German, French and
//! Spanish, as regular expressions over folded text.

mod english;
mod french;
mod german;
mod spanish;

use super::sentences::{over_folded, without};
use ::regex::{Regex, RegexSet};
use std::sync::LazyLock;

/// Sentences that say nothing on the matter.
const COURTESY: &str = r"^(thank you|thanks|hello|hi|dear|good (morning|day|afternoon)|hallo|guten tag|(vielen )?dank|danke|lieber?|sehr geehrte|bonjour|merci|hola|gracias|(i am|i'm|we are|we're) (very |so |really )?sorry( for .*| to hear .*)?$|sorry( for .*)?$|i understand|(es )?tut mir leid$|desolee?$|lo siento$)\b";

/// What sounds like not knowing, and is thanks or a way to begin.
const FIGURES: &str = concat!(
    r"^((i|we) ((really|simply|just|honestly|even) )*(do not|don't|can't|cannot) (know|say|begin to say|tell you) how ",
    r"((to|(i|we) (can|could|should|will)|(can|could) (i|we))( \w+){0,2} (thank|express|repay|apologi[sz]e|make (this|that|it) up)",
    r"|(very )?(grateful|thankful|happy|sorry|glad|pleased) |much (i|we) (\w+ )?(appreciate|value|enjoy|love|thank))",
    r"|(i|we) (do not|don't) know (what|where) (i|we)('d| would| could| should)( \w+){0,3} without",
    r"|i (do not|don't) know (about you|(if|whether) you('ve| have)? (\w+ )?(notice|saw|seen|hear|know|knew|remember|receive|got|are aware))",
    r"|((ich|wir) )?(wei(ß|ss)|wissen)( (ich|wir))?( (gar|wirklich|ja))* nicht,? (wie (ich|wir) .{0,30}(danken|entschuldigen|gutmachen)|was (ich|wir) ohne)",
    r"|(je|nous) ne (sais|savons|saurais|saurions) ((pas|trop|vraiment) )*(comment .{0,30}(remercier|exprimer|excuser)|ce que (je|nous) (ferais|ferions) sans)",
    r"|(yo )?no (se|sabemos) (como .{0,30}(agradecer|disculpar|expresar)|que (haria|hariamos|seria) .{0,20}sin))",
);

/// Words of regret or reference before the phrase itself.
const OPENINGS: &str = r"^(((i am|i'm|we are|we're) )?(very |so |really |terribly )?(sorry|afraid)( (for|about) [^,]{1,60}| to say)?( that|,? but)?|(my |our )?apologies( for [^,]{1,60})?(,? but)?|i apologi[sz]e( for [^,]{1,60})?(,? but)?|unfortunately|regrettably|(based on|according to|from|given|looking at|judging by) [^,]{1,80},|as an ai[^,]{0,40},|it (seems|appears|looks like)( that)?|the answer is:?|answer:|leider|(es )?tut mir (sehr )?leid(,? aber)?|entschuldigung(,? aber)?|laut [^,]{1,60},|(je suis )?(vraiment )?desolee?(,? mais)?|malheureusement|(d'apres|selon) [^,]{1,80},|lo siento( mucho)?(,? pero)?|lamentablemente|desafortunadamente|por desgracia|segun [^,]{1,80},)[,:]?\s+";

/// "but" and the like with what goes on to answer; an offer of help afterwards is none.
const TURNS: &str = r"[,;:–—-]?\s(but|however|although|though|aber|allerdings|mais|cependant|pero|sin embargo)\b,?\s*";
const STARTS_WITH_TURN: &str = r"^(but|however|that said|aber|allerdings|mais|cependant|pero|sin embargo)\b,?\s*";
const OFFERS: &str = r"^(you (can|could|may|might)|please|feel free|contact|i (can|could|would|will|'d|suggest|recommend)|i'd|i'll|if you|our (team|support)|sie konnen|bitte|ich kann|gerne|vous pouvez|veuillez|je peux|puede|por favor)\b";

/// The phrases, compiled.
pub(super) struct Knowing {
    courtesy: Regex,
    figures: Regex,
    openings: Regex,
    turns: Regex,
    starts_with_turn: Regex,
    offers: Regex,
    refusals: RegexSet,
}

#[expect(clippy::expect_used, reason = "the expressions are constants, and every test of this folder compiles them")]
pub(super) static KNOWING: LazyLock<Knowing> = LazyLock::new(|| {
    let all = english::refusals().chain(german::refusals()).chain(french::refusals()).chain(spanish::refusals());
    let compiled = |pattern| Regex::new(&over_folded(pattern)).expect("a constant expression");
    Knowing {
        courtesy: compiled(COURTESY),
        figures: compiled(FIGURES),
        openings: compiled(OPENINGS),
        turns: compiled(TURNS),
        starts_with_turn: compiled(STARTS_WITH_TURN),
        offers: compiled(OFFERS),
        refusals: RegexSet::new(all.map(|pattern| over_folded(&pattern))).expect("constant expressions"),
    }
});

impl Knowing {
    /// Whether a sentence says nothing on the matter.
    pub(super) fn is_courtesy(&self, sentence: &str) -> bool {
        self.courtesy.is_match(sentence) || self.figures.is_match(without(&self.openings, sentence))
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
