use super::{Fact, source::folded};
use ::regex::Regex;
use std::{ops::Range, sync::LazyLock};

struct Forms {
    word: Regex,
    code: Regex,
    german: Regex,
}

#[expect(clippy::expect_used, reason = "the expressions are constants, and every test of this folder compiles them")]
static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let compiled = |pattern: &str| Regex::new(pattern).expect("a constant expression");
    Forms {
        word: compiled(r"\p{L}[\p{L}\p{M}\p{N}'’&-]*"),
        code: compiled(r"\b\p{L}[\p{L}\p{N}]*[-_/.]?\d[\p{L}\p{N}_/-]*\b"),
        german: compiled(r"\b([Dd]er|[Dd]as|und|ist|nicht|[Ee]ine?|für|mit|wird|sind|[Ww]ir)\b"),
    }
});

/// Small words inside a name.
const PARTICLES: &[&str] =
    &["of", "the", "de", "la", "del", "du", "des", "di", "da", "van", "von", "der", "den", "zu", "y", "and"];

/// Words that begin a sentence, or stand alone, and name nothing.
const PLAIN: &str = " a an the i i'm in on at by for from with to of and or but if it its it's this that these those there \
    here he she we you they my our your his her their as is are was were be can do does did may must yes no not none when \
    where who what which how why after before until since during while unless because however also both each every all any \
    some one about over under only please note der die das ein eine einen einem im am an auf mit für und oder aber wenn ja \
    nein nicht sie er es wir ihr ihre bei nach vor seit zum zur dieser diese dieses le la les l' un une des du en au aux et \
    ou mais si oui non il elle nous vous pour par avec dans ce cette el los las una unos unas y o pero sí no con de para por \
    su sus este esta ";

/// Names of things in letters and digits: `FM-1001`, `A4`. They have to stand in the passages as they are.
pub(super) fn codes(text: &str) -> Vec<(Range<usize>, Fact)> {
    let code = |found: ::regex::Match<'_>| (found.range(), Fact::Verbatim(found.as_str().into()));
    FORMS.code.find_iter(text).map(code).collect()
}

/// Runs of words with a capital. The first word of a sentence has one anyway, and counts where more follow or where it is
/// all there is; in German any noun has one, so only runs and words of capitals count there.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Fact)> {
    let german = FORMS.german.is_match(text);
    let mut runs: Vec<Vec<Range<usize>>> = vec![Vec::new()];
    let mut end = 0;
    for word in FORMS.word.find_iter(text) {
        let is_near = matches!(&text[end..word.start()], " " | "-" | " & ");
        let run = runs.last_mut().filter(|run| is_near && !run.is_empty());
        end = word.end();
        match (run, is_capital(word.as_str())) {
            (Some(run), true) => run.push(word.range()),
            (Some(run), false) if PARTICLES.contains(&word.as_str()) => run.push(word.range()),
            (_, true) => runs.push(vec![word.range()]),
            (_, false) => runs.push(Vec::new()),
        }
    }
    runs.into_iter().filter_map(|run| name(text, run, german)).collect()
}

fn name(text: &str, mut run: Vec<Range<usize>>, german: bool) -> Option<(Range<usize>, Fact)> {
    let is_particle = |span: &Range<usize>| PARTICLES.contains(&&text[span.clone()]);
    let is_plain =
        |span: &Range<usize>| PLAIN.contains(&format!(" {} ", text[span.clone()].to_lowercase().replace('’', "'")));
    while run.last().is_some_and(is_particle) {
        run.pop();
    }
    let begins = run.first().is_some_and(|span| begins_sentence(text, span.start));
    while run.first().is_some_and(|span| is_plain(span) || is_particle(span)) {
        run.remove(0);
    }
    let (first, last) = (run.first()?, run.last()?);
    let span = first.start..last.end;
    let written = &text[span.clone()];
    let shouts = written.chars().filter(|c| c.is_uppercase()).count() > 1 && run.len() == 1;
    let stands_alone = begins && ends_sentence(text, span.end);
    let counts = match run.len() {
        1 => shouts || stands_alone || (!german && !begins),
        // Of two words at the start of a German sentence the second may be any noun.
        2 if german => !begins,
        _ => true,
    };
    let words = || run.iter().filter(|span| !is_particle(span)).map(|span| folded(&text[span.clone()])).collect();
    (counts && written.chars().count() > 1).then(|| (span.clone(), Fact::Name(words())))
}

fn is_capital(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

fn begins_sentence(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '*', '-', '•', '"', '“', '„', '«', '(', '\'']);
    before.is_empty() || before.ends_with(['.', '!', '?', ':', '\n', ';', '…'])
}

fn ends_sentence(text: &str, at: usize) -> bool {
    let after = text[at..].trim_start_matches([' ', '*', '"', '”', '“', '»', ')', '\'']);
    after.is_empty() || after.starts_with(['.', '!', '?', '\n', ','])
}
