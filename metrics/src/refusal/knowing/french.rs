//! French.

/// What the passages are called.
const TEXTS: &str =
    r"(passages?|textes?|documents?|contexte|extraits?|informations?)( fournie?s?| donnee?s?| ci-dessus)?";

const REFUSALS: &[&str] = &[
    r"^(je|nous) ne (le |la |les )?(sais|savons) pas\b",
    r"^(je|nous|on) ne (vous )?(peux|puis|pouvons|peut) (malheureusement )?pas (repondre|dire|trouver|determiner|savoir|vous aider|confirmer|vous repondre|vous dire)\b",
    r"^(je|nous) ne (suis|sommes) pas (en mesure|capables?) de (repondre|dire|trouver|determiner|confirmer)\b",
    r"^(je|nous) (n'ai|n'avons|ne dispose|ne disposons|ne trouve|ne trouvons) pas (trouve |assez |suffisamment )?(d'|de |cette |l'|la |cet )?(cette |l')?(informations?|reponse|elements?)\b",
    r"^(le|la|les|l'|ce|ces|cet)\s?(<texts>|articles?) (ne |n')(mentionne|indique|precise|dit|disent|specifie|repond|parle|evoque|aborde|permet)(nt|ent|tent)? (pas|rien|aucune?)\b",
    r"^(le|la|les|l'|ce|ces|cet)\s?<texts> ne (contien(t|nent)|donnent?|fourni(t|ssent)) (pas|rien|aucune?)\b",
    r"^aucun (des )?(<texts>|articles?) (ne |n')(mentionne|indique|precise|contient|dit|donne|repond)\b",
    r"^aucune (information|reponse|mention|precision)\b",
    r"^il n'(y a|existe) (pas|aucune?)\s?(assez )?(d'|de )?(informations?|reponse|mention|precision|indication)\b",
    r"^(ce|cela|c'|cette information|l'information|la reponse|le \w+|la \w+)( \w+){0,5}? n'est pas (mentionnee?|indiquee?|precisee?|connue?|specifiee?)( (dans|par|ici)\b|$)",
    r"^(il est )?impossible (de|a) (le )?(dire|repondre|determiner|savoir)\b",
    r"^non (precise|mentionne|indique|specifie)e?$",
    // Anything of the kind.
    r"^((le|la|les|l'|ce|ces|cet|aucune? des|aucune?|ni le|ni les)\s?)?(\w+ ){0,2}<texts>( \w+){0,2} (ne |n')(en |y |le |la |nous )?(mentionn|indiqu|precis|di[ts]|disent|specifi|repond|parl|evoqu|abord|permet|contien|donn|fourni|comport|trait|apport|figur|suffi)\w* (\w+ )?(pas|rien|aucune?|guere)\b",
    r"^(cette information|ces informations|cette precision|la reponse|l'information|cela|ce point|ce detail) (n'est|ne sont|ne figure|n'apparait|n'apparaissent|n'est pas|ne se trouve) pas\b",
    r"^(je|nous|on) (n'ai|n'avons|n'a|ne dispose|ne disposons|ne trouve|ne trouvons|ne vois|ne voit) (trouve |vu )?(pas|rien|aucune?)\b.{0,40}\b(information|reponse|mention|element|indication|donnee|precision|sujet|document|texte|passage)s?\b",
    r"^(je ne connais pas (la )?reponse|je l'ignore|j'ignore)\b",
    r"^((les |le |la |l')?(<texts>|informations?|donnees?|elements?|contexte)( \w+){0,2} )(est |sont |reste |restent )?insuffisante?s?\b",
    r"^(pas|point) (assez |suffisamment )?(d'|de )(informations?|reponse|donnees?|elements?|contexte|mention|precisions?)\b",
    r"^rien (dans .{0,30}<texts>|ne permet de|n'indique)\b",
    r"^(la|cette|votre) question (ne peut|ne pourra) (pas|etre)\b|^(la|cette|votre) question (reste|demeure) sans reponse\b",
    r"^(il|ce) n'est pas (indique|precise|mentionne|specifie|dit|possible de (le )?(dire|repondre|determiner|savoir))\b",
    r"^non (precise|mentionne|indique|specifie|renseigne)e?s?( .{0,20}<texts>)?$",
    r"^(reponse |information )?(inconnue?|indeterminee?|introuvable)$",
    r"^on ne (le )?(sait|dit) pas\b",
    r"^(sans reponse|pas de reponse|aucune idee|(je n'ai|je n'en ai) aucune idee|neant|sans objet|non (communiquee?|connue?|applicable|determinee?|fournie?|donnee?)s?|ne sait pas|reponse inconnue)$",
    r"^(cela|ca|ceci|l'information|la reponse|le texte) (n'est|n'y est|ne figure|n'apparait) (pas|nulle part)( \w+){0,3}$",
    r"^(information|reponse|donnee)s? ((non|pas) (disponible|fournie|trouvee|precisee|indiquee)|indisponible)s?$",
    r"^rien n'est (dit|precise|indique|mentionne|specifie)\b",
    r"^((ce|cet|cette|le|la) \w+) n'est (pas|jamais) (abordee?|traitee?|evoquee?|mentionnee?|precisee?|indiquee?) (dans|par) .{0,20}<texts>",
];

/// The phrases as regular expressions.
pub(super) fn refusals() -> impl Iterator<Item = String> {
    REFUSALS.iter().map(|refusal| refusal.replace("<texts>", TEXTS))
}
