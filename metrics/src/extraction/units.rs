//! Units and currencies that stand beside a number.

use crate::text::fold;
use unicode_normalization::UnicodeNormalization;

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
    ("mass", 1e-6, &["mg", "milligram", "milligrams", "milligramm"]),
    ("mass", 1e-9, &["μg", "mcg"]),
    ("mass", 1e3, &["t", "tonne", "tonnes", "tonnen"]),
    ("mass", 0.453_592_37, &["lb", "lbs"]),
    ("mass", 0.028_349_523_125, &["oz", "ounce", "ounces"]),
    ("length", 1.0, &["m", "meter", "meters", "metre", "metres"]),
    ("length", 1e3, &["km", "kilometer", "kilometers", "kilometre", "kilometres"]),
    ("length", 0.1, &["dm"]),
    ("length", 1e-2, &["cm", "centimeter", "centimeters", "centimetre", "centimetres"]),
    ("length", 1e-3, &["mm", "millimeter", "millimeters", "millimetre", "millimetres"]),
    ("length", 1e-6, &["μm"]),
    ("length", 1e-9, &["nm"]),
    ("length", 1609.344, &["mi", "mile", "miles"]),
    ("length", 0.9144, &["yd", "yard", "yards"]),
    ("length", 0.3048, &["ft", "foot", "feet"]),
    ("length", 0.0254, &["in", "inch", "inches"]),
    ("area", 1.0, &["m2", "sqm", "sq m", "qm"]),
    ("area", 1e6, &["km2", "sqkm", "sq km", "qkm"]),
    ("area", 1e-2, &["dm2"]),
    ("area", 1e-4, &["cm2", "sqcm", "sq cm", "qcm"]),
    ("area", 1e-6, &["mm2", "sqmm", "sq mm", "qmm"]),
    ("area", 1e4, &["ha", "hectare", "hectares", "hektar"]),
    ("area", 4046.856_422_4, &["acre", "acres"]),
    ("area", 0.092_903_04, &["sqft", "sq ft", "ft2"]),
    ("area", 6.4516e-4, &["sqin", "sq in", "in2"]),
    ("volume", 1.0, &["l", "liter", "liters", "litre", "litres", "dm3"]),
    ("volume", 1e2, &["hl"]),
    ("volume", 0.1, &["dl"]),
    ("volume", 1e-2, &["cl"]),
    ("volume", 1e-3, &["ml", "milliliter", "milliliters", "millilitre", "millilitres", "cm3", "ccm"]),
    ("volume", 1e-6, &["mm3", "μl"]),
    ("volume", 1e3, &["m3", "cbm"]),
    ("duration", 1.0, &["s", "sec", "secs", "second", "seconds", "sekunde", "sekunden"]),
    ("duration", 1e-3, &["ms", "millisecond", "milliseconds"]),
    ("duration", 60.0, &["min", "mins", "minute", "minutes", "minuten", "minuto", "minutos"]),
    (
        "duration",
        3600.0,
        &["h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "heure", "heures", "hora", "horas"],
    ),
    ("duration", 86_400.0, &["d", "day", "days", "tag", "tage", "tagen", "jour", "jours", "día", "días"]),
    (
        "duration",
        604_800.0,
        &["wk", "wks", "week", "weeks", "woche", "wochen", "semaine", "semaines", "semana", "semanas"],
    ),
    // No fixed number of days.
    ("months", 1.0, &["month", "months", "monat", "monate", "monaten", "mois", "mes", "meses"]),
    (
        "months",
        12.0,
        &["yr", "yrs", "year", "years", "jahr", "jahre", "jahren", "an", "ans", "année", "années", "año", "años"],
    ),
    ("data", 1.0, &["b", "byte", "bytes"]),
    ("data", 1e3, &["kb"]),
    ("data", 1e6, &["mb"]),
    ("data", 1e9, &["gb"]),
    ("data", 1e12, &["tb"]),
    ("data", 1024.0, &["kib"]),
    ("data", 1_048_576.0, &["mib"]),
    ("data", 1_073_741_824.0, &["gib"]),
    ("data", 0.125, &["bit", "bits"]),
    ("data", 125.0, &["kbit", "kbits"]),
    ("data", 125e3, &["mbit", "mbits"]),
    ("data", 125e6, &["gbit", "gbits"]),
    ("data rate", 1.0, &["bit/s", "bps"]),
    ("data rate", 1e3, &["kbit/s", "kbps"]),
    ("data rate", 1e6, &["mbit/s", "mbits/s", "mbps"]),
    ("data rate", 1e9, &["gbit/s", "gbits/s", "gbps"]),
    ("data rate", 8e6, &["mb/s"]),
    ("data rate", 8e9, &["gb/s"]),
    ("speed", 1.0, &["km/h", "kmh", "kph"]),
    ("speed", 3.6, &["m/s"]),
    ("speed", 1.609_344, &["mph"]),
    ("energy", 1.0, &["kwh"]),
    ("energy", 1e-3, &["wh"]),
    ("energy", 1e3, &["mwh"]),
    ("energy", 1e6, &["gwh"]),
    ("power", 1.0, &["w", "watt", "watts"]),
    ("power", 1e3, &["kw", "kilowatt", "kilowatts"]),
    ("power", 1e6, &["mw", "megawatt", "megawatts"]),
    ("power", 1e9, &["gw", "gigawatt", "gigawatts"]),
    ("power", 1e-3, &["milliwatt", "milliwatts"]),
    ("voltage", 1.0, &["v", "volt", "volts"]),
    ("voltage", 1e3, &["kv", "kilovolt", "kilovolts"]),
    ("voltage", 1e-3, &["mv", "millivolt", "millivolts"]),
    ("voltage", 1e6, &["megavolt", "megavolts"]),
    ("current", 1.0, &["a", "amp", "amps", "ampere", "amperes"]),
    ("current", 1e-3, &["ma", "milliamp", "milliamps", "milliampere"]),
    ("current", 1e3, &["ka"]),
    ("charge", 1.0, &["ah"]),
    ("charge", 1e-3, &["mah"]),
    ("frequency", 1.0, &["hz"]),
    ("frequency", 1e3, &["khz"]),
    ("frequency", 1e6, &["mhz"]),
    ("frequency", 1e9, &["ghz"]),
    ("pressure", 1.0, &["bar"]),
    ("pressure", 1e-3, &["mbar", "hpa"]),
    ("pressure", 1e-2, &["kpa"]),
    ("celsius", 1.0, &["°c"]),
    ("fahrenheit", 1.0, &["°f"]),
    ("share", 1.0, &["%", "percent", "per cent", "prozent"]),
    ("share", 0.1, &["‰"]),
];

/// Names that only their case tells from others, and how they are called here.
const BY_CASE: &[(&str, &str)] = &[("mW", "milliwatt"), ("MV", "megavolt")];

/// Currencies are also written before the number. `kr` and `¥` are several: they say no more than that it is money.
const CURRENCIES: &[(&str, &[&str])] = &[
    ("USD", &["us$", "usd", "$", "dollar", "dollars"]),
    ("EUR", &["eur", "€", "euro", "euros"]),
    ("GBP", &["gbp", "£", "pound", "pounds"]),
    ("CHF", &["chf", "francs", "fr."]),
    ("JPY", &["jpy", "yen"]),
    ("CNY", &["cny", "rmb"]),
    ("INR", &["inr", "₹", "rs", "rs.", "rupee", "rupees"]),
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

/// Text in the form in which names are compared: Unicode NFKC, lower case, blanks collapsed.
pub(super) fn folded(text: &str) -> String {
    let plain: String = text.trim().nfkc().collect();
    let own_name = BY_CASE.iter().find_map(|(written, name)| Some((plain.strip_suffix(written)?, name)));
    match own_name.filter(|(before, _)| !before.ends_with(char::is_alphabetic)) {
        Some((before, name)) => fold(&format!("{before}{name}")),
        None => fold(&plain),
    }
}

/// The unit of this name.
pub(super) fn named(name: &str) -> Unit {
    affixes().find(|(known, ..)| *known == name).and_then(|(_, affix, _)| affix.unit).unwrap_or(OWN)
}

/// The names of the currency that bears this name, lower case; none where it is no currency.
pub(crate) fn currency(name: &str) -> &'static [&'static str] {
    let is_of = |(code, names): &&(&str, &[&str])| !code.is_empty() && names.contains(&name);
    CURRENCIES.iter().find(is_of).map_or(&[], |(_, names)| *names)
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
    fn units_of_trade_and_technology_convert() {
        for (text, unit, value) in [
            ("2 m²", "cm²", 20_000.0),
            ("500 mm²", "cm²", 5.0),
            ("3 km²", "ha", 300.0),
            ("250 cm³", "ml", 250.0),
            ("2.5 dl", "ml", 250.0),
            ("1.5 MW", "kW", 1500.0),
            ("500 mW", "W", 0.5),
            ("20 kV", "V", 20_000.0),
            ("0.5 MV", "kV", 500.0),
            ("500 mA", "A", 0.5),
            ("2 weeks", "days", 14.0),
            ("3 Wochen", "d", 21.0),
            ("2 years", "months", 24.0),
            ("8 Mbit", "MB", 1.0),
            ("1 Gbit/s", "Mbps", 1000.0),
            ("5 µg", "mg", 0.005),
        ] {
            let folded = folded(text);
            let (number, affix) = split(&folded, None);
            let (given, wanted) = (affix.unit.unwrap(), named(&super::folded(unit)));
            assert_eq!(given.dimension, wanted.dimension, "{text}");
            let converted = number.parse::<f64>().unwrap() * given.factor / wanted.factor;
            assert!((converted - value).abs() < 1e-9 * value, "{text}: {converted} {unit}");
        }
    }

    #[test]
    fn the_longest_name_is_taken() {
        let unit = |text| split(text, None).1.unit.map(|unit| (unit.dimension, unit.factor));
        assert_eq!(unit("5 kg"), Some(("mass", 1.0)));
        assert_eq!(unit("5 min"), Some(("duration", 60.0)));
        assert_eq!(unit("ca$ 5"), Some(("CAD", 1.0)));
        assert_eq!(unit("rs. 5"), Some(("INR", 1.0)));
        assert_eq!(unit("5 hrs"), Some(("duration", 3600.0)));
        assert_eq!(split("kg 5", None), ("kg 5", Affix::default()));
        assert_eq!(split("5 boxes", Some("boxes")), ("5", Affix { unit: Some(OWN), money: false }));
    }
}
