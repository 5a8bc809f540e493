//! German.

/// What the passages are called.
const TEXTS: &str = r"((bereitgestellten?|gegebenen?|vorliegenden?|obigen) artikeln?|passagen?|text(es|en|e)?|kontext|dokument(en?|s)?|textabschnitten?|abschnitten?|abschnitte?|informationen|quellen?|auszugen?|hilfeartikeln?|unterlagen)";

/// That nothing is said.
const NO_INFORMATION: &str = r"(keine?n?|nicht genug|nicht genugend|nicht ausreichend) ((ausreichenden?|weiteren?|genauen?|entsprechenden?|relevanten?|passenden?) )?(information(en)?|angaben?|hinweise?|auskunft|aussagen?|daten|antwort|erwahnung|details)\b";

const REFUSALS: &[&str] = &[
    r"^(das |dies |dazu |die antwort )?(wei(ß|ss) (ich|man)|ich wei(ß|ss)( es| das| dazu)?)( leider)? nicht\b",
    r"^(das |dies |dazu |diese frage |hierzu )?(ich kann|wir konnen|kann ich|konnen wir)\b.{0,80}\b(nicht|nichts) (beantworten|sagen|finden|feststellen|ermitteln|helfen|bestimmen|beurteilen|entnehmen)\b",
    r"^(ich kann|kann ich|ich habe|habe ich)\b.{0,60}\bkeine? (\w+ )?(antwort|angaben?|auskunft|information(en)?)\b",
    r"^(das|dies|die frage|diese frage|die antwort)\b.{0,20} (lasst|kann)\b.{0,80}nicht (beantworten|entnehmen|sagen|beantwortet|ermittelt|bestimmen|bestimmt|entnommen|feststellen)\b",
    r"^(der|die|das|dieser?|dieses) (\w+ ){0,2}(<texts>|artikel) (erwahnen|erwahnt|nennen|nennt|sagen|sagt|beantworten|beantwortet)\b.{0,80}\b(keine?n?|nicht|nichts)\b",
    r"^(keine der|keiner der|keines der|keine?r?) (\w+ ){0,2}(<texts>|artikel) (enthalt|erwahnt|nennt|sagt|beantwortet)\b",
    r"^(der|die|das|dieser?|dieses|keine der|keiner der|keines der|keine?r?) (\w+ ){0,2}<texts> (enthalten|enthalt|geben|gibt|liefern|liefert|machen|macht)\b.{0,80}\b(keine?n?|nicht|nichts)\b",
    r"^(enthalten|enthalt|erwahnen|erwahnt|nennen|nennt|sagen|sagt|geben|gibt|steht|stehen) .{0,30}<texts>\b.{0,60}\b(keine?n?|nicht|nichts)\b",
    r"^(in|aus|im) ((den|dem|der|diesen|diesem) )?(\w+ ){0,2}<texts>\b.{0,80}\b(keine?n?|nicht|nichts)\b",
    r"^(das|dies|es) (steht|wird|ist)\b.{0,40}\b(in|im|aus)\b.{0,20}<texts>\b.{0,10}\bnicht\b",
    r"^(das|dies|es) (steht|wird|ist) nicht (in|im)( \w+){0,2} <texts>\b",
    r"^((das|dies|es) )?geht\b.{0,60}\bnicht\b.{0,40}\bhervor\b",
    r"^(dazu|hierzu|daruber)\b.{0,60}\b(keine?n?|nichts|nicht)( (\w+ )?(information(en)?|angaben?|hinweise?|auskunft|antwort|erwahnt|angegeben|gesagt|genannt)\b|$)",
    r"^(es )?(gibt|liegen|finden sich|steht)\b.{0,30}\bkeine?n? (\w+ )?(information(en)?|angaben?|hinweise?|antwort)\b",
    r"^keine (\w+ )?(information(en)?|angaben?) (dazu|zu|zur|zum|uber|vorhanden|verfugbar|in)\b",
    r"^([\w'-]+ ){0,8}(ist|sind|wird|werden) (\w+ ){0,6}nicht (angegeben|erwahnt|genannt|bekannt|aufgefuhrt)$",
    r"^(die|diese) (information|angabe|antwort)(en)? (ist|sind|wird) .{0,40}nicht (enthalten|vorhanden|verfugbar|bekannt)$",
    r"^nicht (angegeben|bekannt|erwahnt|beantwortbar|genannt)$",
    // Anything of the kind, in whatever order.
    r"^.{0,80}\b<texts>\b.{0,60}\b<no_information>",
    r"^.{0,60}\b<no_information>.{0,40}\b(in|im|aus|den|dem) .{0,20}<texts>\b",
    r"^(dazu|hierzu|daruber|hieruber|davon) (steht|findet sich|finden sich|finde ich|kann ich|habe ich|liegt|liegen)\b.{0,40}\b(nichts\b|nicht\b|<no_information>)",
    r"^(ich )?(finde|fand|sehe|habe|konnte|kann) .{0,60}(<no_information>|\b(dazu|hierzu|daruber|hieruber|davon) .{0,20}nichts\b|\bnichts (dazu|hierzu|daruber|hieruber|davon)\b)",
    r"^(hierzu |dazu |daruber |es )?(liegen|gibt|bestehen) .{0,40}<no_information>",
    r"^(nicht|nichts) .{0,20}\b(im|in) .{0,20}<texts>\b",
    r"^(.{0,40}\b(<texts>|angaben|daten)|das|dies) (reicht|reichen|genugt|genugen)\b.{0,20}\bnicht\b",
    r"^(unzureichende|ungenugende|fehlende|zu wenige?|nicht genug|nicht genugend|nicht ausreichend) (information(en)?|angaben|daten|kontext)\b",
    r"^(die antwort|das|dies|diese?r? (information|angabe|frage|punkt)(en)?) .{0,50}(<texts>\b.{0,20}\bnicht\b|\bnicht\b.{0,30}\b(in|im|aus)\b.{0,20}<texts>\b|\bnicht\b.{0,20}\b(entnehmen|hervor|ersichtlich)\b)",
    r"^(unklar|ungewiss|unbeantwortbar|k\.? ?a|keine (daten|auskunft|aussage)( moglich)?|nicht (feststellbar|bestimmbar|ersichtlich|vorhanden))$",
    r"^(anhand|auf grundlage|aufgrund|nach) .{0,30}<texts> (lasst|lassen|kann|konnen)\b.{0,50}\bnicht\b",
    r"^(dazu|hierzu|daruber|hieruber|das) ist (leider |mir )?nichts? bekannt\b",
    r"^(die|diese) (information|angabe|antwort|auskunft)(en)? fehl(t|en)\b",
    r"^(die|diese|ihre) frage bleibt (offen|unbeantwortet)\b",
    r"^(keine ahnung|ohne angabe|nicht (zu ermitteln|zutreffend|aufgefuhrt|gefunden|ermittelbar)|wei(ß|ss) nicht|antwort (unbekannt|nicht (moglich|gefunden|bekannt)))$",
    r"^(davon|dazu|daruber|hierzu|das) (steht|ist|findet sich) (da|dort|hier|dar(in|uber)|drin)?\s?(nichts|nicht)( (drin|da|dort|die rede|zu (finden|lesen)))?$|^(das|dies|es) steht (nirgends|nirgendwo)\b|^davon ist (nirgends|nicht|keine)( die)? rede\b",
];

/// The phrases as regular expressions.
pub(super) fn refusals() -> impl Iterator<Item = String> {
    REFUSALS.iter().map(|refusal| refusal.replace("<texts>", TEXTS).replace("<no_information>", NO_INFORMATION))
}
