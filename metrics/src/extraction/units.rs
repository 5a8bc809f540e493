//! Units and currencies that stand beside a number.

/// What a number counts. Values convert within a dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    /// Units of equal dimension measure the same; a currency is a dimension of its own.
    pub dimension: &'static str,
    /// Of the dimension's first unit.
    pub factor: f64,
}

/// A unit of the suite's that is not in the table: only itself is of its dimension.
const OWN: Unit = Unit { dimension: "of the suite", factor: 1.0 };

/// Names are lower case, and in Unicode NFKC.
const UNITS: &[(&str, f64, &[&str])] = &[
    ("mass", 1.0, &["kg", "kilo", "kilos", "kilogram", "kilograms", "kilogramm"]),
    ("mass", 1e-3, &["g", "gram", "grams", "gramm"]),
    ("mass", 1e-6, &["mg", "milligram", "milligrams"]),
    ("mass", 1e3, &["t", "tonne", "tonnes"]),
    ("mass", 0.453_592_37, &["lb", "lbs"]),
    ("mass", 0.028_349_523_125, &["oz", "ounce", "ounces"]),
    ("length", 1.0, &["m", "meter", "meters", "metre", "metres"]),
    ("length", 1e3, &["km", "kilometer", "kilometers", "kilometre", "kilometres"]),
    ("length", 1e-2, &["cm", "centimeter", "centimeters", "centimetre", "centimetres"]),
    ("length", 1e-3, &["mm", "millimeter", "millimeters", "millimetre", "millimetres"]),
    ("length", 1609.344, &["mi", "mile", "miles"]),
    ("length", 0.9144, &["yd", "yard", "yards"]),
    ("length", 0.3048, &["ft", "foot", "feet"]),
    ("length", 0.0254, &["in", "inch", "inches"]),
    ("area", 1.0, &["m2", "sqm", "qm"]),
    ("area", 1e4, &["ha", "hectare", "hectares"]),
    ("area", 0.092_903_04, &["sqft", "sq ft", "ft2"]),
    ("volume", 1.0, &["l", "liter", "liters", "litre", "litres"]),
    ("volume", 1e-2, &["cl"]),
    ("volume", 1e-3, &["ml", "milliliter", "milliliters", "millilitre", "millilitres"]),
    ("volume", 1e3, &["m3"]),
    ("duration", 1.0, &["s", "sec", "secs", "second", "seconds", "sekunden"]),
    ("duration", 1e-3, &["ms", "millisecond", "milliseconds"]),
    ("duration", 60.0, &["min", "mins", "minute", "minutes", "minuten"]),
    ("duration", 3600.0, &["h", "hr", "hrs", "hour", "hours", "std", "stunden"]),
    ("duration", 86_400.0, &["d", "day", "days", "tage", "jours", "días"]),
    ("data", 1.0, &["b", "byte", "bytes"]),
    ("data", 1e3, &["kb"]),
    ("data", 1e6, &["mb"]),
    ("data", 1e9, &["gb"]),
    ("data", 1e12, &["tb"]),
    ("data", 1024.0, &["kib"]),
    ("data", 1_048_576.0, &["mib"]),
    ("data", 1_073_741_824.0, &["gib"]),
    ("energy", 1.0, &["kwh"]),
    ("energy", 1e-3, &["wh"]),
    ("power", 1.0, &["w", "watt", "watts"]),
    ("power", 1e3, &["kw"]),
    ("voltage", 1.0, &["v", "volt", "volts"]),
    ("current", 1.0, &["a", "amp", "amps"]),
    ("celsius", 1.0, &["°c"]),
    ("fahrenheit", 1.0, &["°f"]),
    ("share", 1.0, &["%", "percent", "per cent", "prozent"]),
    ("share", 0.1, &["‰"]),
];

/// Currencies are also written before the number. `kr` and `¥` are several: they say no more than that it is money.
const CURRENCIES: &[(&str, &[&str])] = &[
    ("USD", &["us$", "usd", "$", "dollar", "dollars"]),
    ("EUR", &["eur", "€", "euro", "euros"]),
    ("GBP", &["gbp", "£", "pound", "pounds"]),
    ("CHF", &["chf", "francs", "fr."]),
    ("JPY", &["jpy", "yen"]),
    ("CNY", &["cny", "rmb"]),
    ("INR", &["inr", "₹"]),
    ("CAD", &["cad", "ca$"]),
    ("AUD", &["aud", "a$"]),
    ("SEK", &["sek", "kronor"]),
    ("NOK", &["nok"]),
    ("DKK", &["dkk"]),
    ("PLN", &["pln", "zł"]),
    ("CZK", &["czk", "kč"]),
    ("", &["kr", "kroner", "¥"]),
];

/// What stands beside a number.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Affix {
    /// `None`: no unit, or one that says no more than that it is money.
    pub unit: Option<Unit>,
    /// Whether it is a currency.
    pub money: bool,
}

/// The unit of this name.
pub(super) fn named(name: &str) -> Unit {
    affixes().find(|(known, ..)| *known == name).and_then(|(_, affix, _)| affix.unit).unwrap_or(OWN)
}

/// Takes the longest unit off the end, or the longest currency off the beginning; `own` is the suite's unit.
pub(super) fn split<'a>(text: &'a str, own: Option<&str>) -> (&'a str, Affix) {
    let own = own.map(|name| (name, Affix { unit: Some(named(name)), money: false }, false));
    let rest = |(name, affix, leads): (&str, Affix, bool)| {
        let before = text.strip_prefix(name).filter(|_| leads);
        before.or_else(|| text.strip_suffix(name)).map(|rest| (name.len(), rest.trim(), affix))
    };
    let longest = affixes().filter_map(rest).chain(own.and_then(rest)).max_by_key(|(length, ..)| *length);
    longest.map_or((text, Affix::default()), |(_, rest, affix)| (rest, affix))
}

/// Every name, what it means, and whether it may stand before the number.
fn affixes() -> impl Iterator<Item = (&'static str, Affix, bool)> {
    let units = UNITS.iter().flat_map(|(dimension, factor, names)| {
        let affix = Affix { unit: Some(Unit { dimension, factor: *factor }), money: false };
        names.iter().map(move |name| (*name, affix, false))
    });
    let currencies = CURRENCIES.iter().flat_map(|(code, names)| {
        let unit = (!code.is_empty()).then_some(Unit { dimension: code, factor: 1.0 });
        names.iter().map(move |name| (*name, Affix { unit, money: true }, true))
    });
    units.chain(currencies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_name_means_one_unit() {
        let mut names = HashSet::new();
        for (name, ..) in affixes() {
            assert!(names.insert(name), "{name} stands twice");
            assert_eq!(crate::text::fold(name), name, "names are compared in this form");
        }
    }

    #[test]
    fn the_longest_name_is_taken() {
        let unit = |text| split(text, None).1.unit.map(|unit| (unit.dimension, unit.factor));
        assert_eq!(unit("5 kg"), Some(("mass", 1.0)));
        assert_eq!(unit("5 min"), Some(("duration", 60.0)));
        assert_eq!(unit("ca$ 5"), Some(("CAD", 1.0)));
        assert_eq!(split("kg 5", None), ("kg 5", Affix::default()));
        assert_eq!(split("5 boxes", Some("boxes")), ("5", Affix { unit: Some(OWN), money: false }));
    }
}
