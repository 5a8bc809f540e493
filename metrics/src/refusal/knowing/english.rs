//! English.

/// What the passages are called. In a shop an article may also be goods ("the article does not include batteries"), so the
/// bare word is not among them.
const TEXTS: &str = r"(passages?|context|texts?|documents?|documentation|excerpts?|source texts?|knowledge base|(help|knowledge)( cent(er|re)| base)?( articles?)?|(provided|given|supplied|above) (articles?|sources?|information|material))( (that (is|are|was|were) )?(provided|given|above|here|supplied|available)| you (provided|gave|shared))?";

const REFUSALS: &[&str] = &[
    r"^(unknown|unanswerable|not answerable|n/?a|not applicable|none|null|no (answer|response)|answer (unknown|not found)|(cannot|unable to) answer|(don't|do not) know|not (known|disclosed|in (the )?(context|text|documents?|passages?))|undetermined|no idea|(information )?not (provided|found)|(insufficient|not enough|no) (information|context|data)|unbekannt|keine (angaben?|antwort|information(en)?)|inconnue?|desconocid[oa]|\?+|-+)$",
    // The speaker.
    r"^(i|we) (really |simply |just |honestly )*(do not|don't|did not|didn't) (really |actually )?know\b",
    r"^(i|we) (really |simply |just )*(do not|don't|did not|didn't) (currently )?(have|see|find) ((that|it|this|anything)( about \w+)? in (the |these |this )?(\w+ ){0,2}<texts>|(any |the |enough |sufficient |that |this |an |specific |relevant |further )*(information|details?|data|answer|mention|context))\b",
    r"^i (do not|don't) have access to\b",
    r"^(i|we) have no (\w+ )?(information|details?|data|answer|idea|knowledge)\b",
    r"^((i|we)( am| are|'m|'re| was| were)? )?(really |simply |just )*(cannot|can't|can not|could not|couldn't|wasn't able to|weren't able to|unable to|not able to) (confidently |reliably |really |definitively )?(answer|determine|say|know|establish|tell( from|$| you the answer)|find (the |an |any |this |that )*(answer|information|mention|details?|$|in ))\b",
    r"^i( am|'m| was)? (really |simply |just )*(cannot|can't|can not|could not|couldn't|wasn't able to|weren't able to|unable to|not able to) (confidently |reliably |really |definitively )?(tell|confirm|verify|(find|locate) ((that|this|it)( in | there|,? but|$)|(the |an |any |this |that |a )*(\w+ ){0,2}(answer|information|mention|details?|reference|data|evidence|anything)|anything|where|what|when|which|who|how|whether|$))\b",
    r"^((i|we)( am| are|'m|'re| was| were)? )?(cannot|can't|can not|could not|couldn't|wasn't able to|weren't able to|unable to|not able to) (provide|give)( you)?( with)? (an?|the|that|this|any|more) (\w+ ){0,2}(answer|information|details?|response)\b",
    r"^((i|we)( am| are|'m|'re)? )?(cannot|can't|can not|unable to|not able to) (help|assist)( you)?( with (that|this|your|it)\b| here|$)",
    r"^(i|we)( am| are|'m|'re) (not (entirely |really )?(sure|certain)|unsure|uncertain)\b",
    // The passages.
    r"^(the|this|these|those|that|your|all|both|any of the|either)?\s?(\w+ ){0,3}<texts> (do not|don't|does not|doesn't|did not|didn't|never|fails? to) (explicitly |specifically |directly |actually |clearly |even |really |appear to |seem to )*(contain|mention|say|state|provide|specify|include|answer|tell|address|indicate|describe|explain|discuss|cover|give|have|list)\b",
    r"^(the|this|these|those|that|your|all|both)?\s?(\w+ ){0,3}<texts> (give|have|has|contain|provide|offer|include|hold|make)s? no (\w+ )?(information|mention|entry|entries|details?|answer|indication|reference)\b",
    r"^(the|this|these|all|both)?\s?(\w+ ){0,3}<texts> lacks?\b",
    r"^nothing in (the|these|this|any of the|your) (\w+ ){0,2}<texts>\b",
    r"^no (\w+ )?<texts> (was|were|could be) found\b",
    r"^(the|this|these|those|that|your|all|both)?\s?(\w+ ){0,3}(articles?|information|sources?|material) (do not|don't|does not|doesn't|never|fails? to) (explicitly |specifically |directly |actually |clearly |even |really |appear to |seem to )*((mention|say|state|specify|answer|tell|address|indicate|describe|explain|discuss)\b|(contain|include|provide|give|cover) (this|that|it|(any |the |an |enough |specific )*(information|answer|mention|details?))\b)",
    r"^(none of|neither of|no|neither)( of)?( the| these)?( \w+){0,2} (<texts>|articles?|sources?)( \w+)? (mentions?|says?|states?|contains?|answers?|gives?|specif(y|ies)|provides?|explains?|tells?|address(es)?|covers?)\b",
    r"^there( is|'s| was| are| were| isn't| is not) (no|not enough|insufficient|nothing|any|enough)( \w+){0,2} (information|mention|answer|details?|data|indication|reference|evidence)\b",
    r"^there('s| is) nothing (in|about|on)\b",
    r"^(no|insufficient|not enough) (relevant |further |specific |such )?(information|details?|answer|mention|data)( (is|was|are|were|can be))? (given|available|provided|found|about|on|regarding|of|to (answer|determine|say|tell)|in the)\b",
    // The fact.
    r"^((the|this|that|such|your|it) ?)?([\w'-]+ ){0,9}((is|are|was|were) not|(is|are|was|were)n't|'s not|not) (explicitly |specifically |clearly |directly |actually )?(in|part of|present|mentioned|stated|specified|given|provided|known|found|answered|indicated|available|covered|included|contained|listed|addressed|clear)( anywhere)?( (in|by|from|within))? (the |these |any of the |this |either |your )?(\w+ ){0,2}<texts>( |$)",
    r"^(([\w'-]+ ){0,8}(is|are|was|were) not |([\w'-]+ ){0,8}(isn't|aren't|wasn't|weren't) |it's not |not )(explicitly |specifically )?(mentioned|stated|specified|known|indicated)( here| anywhere)?$",
    r"^(information|details?|data)( [\w'-]+){0,8} (is not|isn't|are not|aren't) (available|provided|given|included|found)\b",
    r"^((it|this|that)( is|'s) )?(unclear|not clear)( from\b| (if|whether|how|when|what|who)\b|$)",
    r"^([\w'-]+ ){0,9}((is|are|was|were) not|(is|are|was|were)n't|not) (explicitly |specifically )?(mentioned|stated|specified|indicated)( anywhere)? (in|by) (the |these |any of the )?articles?( |$)",
    r"^(this|that|the|such) (information|details?|answer) (is not|isn't|are not|aren't) (available|provided|given|included|found|known)\b",
    r"^(((this|that|the|your) )?question is )?unanswerable\b",
    r"^(this|that|the|your) question (cannot|can not|can't|could not) be (answered|determined)\b",
    r"^((it|this|that|the answer|the \w+ \w+|the \w+) )?(cannot|can't|can not|could not) be (determined|answered|established|inferred|found in (the |these |this )?(\w+ ){0,2}<texts>)( |$)",
    r"^((it is|it's|that is) )?(not possible|impossible) to (say|tell|determine|answer|know)\b",
    // Too little, or nothing.
    r"^(there is |there's |i have |we have |i've )?(only )?(insufficient|not enough|too little|inadequate|limited) (\w+ )?(information|context|data|details?|evidence|material)( (to|for|in|about|on|is|was|available|given|provided)\b|$)",
    r"^(i|we) lack (the |any |enough |sufficient )*(\w+ )?(information|context|data|details?|knowledge)\b",
    r"^(the|this|these|all|both)?\s?(\w+ ){0,3}<texts> (is|are|was|were|remains?) (\w+ )?(silent|insufficient|not sufficient|not enough|inconclusive|unclear)\b",
    r"^([\w'-]+ ){0,8}(outside|beyond) (of )?(the )?scope of (the |these |this |your )?(\w+ ){0,2}<texts>",
    r"^([\w'-]+ ){0,8}(is|are) (missing|absent|left out) (from|in|of) (the |these |this |your )(\w+ ){0,2}<texts>",
    r"^([\w'-]+ ){0,8}((is|are|was|were) not|isn't|aren't|wasn't) (something|anything|a topic|information)( that)? (the|these|this|your) (\w+ ){0,2}<texts> (cover|mention|address|contain|discuss|include|provide|state)s?\b",
    r"^([\w'-]+ ){0,8}(do not|does not|don't|doesn't|did not|didn't) (appear|occur|come up|feature) (anywhere )?(in|within) (the |these |this |any of the )(\w+ ){0,2}<texts>",
    r"^no (\w+ ){0,2}(mention|reference|information|indication|details?) (is|was|are|were|has been) (made|given|provided|found|available|included)\b",
    r"^not answerable\b",
    r"^((it|this|that)( is|'s| remains)|the answer (is|remains)) (still |currently |simply )?(unknown|unspecified|unstated|not known|unclear)\b",
    r"^(no|zero) (relevant |further |matching )?(info|data|details|results?|evidence)( (found|available|given|provided))?$",
    r"^there('s| is) no way (to|of) (really |actually )?(tell|telling|know|knowing|say|saying|determin\w+)\b",
    r"^(the |this |these )?(\w+ ){0,3}<texts> (say|tell|give|mention|state|reveal)s? (us )?(nothing|little)\b",
    r"^(the |this |these )?(\w+ ){0,3}<texts> leaves? (this|that|it|the question|the matter) (open|unanswered)\b",
    r"^(we|readers) are (not|never) told\b",
];

/// The phrases as regular expressions.
pub(super) fn refusals() -> impl Iterator<Item = String> {
    REFUSALS.iter().map(|refusal| refusal.replace("<texts>", TEXTS))
}
