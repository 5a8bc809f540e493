//! What is drawn is what the tables say.

use super::{
    cascading::by_hand,
    fixture::{LARGE, Run, SMALL, html, summarize},
};
use eval_core::{
    Price,
    cost::{Hosting, Rate},
};

/// The part of a page between two words.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let rest = &page[page.find(from).unwrap_or_else(|| panic!("no {from}"))..];
    &rest[..rest.find(to).unwrap()]
}

/// The numbers after a word, up to the percent sign, wherever it is.
fn places(page: &str, before: &str, key: &str) -> Vec<f64> {
    let number = |part: &str| {
        let from = part.find(&format!(" {key}=\"")).unwrap() + key.len() + 3;
        part[from..].split(['%', '"']).next().unwrap().parse().unwrap()
    };
    page.split(before).skip(1).map(number).collect()
}

/// Labels of ticks and where they are: what lies at a place, were the axis linear between the first and the last.
fn reading(ticks: &[(f64, f64)]) -> impl Fn(f64) -> f64 + use<> {
    let ((at, value), (last_at, last)) = (ticks[0], ticks[ticks.len() - 1]);
    move |place| value + (place - at) / (last_at - at) * (last - value)
}

/// Places and values of the labels of an axis.
fn labelled(chart: &str, class: &str, key: &str, read: impl Fn(&str) -> f64) -> Vec<(f64, f64)> {
    let before = format!("<text class=\"{class}\"");
    let texts = chart.split(&before).skip(1);
    let label = |part: &str| read(part.split('>').nth(1).unwrap().split('<').next().unwrap());
    let at = places(chart, &before, key);
    at.into_iter().zip(texts.map(label)).collect()
}

fn dollars(text: &str) -> f64 {
    let text = text.trim_start_matches('$');
    let (digits, factor) = match text.chars().last() {
        Some('k') => (&text[..text.len() - 1], 1e3),
        Some('M') => (&text[..text.len() - 1], 1e6),
        _ => (text, 1.0),
    };
    digits.replace(',', "").parse::<f64>().unwrap() * factor
}

#[test]
fn the_dots_of_a_cascade_lie_where_the_summary_says() {
    let run = by_hand();
    let summary = summarize(&run).unwrap();
    let cascade = summary.tasks[0].comparisons[0].cascade.as_ref().unwrap();
    let page = html(&run, &summary).unwrap();
    let section = between(&page, "One after the other", "</details>");
    let chart = between(section, "<figure", "</figure>");
    let points = labelled(chart, "up", "y", |label| label.replace('−', "-").parse::<f64>().unwrap() / 100.0);
    let costs = labelled(chart, "along", "x", dollars);
    let (height, width) = (reading(&points), reading(&costs));
    let dots: Vec<(f64, f64)> = chart
        .split("<svg x=\"")
        .skip(1)
        .map(|dot| {
            let mut numbers = dot.split(['%', '"']);
            let x = numbers.next().unwrap().parse().unwrap();
            (x, dot.split("y=\"").nth(1).unwrap().split('%').next().unwrap().parse().unwrap())
        })
        .collect();
    assert_eq!(dots.len(), cascade.points.len());
    for (point, (x, y)) in cascade.points.iter().zip(&dots) {
        let difference = point.difference.map_or(0.0, |paired| paired.difference.unwrap());
        assert!((height(*y) - difference).abs() < 1e-4, "{point:?} at {y}%");
        assert!((width(*x) - point.cost_per_request_usd.unwrap()).abs() < 1e-5, "{point:?} at {x}%");
        // The table has the same figures, in words.
        let rate = format!("{:.1}%", point.correct_rate * 100.0);
        assert!(section.contains(&rate), "{rate}");
    }
    assert_eq!(section.matches("<tr").count(), cascade.points.len() + 1);
    let whiskers = places(chart, "<line class=\"whisker", "y1").len();
    assert_eq!(whiskers, cascade.points.len() - 1, "the reference alone differs from itself in nothing");
}

fn paid() -> Run {
    let mut run = by_hand();
    for model in &mut run.manifest.models {
        if model.name == SMALL {
            model.price = None;
            model.hosting = Some(Hosting {
                usd_per_hour: 0.503,
                hardware: None,
                min_replicas: 1,
                rate: Rate::Stated(2.0.into()),
                target_utilization: 0.6,
                fixed_usd_per_month: 0.0,
                care_hours: 0.0,
                care_usd_per_hour: 0.0,
            });
        } else {
            model.price = Some(Price { input: 1.0, cached_input: None, output: 1.0, as_of: None });
        }
    }
    run
}

#[test]
fn the_break_even_lies_where_the_curves_cross() {
    let run = paid();
    let summary = summarize(&run).unwrap();
    let page = html(&run, &summary).unwrap();
    let section = between(&page, "<section id=\"months\"", "</section>");
    // 2 a second at 0.6, a third of that on average: 34,560 a day; 367.19 USD a month against 0.02 a request.
    let first: f64 = 0.503 * 730.0 / (0.02 * 730.0 / 24.0);
    let words =
        format!("Hosting {SMALL} is cheaper than paying {LARGE} from {} requests a day", first.floor() as u64 + 1);
    assert!(section.contains(&words), "{words}: {section}");
    assert!(section.contains("<td class=\"n\">$367</td><td class=\"n\">$608</td>"), "at 1,000 a day");
    let chart = between(section, "<figure", "</figure>");
    let log = |read: fn(&str) -> f64| move |label: &str| read(label).log10();
    let [across, up] = [labelled(chart, "along", "x", log(dollars)), labelled(chart, "up", "y", log(dollars))];
    let (volume, usd) = (reading(&across), reading(&up));
    let crossing = between(chart, "<circle class=\"crossing\"", "/>");
    assert!(!crossing.is_empty());
    let place = chart.split("<svg x=\"").nth(1).unwrap();
    let x: f64 = place.split('%').next().unwrap().parse().unwrap();
    let y: f64 = place.split("y=\"").nth(1).unwrap().split('%').next().unwrap().parse().unwrap();
    assert!((volume(x) - first.log10()).abs() < 1e-2, "{x}% is {}", volume(x));
    assert!((usd(y) - (0.503f64 * 730.0).log10()).abs() < 1e-2, "{y}% is {}", usd(y));
}

#[test]
fn where_no_cost_is_known_the_page_says_what_to_do() {
    let mut run = by_hand();
    run.manifest.models.iter_mut().for_each(|model| (model.price, model.hosting) = (None, None));
    run.records.iter_mut().for_each(|record| record.cost_usd = None);
    let page = html(&run, &summarize(&run).unwrap()).unwrap();
    let section = between(&page, "<section id=\"months\"", "</section>");
    assert!(
        section.contains("give it <code>price</code> or <code>hosting</code> in eval.toml")
            && !section.contains("<svg"),
        "{section}"
    );
    let cascade = between(&page, "One after the other", "</details>");
    assert!(cascade.contains("requests that go on to the reference") && cascade.contains("is unknown"), "{cascade}");
}
