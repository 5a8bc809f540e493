//! Spanish.

/// What the passages are called.
const TEXTS: &str = r"(pasajes?|textos?|documentos?|contexto|fragmentos?|informacion)( proporcionad[oa]s?| dad[oa]s?)?";

const REFUSALS: &[&str] = &[
    r"^(yo )?no lo se\b|^(yo )?no se$|^(yo )?no (lo )?se (la|el|cual|cuanto|que|si)\b|^no (lo )?sabemos\b",
    r"^no (puedo|podemos|se puede|es posible|me es posible) (responder|decir|determinar|encontrar|saber|contestar|ayudar|confirmar|decirle|responderle|ayudarle)\b",
    r"^no (tengo|tenemos|hay|existe|encuentro|dispongo de|dispone de|he encontrado) (suficiente |ninguna |la |esa |esta |mas )?(informacion|datos|respuesta|mencion)\b",
    r"^((el|los|las|la|este|estos) (\w+ )?(<texts>|articulos?) no|(ninguno de los|ningun) (<texts>|articulos?)) (lo |la )?(mencionan?|indican?|dicen?|especifican?|responden?)\b",
    r"^((el|los|las|la|este|estos) (\w+ )?<texts> no|(ninguno de los|ningun) <texts>) (contienen?|incluyen?|proporcionan?|dan?) (esa |la |esta |ninguna )?(informacion|datos|respuesta|mencion)\b",
    r"^([\w]+ ){0,8}no se (menciona|indica|especifica|sabe|precisa)n?\b",
    r"^(la|esa|esta) informacion no (esta|se encuentra) (disponible|incluida|en)\b",
    // Anything of the kind.
    r"^((el|los|las|la|este|estos|estas|ninguno de los|ninguna de las|ningun) )?(\w+ )?<texts>( \w+){0,2} no (lo |la |se |nos |le )?(mencion|indic|dic|especific|respond|contien|incluy|proporcion|dan?\b|permit|habl|abord|trat|aclar|detall|ofrec|aport|refier|precis|bast)\w*",
    r"^(la respuesta|(esta|esa|la|dicha) informacion|(este|ese|el) dato|eso|esto) no (esta|aparece|figura|se encuentra|consta|viene|se (menciona|indica|especifica))\b",
    r"^no (esta )?(mencionad|especificad|indicad|precisad)[oa]s?( .{0,20}<texts>)?$",
    r"^((eso|esto|ello|ese dato|este dato|la respuesta|tal dato) )?no (consta|figura|aparece|se recoge|se conoce)n?( .{0,20}<texts>| aqui| ahi| ningun dato| tal dato| nada)?$",
    r"^no (aplica|aplicable|hay datos|hay informacion|hay respuesta|lo pone|lo dice)$",
    r"^(ni idea|sin respuesta|respuesta desconocida|no tengo (ni )?idea|se desconoce|se ignora)\b",
    r"^no (esta|queda) claro\b",
    r"^nada en .{0,20}<texts>",
    r"^no (encuentro|veo|he encontrado|encontre|hallo|consta) (nada|ninguna?) (.{0,20}(sobre|al respecto|mencion|referencia|indicacion|respuesta|dato)|en .{0,20}<texts>)",
    r"^(es|resulta) imposible (responder|saber|determinar|decir|contestar)\b",
    r"^(la|esta|su|tu) pregunta (no se puede|no puede|queda sin)\b",
    r"^(lo )?(desconozco|ignoro)\b",
    r"^((los|las|la|el) )?(<texts>|informacion|datos|contexto)( \w+){0,2} ((es|son|resulta|resultan) )?insuficientes?\b",
    r"^insuficiente informacion\b",
    r"^sin (respuesta|informacion|datos)$",
    r"^(informacion|respuesta|dato)s? no (disponible|encontrad[oa]|proporcionad[oa]|indicad[oa])s?$",
    r"^(la|esta) informacion( \w+){0,2} no (es|resulta) (suficiente|bastante)\b",
    r"^imposible (responder|saber|determinar|decir|contestar)\b",
    r"^(\w+ ){0,6}no se (trata|aborda|explica|detalla|dice)n? en .{0,20}<texts>",
];

/// The phrases as regular expressions.
pub(super) fn refusals() -> impl Iterator<Item = String> {
    REFUSALS.iter().map(|refusal| refusal.replace("<texts>", TEXTS))
}
